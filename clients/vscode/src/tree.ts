/** The tree of findings: responsibility, rule, finding. */

import * as path from "node:path";
import * as vscode from "vscode";
import { type Finding, findings } from "./diagnostics";
import { byResponsibility, counted, type Group, worst } from "./findings";

type Place = Finding["place"];
type Rule = Group<Place>["rules"][number];
export type Node = { kind: "group"; group: Group<Place> } | { kind: "rule"; rule: Rule } | { kind: "finding"; finding: Finding };

const SEVERITIES = [
  ["error", "problemsErrorIcon.foreground", "error"],
  ["warning", "problemsWarningIcon.foreground", "warning"],
  ["info", "problemsInfoIcon.foreground", "information"],
  ["lightbulb", "editorLightBulb.foreground", "hint"],
] as const;

export class FindingsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscription: vscode.Disposable;
  private groups: Group<Place>[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    this.view = vscode.window.createTreeView("architrave.findings", { treeDataProvider: this, showCollapseAll: true });
    this.subscription = vscode.languages.onDidChangeDiagnostics(() => this.later());
    this.refresh();
  }

  /** Diagnostics come file by file; the tree is drawn when they pause. */
  private later(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh();
    }, 200);
  }

  private refresh(): void {
    const all = findings();
    this.groups = byResponsibility(all);
    this.view.badge = all.length === 0 ? undefined : { value: all.length, tooltip: counted(all.length, "finding", "findings") };
    this.changed.fire();
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return this.groups.map((group) => ({ kind: "group", group }));
    if (node.kind === "group") return node.group.rules.map((rule) => ({ kind: "rule", rule }));
    return node.kind === "rule" ? node.rule.findings.map((finding) => ({ kind: "finding", finding })) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node.kind === "group") {
      const item = new vscode.TreeItem(node.group.name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.group.name;
      item.description = String(node.group.count);
      item.accessibilityInformation = { label: `${node.group.name}, ${counted(node.group.count, "finding", "findings")}` };
      return item;
    }
    if (node.kind === "rule") {
      const { rule, findings } = node.rule;
      const item = new vscode.TreeItem(rule, vscode.TreeItemCollapsibleState.Collapsed);
      const [, , severity] = look(worst(findings));
      item.id = rule;
      item.description = String(findings.length);
      item.iconPath = icon(worst(findings));
      item.contextValue = "rule";
      item.tooltip = `${rule}: ${counted(findings.length, severity, severity.endsWith("n") ? severity : `${severity}s`)}`;
      item.accessibilityInformation = { label: `${rule}, ${counted(findings.length, "finding", "findings")}` };
      return item;
    }
    const { finding } = node;
    const file = path.basename(finding.place.uri.fsPath);
    const item = new vscode.TreeItem(`${file}:${finding.line}`, vscode.TreeItemCollapsibleState.None);
    item.description = finding.message.replaceAll("`", "");
    item.iconPath = icon(finding.severity);
    item.contextValue = "finding";
    item.tooltip = `${finding.message}\n\n${vscode.workspace.asRelativePath(finding.place.uri)}:${finding.line}`;
    item.accessibilityInformation = { label: `${look(finding.severity)[2]}: ${finding.message}, ${file} line ${finding.line}` };
    item.command = {
      title: "Go to the finding",
      command: "vscode.open",
      arguments: [finding.place.uri, { selection: finding.place.range, preserveFocus: true }],
    };
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.view.dispose();
    this.changed.dispose();
  }
}

function look(severity: number): (typeof SEVERITIES)[number] {
  return SEVERITIES[severity] ?? SEVERITIES[2];
}

function icon(severity: number): vscode.ThemeIcon {
  const [id, color] = look(severity);
  return new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}
