/** Run a program to its end, line by line, until it is cancelled. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { CancellationToken } from "vscode";

export class Failed extends Error {}

export interface Options {
  cwd: string;
  token?: CancellationToken;
  onLine?: (line: string) => void;
}

/** Return what the program printed; raises `Failed`, with its last words, when it could not be run, failed, or was cancelled. */
export async function run(command: string, args: readonly string[], { cwd, token, onLine }: Options): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PYTHONUTF8: "1" } });
    const lines: string[] = [];
    const errors: string[] = [];
    const cancel = token?.onCancellationRequested(() => child.kill());
    for (const [stream, kept] of [[child.stdout, lines], [child.stderr, errors]] as const) {
      createInterface({ input: stream }).on("line", (line) => {
        kept.push(line);
        onLine?.(line);
      });
    }
    child.on("error", (error) => {
      cancel?.dispose();
      reject(new Failed(`\`${command}\` cannot be run: ${error.message}`));
    });
    child.on("close", (code) => {
      cancel?.dispose();
      if (code === 0) resolve(lines.join("\n"));
      else if (token?.isCancellationRequested) reject(new Failed("It was cancelled."));
      else reject(new Failed(errors.filter((line) => line.trim() !== "").slice(-3).join("\n") || `\`${command}\` ended with ${code}.`));
    });
  });
}
