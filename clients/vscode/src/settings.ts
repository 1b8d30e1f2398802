/** Answers the server's question for settings with those that were made: a default is no setting, and must not stand over the workspace's file. */

import * as vscode from "vscode";
import type { ConfigurationParams, LSPAny } from "vscode-languageclient/node";

const SECTION = "architrave";

export function configuration(context: vscode.ExtensionContext): (params: ConfigurationParams) => LSPAny[] {
  const sections = context.extension.packageJSON.contributes.configuration as { properties: Record<string, unknown> }[];
  const names = sections.flatMap(({ properties }) => Object.keys(properties)).map((name) => name.slice(SECTION.length + 1)).filter((name) => name !== "agents");
  return ({ items }) =>
    items.map(({ section, scopeUri }) => {
      if (section !== SECTION) return null;
      const known = vscode.workspace.getConfiguration(SECTION, scopeUri === undefined ? null : vscode.Uri.parse(scopeUri));
      return Object.fromEntries(names.filter((name) => isMade(known.inspect(name))).map((name) => [name, known.get(name) as LSPAny]));
    });
}

function isMade(values: ReturnType<vscode.WorkspaceConfiguration["inspect"]>): boolean {
  return values?.globalValue !== undefined || values?.workspaceValue !== undefined || values?.workspaceFolderValue !== undefined;
}
