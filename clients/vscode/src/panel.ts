/** A panel that shows a report while it is written, says how far it is, and offers what can be done with it. */

import { randomBytes } from "node:crypto";
import * as path from "node:path";
import * as vscode from "vscode";
import { html } from "./markdown";

export interface Action {
  title: string;
  isPrimary?: boolean;
  run: () => void | Promise<void>;
}

export class Panel {
  private readonly view: vscode.WebviewPanel;
  private readonly gone = new vscode.EventEmitter<void>();
  /** The user closed the panel. */
  readonly onClose = this.gone.event;
  private text = "";
  private steps: string[] = [];
  private state = "";
  private isRunning = false;
  private actions: Action[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(context: vscode.ExtensionContext, private readonly title: string) {
    const media = vscode.Uri.joinPath(context.extensionUri, "media");
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.view = vscode.window.createWebviewPanel("architrave.report", title, where, {
      enableScripts: true,
      enableFindWidget: true,
      localResourceRoots: [media],
    });
    this.view.iconPath = { light: vscode.Uri.joinPath(media, "panel-light.svg"), dark: vscode.Uri.joinPath(media, "panel-dark.svg") };
    this.view.webview.html = page(this.view.webview, media, title);
    this.view.webview.onDidReceiveMessage((message: { do: string; link?: string; index?: number }) => this.received(message));
    this.view.onDidDispose(() => {
      clearTimeout(this.timer);
      this.gone.fire();
      this.gone.dispose();
    });
  }

  /** Begin anew, with a line that says what goes on. */
  begin(title: string, state: string, stop: () => void): void {
    this.view.title = title;
    this.text = "";
    this.steps = [];
    this.state = state;
    this.isRunning = true;
    this.actions = [{ title: "Stop", run: stop }];
    this.send();
    if (!this.view.visible) this.view.reveal(undefined, true);
  }

  append(text: string): void {
    this.text += text;
    this.soon();
  }

  reset(): void {
    this.text = "";
    this.soon();
  }

  step(line: string): void {
    this.steps = [...this.steps, line].slice(-6);
    this.state = line;
    this.soon();
  }

  todo(lines: string): void {
    this.steps = lines.split("\n");
    this.soon();
  }

  /** Show how it ended, and what can be done now. */
  end(text: string | undefined, state: string, actions: Action[]): void {
    if (text !== undefined) this.text = text;
    this.steps = [];
    this.state = state;
    this.isRunning = false;
    const copies = this.text === "" ? [] : [{ title: "Open as Text", run: () => this.openAsText() }];
    this.actions = [...actions, ...copies];
    this.send();
  }

  close(): void {
    this.view.dispose();
  }

  private async openAsText(): Promise<void> {
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content: this.text });
    await vscode.window.showTextDocument(document);
  }

  private soon(): void {
    this.timer ??= setTimeout(() => this.send(), 80);
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    void this.view.webview.postMessage({
      html: html(this.text),
      steps: this.steps,
      state: this.state,
      isRunning: this.isRunning,
      actions: this.actions.map(({ title, isPrimary }) => ({ title, isPrimary })),
    });
  }

  private async received({ do: what, link, index }: { do: string; link?: string; index?: number }): Promise<void> {
    if (what === "ready") this.send();
    else if (what === "open" && link !== undefined) await open(link);
    else if (what === "act" && index !== undefined) await this.actions[index]?.run();
  }

  get name(): string {
    return this.title;
  }
}

/** Open a link of a report: a file of the workspace at its line, a page of a rule as a page, the web in the browser. */
export async function open(link: string): Promise<void> {
  const uri = vscode.Uri.parse(link, true);
  if (uri.scheme !== "file") {
    if (uri.scheme === "https" || uri.scheme === "http") await vscode.env.openExternal(uri);
    return;
  }
  const line = Number(/^L(\d+)/.exec(uri.fragment)?.[1] ?? "1") - 1;
  const file = uri.with({ fragment: "" });
  if (path.extname(file.fsPath) === ".md" && vscode.workspace.getWorkspaceFolder(file) === undefined) {
    await vscode.commands.executeCommand("markdown.showPreview", file);
    return;
  }
  const selection = new vscode.Range(line, 0, line, 0);
  await vscode.window.showTextDocument(file, { viewColumn: vscode.ViewColumn.One, selection });
}

function page(webview: vscode.Webview, media: vscode.Uri, title: string): string {
  const nonce = randomBytes(16).toString("base64");
  const file = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="${file("panel.css")}">
</head>
<body>
<header><div id="state" role="status" aria-live="polite"></div><div id="actions" role="toolbar" aria-label="What can be done"></div></header>
<ol id="steps" aria-label="Steps"></ol>
<main id="report" tabindex="0" aria-label="Report"></main>
<script nonce="${nonce}" src="${file("panel.js")}"></script>
</body>
</html>`;
}
