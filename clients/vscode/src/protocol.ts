/** What client and server say to each other beyond the protocol; `docs/lsp-extensions.md` is the contract. */

import type { WorkspaceEdit } from "vscode-languageclient/node";

/** The server's commands. The client registers them as commands of the editor, so ours have other names. */
export const EXPLAIN = "architrave.explain";
export const REVIEW = "architrave.review";
export const REFACTOR = "architrave.refactor";
export const FIX_ALL = "architrave.fixAll";
export const DESIGN = "architrave.design";
export const ASK = "architrave.ask";
export const APPLY = "architrave.apply";
export const RESTART_INDEX = "architrave.restartIndex";

export const CAPABILITIES = { stream: true, status: true, proposals: true, keyCommand: "Architrave: Set the Key of the Agents" };

export interface Usage {
  seconds: number;
  cost: number;
}

export interface Proposal {
  id: string;
  title: string;
  edit: WorkspaceEdit;
}

/** What a command of the agents came to. `text` is what a person reads. */
export interface Outcome {
  outcome: "Answer" | "Proposal" | "Refused" | "Truncated" | "Stale" | "OverBudget" | "Cancelled" | "Failed" | "Applied";
  run?: string;
  text?: string;
  usage?: Usage | null;
  proposal?: Proposal;
  reason?: string;
  kind?: string;
  isOffline?: boolean;
  dropped?: number;
}

export interface Stream {
  run: string;
  kind: "text" | "thought" | "step" | "todo" | "reset";
  text: string;
}

export interface Status {
  state: "indexing" | "ready" | "stopped" | "refused";
  findings: Record<"error" | "warning" | "information" | "hint", number>;
  agents?: {
    installed: boolean;
    key: boolean;
    host?: string;
    model?: string;
    runs: { run: string; title: string }[];
    spent: number;
    allowed: number;
  };
}

export function isOutcome(value: unknown): value is Outcome {
  return typeof value === "object" && value !== null && "outcome" in value;
}
