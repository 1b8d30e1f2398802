import assert from "node:assert/strict";
import test from "node:test";
import { asking } from "../src/asking";

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
const annotation = { label: "Allow the configured origins only", needsConfirmation: true };
const change = { textDocument: { uri: "file:///shop/main.py", version: 1 }, edits: [{ range, newText: "x", annotationId: "a" }] };

test("an edit whose parts ask has one part that asks, on something that is there", () => {
  const edit = asking({ documentChanges: [change], changeAnnotations: { a: annotation } }, "file:///shop");
  const asks = { kind: "create", uri: "file:///shop", options: { ignoreIfExists: true }, annotationId: "architrave-preview" };
  assert.deepEqual(edit.documentChanges, [asks, change]);
  assert.equal(edit.changeAnnotations?.a?.needsConfirmation, false);
  assert.equal(edit.changeAnnotations?.["architrave-preview"]?.needsConfirmation, true);
});

test("without a folder an open document is what is there", () => {
  const edit = asking({ documentChanges: [change], changeAnnotations: { a: annotation } }, undefined);
  assert.deepEqual(edit.documentChanges?.[0] && "uri" in edit.documentChanges[0] && edit.documentChanges[0].uri, "file:///shop/main.py");
});

test("an edit that asks for nothing stays as it is", () => {
  const plain = { documentChanges: [change], changeAnnotations: { a: { label: "Bind the value" } } };
  assert.equal(asking(plain, "file:///shop"), plain);
});
