/**
 * Edits that ask for confirmation, in the refactor preview with everything ticked.
 *
 * The editor leaves what asks for confirmation unticked, so that "Apply" would apply nothing. It opens the preview as soon as one part
 * asks, so one part that changes nothing asks for all: to create, unless it exists, what does exist. The editor does not list it.
 */

import * as vscode from "vscode";
import type { CodeAction, Middleware } from "vscode-languageclient/node";
import { asking } from "./asking";

export const sendRequest: NonNullable<Middleware["sendRequest"]> = async (type, param, token, next) => {
  const result = await next(type, param, token);
  if ((typeof type === "string" ? type : type.method) !== "codeAction/resolve") return result;
  const action = result as CodeAction;
  return { ...action, ...(action.edit === undefined ? {} : { edit: asking(action.edit, folder()) }) } as typeof result;
};

/** What asks for confirmation reaches over files that nobody has open: as with any refactoring the editor saves them, unless `files.refactoring.autoSave` is off. */
export const handleApplyEdit: NonNullable<NonNullable<Middleware["workspace"]>["handleApplyEdit"]> = (params, next) => {
  const edit = asking(params.edit, folder());
  const isRefactoring = edit !== params.edit;
  return next({ ...params, edit, metadata: { ...params.metadata, isRefactoring } }, new vscode.CancellationTokenSource().token);
};

function folder(): string | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri.toString();
}
