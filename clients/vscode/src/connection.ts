/** The one running server: found, started, watched, started again a few times, and what is said when it does not run. */

import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  ErrorCodes,
  type ErrorHandler,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import { NotThere, type Server, servers } from "./discovery";
import type { Environment } from "./environment";
import { Extensions } from "./extensions";
import type { Key } from "./key";
import { Failed } from "./program";
import type { Status } from "./protocol";
import { chosenInterpreter } from "./python";
import { Restarts } from "./restarts";
import { SELECTOR } from "./selector";
import { isAtLeast, OLDEST } from "./version";

export type State = "starting" | "running" | "stopped" | "failed" | "missing";

const OPEN_LOG = "Open Log";
const INSTALL = "Install";
const RETRY = "Try Again";
const DECLINED = "architrave.declined";

export class Connection implements vscode.Disposable {
  state: State = "stopped";
  server: Server | undefined;
  version: string | undefined;
  status: Status | undefined;
  private client: LanguageClient | undefined;
  private readonly restarts = new Restarts();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onChange = this.changed.event;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly environment: Environment,
    private readonly key: Key,
    private readonly middleware: Middleware,
    private readonly onStart: (client: LanguageClient) => void,
  ) {}

  /** Start the server, unless one runs. Starts and stops follow one another, however fast they are asked for. */
  start(): Promise<void> {
    return this.afterwards(async () => {
      if (this.client === undefined) await this.find();
    });
  }

  restart(): Promise<void> {
    this.restarts.forget();
    return this.afterwards(async () => {
      await this.end();
      await this.find();
    });
  }

  stop(): Promise<void> {
    return this.afterwards(async () => {
      await this.end();
      this.become("stopped");
    });
  }

  /** Start another server when the settings, the interpreter or the trust have made another one the first choice. */
  async reconsider(): Promise<void> {
    const first = (await this.candidates().catch(() => []))[0];
    if (first?.command !== this.server?.command || this.state !== "running") await this.restart();
  }

  /** Install the server into the private environment and start it. */
  async install(): Promise<void> {
    try {
      await this.end();
      await this.environment.install();
    } catch (error) {
      this.become("missing");
      if (error instanceof Failed && error.message === "It was cancelled.") return;
      await this.complain(`Architrave could not be installed. ${sentence(error)}`, [RETRY]);
      return;
    }
    await this.restart();
  }

  /** Have the server carry out a command; raises what it refuses. */
  async execute(command: string, args: unknown[], token: vscode.CancellationToken, workDoneToken?: string): Promise<unknown> {
    if (this.client === undefined || this.state !== "running") throw new Failed("Architrave is not running.");
    const params = { command, arguments: args, ...(workDoneToken === undefined ? {} : { workDoneToken }) };
    return this.client.sendRequest(ExecuteCommandRequest.type, params, token);
  }

  get running(): LanguageClient | undefined {
    return this.state === "running" ? this.client : undefined;
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
  }

  private afterwards(work: () => Promise<void>): Promise<void> {
    this.last = this.last.then(work).catch((error: unknown) => this.log.error(String(error)));
    return this.last;
  }

  private become(state: State): void {
    this.state = state;
    if (state !== "running") this.status = undefined;
    this.changed.fire();
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.server = undefined;
    await client?.dispose(2000).catch((error: unknown) => this.log.warn(`The server did not stop in time: ${String(error)}`));
  }

  private async candidates(): Promise<Server[]> {
    return servers({
      setting: vscode.workspace.getConfiguration("architrave").get("server.path", "").trim(),
      interpreter: await chosenInterpreter(this.log),
      path: (process.env.PATH ?? "").split(path.delimiter),
      environment: await this.environment.folder(),
      home: os.homedir(),
      isWindows: process.platform === "win32",
    });
  }

  private async find(): Promise<void> {
    this.become("starting");
    let found: Server[];
    try {
      found = await this.candidates();
    } catch (error) {
      this.become("failed");
      if (!(error instanceof NotThere)) throw error;
      void this.complain(error.message, ["Open Settings"]);
      return;
    }
    const problems: string[] = [];
    for (const server of found) {
      const problem = await this.launch(server);
      if (problem === undefined) return;
      this.log.error(problem);
      problems.push(problem);
    }
    if (problems.length > 0) {
      this.become("failed");
      const isOld = problems.every((problem) => problem.includes("is too old"));
      void this.complain(`Architrave does not run. ${problems[0]}`, isOld ? [INSTALL] : [RETRY]);
    } else if (await this.environment.hasOlder()) {
      setTimeout(() => void this.install()); // Not from within: what runs here must end first.
    } else {
      this.become("missing");
      void this.offer();
    }
  }

  /** Start a server; what keeps it from running, in a sentence, or nothing. */
  private async launch(server: Server): Promise<string | undefined> {
    this.log.info(`starting ${server.command}, found through ${server.origin}`);
    const env = { ...process.env, ...(await this.key.variables()) };
    const options = { cwd: this.context.globalStorageUri.fsPath, env };
    await vscode.workspace.fs.createDirectory(this.context.globalStorageUri);
    const client = new Client("architrave", "Architrave", { ...server, args: server.arguments, options }, this.options());
    client.registerFeature(new Extensions());
    this.client = client;
    this.onStart(client);
    try {
      await client.start();
    } catch (error) {
      await this.end();
      return `\`${server.command}\` (${server.origin}) ${hasEnded(error) ? "ended before it answered." : `does not start: ${sentence(error)}`}`;
    }
    this.version = client.initializeResult?.serverInfo?.version ?? "";
    if (!isAtLeast(this.version, OLDEST)) {
      await this.end();
      return `\`${server.command}\` is too old: it is Architrave ${this.version || "of unknown version"}, and this extension needs ${OLDEST} or newer.`;
    }
    this.server = server;
    this.log.info(`Architrave ${this.version} runs`);
    this.become("running");
    return undefined;
  }

  private options(): LanguageClientOptions {
    // Of the user alone: a workspace must not choose where code is sent, or what is spent.
    const ofUser = vscode.workspace.getConfiguration("architrave").inspect<object>("agents")?.globalValue;
    const agents = { ...ofUser, isTrusted: vscode.workspace.isTrusted };
    return {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: { agents },
      initializationFailedHandler: () => false,
      errorHandler: this.handler(),
      middleware: this.middleware,
      markdown: { isTrusted: false, supportHtml: false },
    };
  }

  /** A server that ends is started again, but not one that keeps ending. */
  private handler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        if (this.state !== "running") return { action: CloseAction.DoNotRestart, handled: true };
        if (this.restarts.isAllowed(Date.now())) {
          this.log.warn("the server ended; it is started again");
          return { action: CloseAction.Restart, handled: true };
        }
        this.client = undefined;
        this.become("failed");
        void this.complain(`Architrave ended ${this.restarts.most + 1} times within minutes and is not started again.`, [RETRY]);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  /** One message, with the way to the log, and what can be done. */
  private async complain(message: string, choices: string[]): Promise<void> {
    this.log.error(message);
    const choice = await vscode.window.showErrorMessage(message, ...choices, OPEN_LOG);
    if (choice === OPEN_LOG) this.log.show();
    else if (choice === RETRY && this.state === "missing") await this.install();
    else if (choice === RETRY) await this.restart();
    else if (choice === INSTALL) await this.install();
    else if (choice !== undefined) await vscode.commands.executeCommand("workbench.action.openSettings", "architrave.server.path");
  }

  /** Offer the private environment once; later it is in the status bar's menu. */
  private async offer(): Promise<void> {
    if (this.context.globalState.get(DECLINED)) return;
    const message =
      "Architrave's server is not installed. It can be put into a private environment of its own, with its dependencies from your Python package index.";
    const choice = await vscode.window.showInformationMessage(message, INSTALL, "Choose a Server…", "Not Now");
    if (choice === INSTALL) await this.install();
    else if (choice === "Not Now") await this.context.globalState.update(DECLINED, true);
    else if (choice !== undefined) await vscode.commands.executeCommand("workbench.action.openSettings", "architrave.server.path");
  }
}

/** A client whose own messages go into the log alone: what the user should know is said here, once. */
class Client extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** Whether what went wrong is that the other side is gone: its pipe cannot be written to, or there will be no answer. */
function hasEnded(error: unknown): boolean {
  const { code } = error as { code?: number };
  return code !== undefined && code >= ErrorCodes.MessageWriteError && code <= ErrorCodes.ConnectionInactive;
}

/** Return an error's message as a sentence. */
export function sentence(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
