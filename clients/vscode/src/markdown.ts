/** Markdown of reports to HTML: no HTML of the text's own, no images, links only to files and the web. */

import MarkdownIt from "markdown-it";

const renderer = new MarkdownIt({ html: false, linkify: false, typographer: false });
renderer.disable("image");
renderer.validateLink = (link) => /^(file|https?):/i.test(link) || link.startsWith("#");
renderer.renderer.rules.table_open = () => '<div class="table"><table>';
renderer.renderer.rules.table_close = () => "</table></div>";
// A path that is longer than the panel is wide breaks after one of its folders.
const breaking = (text: string): string => renderer.utils.escapeHtml(text).replaceAll("/", "/<wbr>");
renderer.renderer.rules.text = (tokens, index) => breaking(tokens[index]?.content ?? "");
renderer.renderer.rules.code_inline = (tokens, index) => `<code>${breaking(tokens[index]?.content ?? "")}</code>`;
const plainFence = renderer.renderer.rules.fence?.bind(renderer.renderer.rules);
renderer.renderer.rules.fence = (tokens, index, options, env, self) => {
  const token = tokens[index];
  return token?.info.trim() === "diff" ? diff(token.content) : (plainFence?.(tokens, index, options, env, self) ?? "");
};
const plainLink = renderer.renderer.renderToken.bind(renderer.renderer);
renderer.renderer.rules.link_open = (tokens, index, options) => {
  const token = tokens[index];
  // The panel opens links itself: a file at its line, in the editor beside it.
  token?.attrSet("data-link", token.attrGet("href") ?? "");
  token?.attrSet("href", "#");
  return plainLink(tokens, index, options);
};

export function html(text: string): string {
  return renderer.render(text);
}

/** Return a diff with its lines told apart. */
function diff(text: string): string {
  const line = (content: string): string => {
    const kind = /^(---|\+\+\+|@@)/.test(content) ? "place" : { "+": "added", "-": "removed" }[content[0] ?? ""];
    const shown = renderer.utils.escapeHtml(content);
    return kind === undefined ? shown : `<span class="${kind}">${shown}</span>`;
  };
  return `<pre><code>${text.split("\n").map(line).join("\n")}</code></pre>\n`;
}

/** Return a hover's text without rule, severity and message at the head of each finding. */
export function withoutHead(hover: string): string {
  return hover.replace(/(^|\n\n---\n\n)\*\*`[a-z0-9-]+`\*\* (?:error|warning|information|hint)\n\n.*\n*/g, "$1");
}
