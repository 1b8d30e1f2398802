/** The commands of the palette, and those of the server that lenses and quick fixes ask for. */

import * as path from "node:path";
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { type Connection, sentence } from "./connection";
import { type Finding, findingsIn, findings } from "./diagnostics";
import type { Jobs } from "./jobs";
import type { Key } from "./key";
import { ASK, DESIGN, EXPLAIN, FIX_ALL, REFACTOR, RESTART_INDEX, REVIEW } from "./protocol";
import type { Node } from "./tree";

interface Parts {
  connection: Connection;
  jobs: Jobs;
  key: Key;
  log: vscode.LogOutputChannel;
}

export function register({ connection, jobs, key, log }: Parts): vscode.Disposable[] {
  const commands: Record<string, (...args: never[]) => unknown> = {
    "architrave.reviewModule": (resource?: vscode.Uri) => {
      const uri = resource ?? document()?.uri;
      if (uri !== undefined) return jobs.show("review", `Review of ${path.basename(uri.fsPath)}`, REVIEW, [uri.toString()]);
      return tell("Open the file to be reviewed first.");
    },
    "architrave.reviewWorkspace": () => jobs.show("review", "Review of the workspace", REVIEW, []),
    "architrave.reviewChange": async () => {
      const title = "Review what has changed since which revision?";
      const base = await vscode.window.showInputBox({ title, value: "HEAD", prompt: "A branch, tag or commit of git" });
      if (base) await agent("review", `Review since ${base}`, REVIEW, { ...folder(), base });
    },
    "architrave.explainHere": async () => {
      const editor = vscode.window.activeTextEditor;
      if (editor === undefined) return tell("Put the cursor on what is to be explained first.");
      const here = findingsIn(editor.document.uri).filter(({ place }) => place.range.contains(editor.selection.active));
      const rule = here[0]?.rule;
      if (rule !== undefined) return jobs.show("explain", rule, EXPLAIN, [rule]);
      const { line, character } = editor.selection.active;
      return jobs.show("explain", "What is known here", EXPLAIN, [{ uri: editor.document.uri.toString(), position: { line, character } }]);
    },
    "architrave.explainFinding": async (node?: Node) => {
      const finding = await chosen(node);
      if (finding) await agent("explain", `Why ${finding.rule} here`, EXPLAIN, named(finding));
    },
    "architrave.openRule": (node?: Node) => {
      const rule = node?.kind === "rule" ? node.rule.rule : node?.kind === "finding" ? node.finding.rule : undefined;
      return rule && jobs.show("explain", rule, EXPLAIN, [rule]);
    },
    "architrave.refactorFinding": async (node?: Node) => {
      const finding = await chosen(node);
      if (finding) await agent("refactor", `Refactor: ${finding.rule}`, REFACTOR, named(finding));
    },
    "architrave.fixFile": () => {
      const uri = document()?.uri;
      return uri === undefined ? tell("Open the file to be mended first.") : carryOut(FIX_ALL, [uri.toString()]);
    },
    "architrave.fixAllOfRule": async (node?: Node) => {
      const all = findings();
      const rule = node?.kind === "rule" ? node.rule.rule : await choice([...new Set(all.map((finding) => finding.rule))].sort(), "Remove all findings of which rule?");
      const uri = vscode.workspace.workspaceFolders?.[0]?.uri;
      if (rule && uri) await agent("refactor", `Remove all ${rule}`, FIX_ALL, { uri: uri.toString(), rule });
    },
    "architrave.designService": async () => {
      const { document: text, selection } = vscode.window.activeTextEditor ?? {};
      const value = text && selection ? text.getText(selection) : "";
      const brief = await vscode.window.showInputBox({ title: "What is to be designed?", value, prompt: "A sentence or more", ignoreFocusOut: true });
      if (!brief) return undefined;
      const how = await choice(["Describe it", "Write it into files"], "What should come of it?");
      return how && agent("design", "Design", DESIGN, { ...folder(), brief, scaffold: how === "Write it into files" });
    },
    "architrave.askQuestion": async () => {
      const editor = vscode.window.activeTextEditor;
      const question = await vscode.window.showInputBox({ title: "Ask about this workspace", ignoreFocusOut: true });
      if (!question) return undefined;
      const isAbout = editor?.document.uri.scheme === "file";
      const about = isAbout ? { uri: editor.document.uri.toString(), ...(editor.selection.isEmpty ? {} : { range: range(editor.selection) }) } : folder();
      return agent("ask", question, ASK, { question, ...about });
    },
    "architrave.restartServer": () => connection.restart(),
    "architrave.stopServer": () => connection.stop(),
    "architrave.install": () => connection.install(),
    "architrave.readAgain": () => carryOut(RESTART_INDEX, []),
    "architrave.showLog": () => log.show(),
    "architrave.setKey": async () => {
      if (await key.ask()) await connection.restart();
    },
    "architrave.removeKey": async () => {
      await key.forget();
      await connection.restart();
      return tell("The key is removed.");
    },
    "architrave.menu": () => menu(connection),
  };

  /** What an agent does asks for a trusted workspace: it reads the workspace's instructions, and sends of its text. */
  async function agent(kind: string, title: string, command: string, argument: object): Promise<void> {
    if (vscode.workspace.isTrusted) return jobs.show(kind, title, command, [argument]);
    const answer = await vscode.window.showWarningMessage("The agent does not run in a workspace that is not trusted.", "Manage Trust");
    if (answer) await vscode.commands.executeCommand("workbench.trust.manage");
    return undefined;
  }

  async function carryOut(command: string, args: unknown[]): Promise<void> {
    const cancel = new vscode.CancellationTokenSource();
    try {
      await connection.execute(command, args, cancel.token);
    } catch (error) {
      void vscode.window.showWarningMessage(`Architrave: ${sentence(error)}`);
    } finally {
      cancel.dispose();
    }
  }

  return Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run));
}

/** Lenses and quick fixes name the server's commands; those that have something to say say it in a panel. */
export function executeCommand(jobs: () => Jobs): NonNullable<Middleware["executeCommand"]> {
  return (command, args, next) => {
    const [first] = args as [unknown];
    const about = typeof first === "object" && first !== null ? (first as { rule?: string; question?: string }) : undefined;
    if (command === REVIEW) {
      const name = typeof first === "string" ? path.basename(vscode.Uri.parse(first).fsPath) : "the workspace";
      return jobs().show("review", `Review of ${name}`, command, args);
    }
    if (command === EXPLAIN) {
      const title = typeof first === "string" ? first : about?.rule !== undefined ? `Why ${about.rule} here` : "What is known here";
      return jobs().show("explain", title, command, args);
    }
    if (command === REFACTOR) return jobs().show("refactor", `Refactor: ${about?.rule ?? ""}`, command, args);
    if (command === FIX_ALL && about !== undefined) return jobs().show("refactor", `Remove all ${about.rule ?? ""}`, command, args);
    if (command === DESIGN) return jobs().show("design", "Design", command, args);
    if (command === ASK) return jobs().show("ask", about?.question ?? "Answer", command, args);
    return next(command, args);
  };
}

function document(): vscode.TextDocument | undefined {
  return vscode.window.activeTextEditor?.document;
}

function folder(): { uri?: string } {
  const uri = document()?.uri;
  const found = (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
  return found === undefined ? {} : { uri: found.uri.toString() };
}

function range(selection: vscode.Selection): object {
  const { start, end } = selection;
  return { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
}

function named({ place, rule, subject }: Finding): object {
  return { uri: place.uri.toString(), rule, subject };
}

/** Return the finding of a line of the tree, that at the cursor, or the one that the user picks. */
async function chosen(node?: Node): Promise<Finding | undefined> {
  if (node?.kind === "finding") return node.finding;
  const editor = vscode.window.activeTextEditor;
  const here = editor ? findingsIn(editor.document.uri) : [];
  const at = here.filter(({ place }) => place.range.contains(editor?.selection.active ?? place.range.start));
  if (at.length === 1) return at[0];
  const offered = [at, here, findings()].find((found) => found.length > 0) ?? [];
  if (offered.length === 0) {
    await tell("Architrave has found nothing here.");
    return undefined;
  }
  const items = offered.map((finding) => ({
    label: finding.message,
    description: `${path.basename(finding.place.uri.fsPath)}:${finding.line}`,
    detail: finding.rule,
    finding,
  }));
  return (await vscode.window.showQuickPick(items, { title: "Which finding?", matchOnDescription: true, matchOnDetail: true }))?.finding;
}

async function choice(items: string[], title: string): Promise<string | undefined> {
  return vscode.window.showQuickPick(items, { title });
}

async function tell(message: string): Promise<void> {
  await vscode.window.showInformationMessage(message);
}

async function menu(connection: Connection): Promise<void> {
  const isRunning = connection.state === "running";
  const entries: [string, string][] = [
    ...(isRunning
      ? ([
          ["$(list-tree) Show findings", "architrave.findings.focus"],
          ["$(file) Review this module", "architrave.reviewModule"],
          ["$(files) Review the workspace", "architrave.reviewWorkspace"],
          ["$(comment-discussion) Ask…", "architrave.askQuestion"],
          ["$(refresh) Read the workspace again", "architrave.readAgain"],
        ] as [string, string][])
      : []),
    ...(connection.state === "missing" ? ([["$(cloud-download) Install the server", "architrave.install"]] as [string, string][]) : []),
    [isRunning ? "$(debug-restart) Restart" : "$(play) Start", "architrave.restartServer"],
    ["$(output) Open log", "architrave.showLog"],
    ["$(key) Set the key of the agents…", "architrave.setKey"],
  ];
  const picked = await vscode.window.showQuickPick(entries.map(([label, command]) => ({ label, command })), { title: "Architrave" });
  if (picked) await vscode.commands.executeCommand(picked.command);
}
