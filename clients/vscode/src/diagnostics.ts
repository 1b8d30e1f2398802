/** The findings of this server among all diagnostics of the editor. */

import * as vscode from "vscode";
import type { Found } from "./findings";

export const SOURCE = "architrave";

export type Finding = Found<{ uri: vscode.Uri; range: vscode.Range }>;

export function findings(): Finding[] {
  return vscode.languages.getDiagnostics().flatMap(([uri, diagnostics]) => found(uri, diagnostics));
}

export function findingsIn(uri: vscode.Uri): Finding[] {
  return found(uri, vscode.languages.getDiagnostics(uri));
}

function found(uri: vscode.Uri, diagnostics: readonly vscode.Diagnostic[]): Finding[] {
  return diagnostics.filter((diagnostic) => diagnostic.source === SOURCE).map((diagnostic) => {
    const { message, severity, range, code } = diagnostic;
    const { data } = diagnostic as vscode.Diagnostic & { data?: { subject?: string } };
    const rule = typeof code === "object" ? String(code.value) : String(code ?? "");
    return { message, severity, rule, subject: data?.subject ?? "", line: range.start.line + 1, place: { uri, range } };
  });
}
