/**
 * The private environment: a virtual environment in the extension's own storage, made of the wheel that comes with the extension.
 *
 * Its folder carries the hash of the wheel, so a new version of the extension makes a new one and the old is removed. A marker is written
 * last: without it the environment is not whole, and is made again.
 */

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile, mkdir } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { binaries } from "./discovery";
import { Failed, run } from "./program";
import { chosenInterpreter, newPython } from "./python";

const MARKER = "complete";
const PREFIX = "server-";

export class Environment {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  private get storage(): string {
    return this.context.globalStorageUri.fsPath;
  }

  /** Return the folder of the environment for this version, when it is whole. */
  async folder(): Promise<string | undefined> {
    const folder = await this.wanted();
    return folder !== undefined && (await exists(path.join(folder, MARKER))) ? folder : undefined;
  }

  /** Whether the user has agreed to an environment before; then it is brought up to date without asking. */
  async hasOlder(): Promise<boolean> {
    return (await this.others("")).length > 0;
  }

  /** Make the environment, with progress that can be cancelled; raises `Failed` with what a person can do about it. */
  async install(): Promise<void> {
    const wheel = await this.wheel();
    const folder = await this.wanted();
    if (wheel === undefined || folder === undefined) throw new Failed("This extension was packaged without a server.");
    await mkdir(this.storage, { recursive: true });
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: "Architrave: installing the server", cancellable: true },
      async (progress, token) => {
        progress.report({ message: "looking for Python 3.11 or newer" });
        const python = await newPython(await chosenInterpreter(this.log), this.storage, this.log);
        if (python === undefined) {
          throw new Failed("Python 3.11 or newer is needed, and none was found. Install one, then try again.");
        }
        try {
          progress.report({ message: "making a private environment" });
          await rm(folder, { recursive: true, force: true });
          await this.step(python, ["-I", "-m", "venv", folder], token);
          progress.report({ message: "asking the package index" });
          const inside = path.join(binaries(folder, process.platform === "win32"), process.platform === "win32" ? "python.exe" : "python");
          const args = ["-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", wheel];
          await this.step(inside, args, token, (line) => {
            const message = told(line);
            if (message !== undefined) progress.report({ message });
          });
          await writeFile(path.join(folder, MARKER), "");
        } catch (error) {
          await rm(folder, { recursive: true, force: true });
          throw error;
        }
      },
    );
    for (const old of await this.others(path.basename(folder))) await rm(path.join(this.storage, old), { recursive: true, force: true });
  }

  private async step(command: string, args: string[], token: vscode.CancellationToken, onLine?: (line: string) => void): Promise<void> {
    this.log.info(`> ${[command, ...args].join(" ")}`);
    await run(command, args, {
      cwd: this.storage,
      token,
      onLine: (line) => {
        this.log.info(line);
        onLine?.(line);
      },
    });
  }

  private async wheel(): Promise<string | undefined> {
    const folder = this.context.asAbsolutePath("server");
    const name = (await readdir(folder).catch(() => [])).find((file) => file.endsWith(".whl"));
    return name === undefined ? undefined : path.join(folder, name);
  }

  private async wanted(): Promise<string | undefined> {
    const wheel = await this.wheel();
    if (wheel === undefined) return undefined;
    const hash = createHash("sha256").update(await readFile(wheel)).digest("hex").slice(0, 12);
    return path.join(this.storage, PREFIX + hash);
  }

  private async others(name: string): Promise<string[]> {
    const files = await readdir(this.storage).catch(() => []);
    return files.filter((file) => file.startsWith(PREFIX) && file !== name);
  }
}

/** Return what a line of pip means to somebody who waits. */
export function told(line: string): string | undefined {
  const [, verb, name] = /^\s*(Collecting|Downloading|Using cached|Building wheels? for|Installing collected packages:)\s+([^\s,;(]+)/.exec(line) ?? [];
  if (verb === undefined || name === undefined) return undefined;
  if (verb.startsWith("Installing")) return "unpacking";
  return name.endsWith(".whl") ? undefined : `${verb === "Collecting" ? "fetching" : verb.toLowerCase()} ${name.replace(/[=<>!~[].*$/, "")}`;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
