/** The status bar: state, findings, spend; and the menu behind it. */

import * as vscode from "vscode";
import type { Connection } from "./connection";
import { findings } from "./diagnostics";
import { dollars } from "./dollars";
import { counted } from "./findings";

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("architrave.status", vscode.StatusBarAlignment.Right, 100);
  private readonly subscriptions: vscode.Disposable[];
  private reading: string | undefined;

  constructor(private readonly connection: Connection) {
    this.item.name = "Architrave";
    this.item.command = "architrave.menu";
    this.subscriptions = [connection.onChange(() => this.draw()), vscode.languages.onDidChangeDiagnostics(() => this.draw())];
    this.draw();
    this.item.show();
  }

  /** How far the reading of the workspace is, or that it is done. */
  read(progress: string | undefined): void {
    this.reading = progress;
    this.draw();
  }

  draw(): void {
    const { state, status, version, server } = this.connection;
    const count = findings().length;
    const agents = status?.agents;
    const spent = agents && agents.spent > 0 ? ` · ${dollars(agents.spent)}` : "";
    const icon = agents?.runs.length ? "$(sync~spin)" : "$(checklist)";
    const [text, tooltip] = {
      starting: ["$(loading~spin) Architrave", "Architrave is starting"],
      stopped: ["$(circle-slash) Architrave", "Architrave is stopped"],
      failed: ["$(error) Architrave", "Architrave does not run"],
      missing: ["$(cloud-download) Architrave", "Architrave's server is not installed"],
      running:
        this.reading !== undefined
          ? [`$(loading~spin) Architrave ${this.reading}`, `Architrave reads the workspace: ${this.reading}`]
          : [`${icon} Architrave ${count}${spent}`, counted(count, "finding", "findings")],
    }[state] as [string, string];
    this.item.text = text;
    const lines = [tooltip];
    if (state === "running") lines.push(`Architrave ${version}, ${server?.origin}`);
    if (agents?.runs.length) lines.push(...agents.runs.map((run) => `Runs: ${run.title}`));
    if (agents?.installed) lines.push(`Agents: ${agents.key ? `${agents.model ?? ""}, ${dollars(agents.spent)} of $${agents.allowed.toFixed(2)} today` : "no key"}`);
    if (!vscode.workspace.isTrusted) lines.push("The workspace is not trusted: rules run, agents do not.");
    this.item.tooltip = lines.join("\n");
    this.item.accessibilityInformation = { label: `Architrave: ${lines.join(", ")}`, role: "button" };
    this.item.backgroundColor = state === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.item.dispose();
  }
}
