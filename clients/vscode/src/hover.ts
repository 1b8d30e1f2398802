/** Hovers: the editor itself shows a finding's message and rule above what the server says, so the server need not repeat them. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { withoutHead } from "./markdown";

export const provideHover: NonNullable<Middleware["provideHover"]> = async (document, position, token, next) => {
  const hover = await next(document, position, token);
  for (const content of hover?.contents ?? []) {
    if (content instanceof vscode.MarkdownString) content.value = withoutHead(content.value);
  }
  return hover;
};
