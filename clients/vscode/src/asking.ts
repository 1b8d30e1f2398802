/** An edit that asks for confirmation once, and not for each of its parts; `preview.ts` says why. */

import type { WorkspaceEdit } from "vscode-languageclient/node";

const ASKS = "architrave-preview";

/** `there` is something that exists: the folder of the workspace. Without one, a document that the edit changes stands for it. */
export function asking(edit: WorkspaceEdit, there: string | undefined): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {});
  const first = annotations.find(([, annotation]) => annotation.needsConfirmation)?.[1];
  const changes = edit.documentChanges ?? [];
  const open = changes.flatMap((change) => ("textDocument" in change && change.textDocument.version !== null ? [change.textDocument.uri] : []));
  const uri = there ?? open[0];
  if (first === undefined || uri === undefined) return edit;
  const asks = { kind: "create" as const, uri, options: { ignoreIfExists: true }, annotationId: ASKS };
  const ticked = annotations.map(([id, annotation]) => [id, { ...annotation, needsConfirmation: false }] as const);
  return { ...edit, documentChanges: [asks, ...changes], changeAnnotations: { ...Object.fromEntries(ticked), [ASKS]: first } };
}
