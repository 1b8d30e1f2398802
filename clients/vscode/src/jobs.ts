/**
 * Commands of the server whose report is shown in a panel: each kind has one panel, and one run at a time.
 *
 * A run can be stopped from the panel, by closing it, and from the progress that appears when it takes longer.
 */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { type LanguageClient, WorkDoneProgress } from "vscode-languageclient/node";
import { type Connection, sentence } from "./connection";
import { dollars } from "./dollars";
import { type Action, Panel } from "./panel";
import { APPLY, isOutcome, type Outcome, type Stream } from "./protocol";

const PATIENCE = 1500; // Milliseconds before progress is shown outside of the panel.

interface Job {
  panel: Panel;
  cancel: vscode.CancellationTokenSource;
  run: string | undefined;
}

export class Jobs {
  private readonly panels = new Map<string, Panel>();
  private readonly jobs = new Map<string, Job>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly connection: () => Connection,
  ) {}

  /** Text arrives as `architrave/stream`, which names the run but not the request; the first unknown run is that of the eldest job without one. */
  listen(client: LanguageClient): void {
    client.onNotification("architrave/stream", ({ run, kind, text }: Stream) => {
      const jobs = [...this.jobs.values()];
      const job = jobs.find((item) => item.run === run) ?? jobs.find((item) => item.run === undefined);
      if (job === undefined) return;
      job.run = run;
      if (kind === "text") job.panel.append(text);
      else if (kind === "reset") job.panel.reset();
      else if (kind === "step") job.panel.step(text);
      else if (kind === "todo") job.panel.todo(text);
    });
  }

  /** Run a command and show what it says under a title. */
  async show(kind: string, title: string, command: string, args: unknown[]): Promise<void> {
    this.jobs.get(kind)?.cancel.cancel();
    const panel = this.panel(kind, title);
    const job: Job = { panel, cancel: new vscode.CancellationTokenSource(), run: undefined };
    this.jobs.set(kind, job);
    const closed = panel.onClose(() => job.cancel.cancel());
    panel.begin(title, `${title} …`, () => job.cancel.cancel());
    try {
      const result = await this.watched(title, command, args, job.cancel);
      if (this.jobs.get(kind) === job) this.ended(panel, result);
    } catch (error) {
      if (this.jobs.get(kind) !== job) return;
      panel.end(undefined, job.cancel.token.isCancellationRequested ? "Stopped." : sentence(error), []);
    } finally {
      closed.dispose();
      if (this.jobs.get(kind) === job) this.jobs.delete(kind);
      job.cancel.dispose();
    }
  }

  private panel(kind: string, title: string): Panel {
    const known = this.panels.get(kind);
    if (known !== undefined) return known;
    const panel = new Panel(this.context, title);
    this.panels.set(kind, panel);
    panel.onClose(() => this.panels.delete(kind));
    return panel;
  }

  private async watched(title: string, command: string, args: unknown[], cancel: vscode.CancellationTokenSource): Promise<unknown> {
    const connection = this.connection();
    const workDoneToken = randomUUID();
    const reports = new vscode.EventEmitter<string>();
    const listener = connection.running?.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind !== "end" && value.message) reports.fire(value.message);
    });
    const result = connection.execute(command, args, cancel.token, workDoneToken);
    const late = setTimeout(() => {
      const options = { location: vscode.ProgressLocation.Notification, title: `Architrave: ${title}`, cancellable: true };
      void vscode.window.withProgress(options, async (progress, token) => {
        token.onCancellationRequested(() => cancel.cancel());
        reports.event((message) => progress.report({ message }));
        await result.catch(() => undefined);
      });
    }, PATIENCE);
    try {
      return await result;
    } finally {
      clearTimeout(late);
      listener?.dispose();
      reports.dispose();
    }
  }

  private ended(panel: Panel, result: unknown): void {
    if (!isOutcome(result)) {
      panel.end(typeof result === "string" ? result : "", "Done.", []);
      return;
    }
    panel.end(result.text, told(result), this.actions(panel, result));
  }

  private actions(panel: Panel, outcome: Outcome): Action[] {
    const hasNoKey = outcome.isOffline && this.connection().status?.agents?.key === false;
    if (outcome.kind === "no-key" || outcome.kind === "wrong-key" || hasNoKey) {
      return [{ title: "Set the Key…", isPrimary: true, run: () => void vscode.commands.executeCommand("architrave.setKey") }];
    }
    const { proposal } = outcome;
    if (proposal === undefined) return [];
    return [
      { title: "Preview and Apply…", isPrimary: true, run: () => this.apply(panel, outcome) },
      { title: "Discard", run: () => panel.close() },
    ];
  }

  /** The server looks again whether anything changed, and sends the edit; the editor opens its refactor preview. */
  private async apply(panel: Panel, outcome: Outcome): Promise<void> {
    const cancel = new vscode.CancellationTokenSource();
    try {
      const result = await this.connection().execute(APPLY, [{ proposal: outcome.proposal?.id }], cancel.token);
      const again = isOutcome(result) && result.outcome === "Refused" ? this.actions(panel, outcome) : [];
      panel.end(undefined, isOutcome(result) ? told(result) : "Applied.", again);
    } catch (error) {
      panel.end(undefined, sentence(error), this.actions(panel, outcome));
    } finally {
      cancel.dispose();
    }
  }
}

const TOLD: Record<Outcome["outcome"], string> = {
  Answer: "Done.",
  Proposal: "Checked, and ready to be applied.",
  Refused: "Nothing was changed.",
  Truncated: "Cut off: this is as far as it came.",
  Stale: "Files changed meanwhile; nothing was applied.",
  OverBudget: "Stopped: the budget is used up.",
  Cancelled: "Stopped.",
  Failed: "It did not succeed.",
  Applied: "Applied.",
};

function told(outcome: Outcome): string {
  const parts = [outcome.reason ? sentence(outcome.reason) : TOLD[outcome.outcome]];
  if (outcome.isOffline) parts.push("Made without a model.");
  if (outcome.dropped) parts.push(`${outcome.dropped} claims without evidence were left out.`);
  if (outcome.usage) parts.push(`${dollars(outcome.usage.cost)}, ${outcome.usage.seconds.toFixed(0)} s.`);
  return parts.join(" ");
}
