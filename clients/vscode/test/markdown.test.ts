import assert from "node:assert/strict";
import test from "node:test";
import { html, withoutHead } from "../src/markdown";

test("what the workspace wrote stays text", () => {
  const text = html("`` `](command:x) `` <img src=x onerror=alert(1)> ![x](https://example.com/x.png) [x](command:evil) [y](javascript:evil)");
  assert.ok(!/<img|href="(?!#")/.test(text), text);
  assert.deepEqual([...text.matchAll(/data-link="(.*?)"/g)].map(([, link]) => link), ["https://example.com/x.png"]);
});

test("a link to a line is opened by the panel", () => {
  assert.match(html("[orders.py&#58;7](file:///shop/orders.py#L7)"), /<a href="#" data-link="file:\/\/\/shop\/orders.py#L7">orders.py:7<\/a>/);
});

test("a path can break after its folders, and copies as it is", () => {
  assert.equal(html("# Review of app/orders.py"), "<h1>Review of app/<wbr>orders.py</h1>\n");
  assert.equal(html("`GET /v1/<b>`"), "<p><code>GET /<wbr>v1/<wbr>&lt;b&gt;</code></p>\n");
  assert.ok(html("```\na/b\n```").includes("a/b"));
});

test("what a diff adds and removes is told apart", () => {
  const text = html("```diff\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-<old>\n+new\n same\n```");
  assert.ok(text.includes('<span class="removed">-&lt;old&gt;</span>\n<span class="added">+new</span>\n same\n'), text);
  assert.equal((text.match(/class="place"/g) ?? []).length, 3);
});

test("a hover does not repeat what the editor shows above it", () => {
  const one = "**`sys-no-timeout`** warning\n\n`get` waits for ever\n\n- evidence\n\nA call has no timeout.";
  assert.equal(withoutHead(one), "- evidence\n\nA call has no timeout.");
  assert.equal(withoutHead(`${one}\n\n---\n\n${one}`), "- evidence\n\nA call has no timeout.\n\n---\n\n- evidence\n\nA call has no timeout.");
  assert.equal(withoutHead("**route** `GET /orders`\n\n- callers: none"), "**route** `GET /orders`\n\n- callers: none");
});
