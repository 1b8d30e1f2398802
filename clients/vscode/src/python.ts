/** Python interpreters: the one that the Python extension has chosen, and any that is new enough to carry a private environment. */

import * as path from "node:path";
import * as vscode from "vscode";
import { run } from "./program";

/** The part of the Python extension's API that is used here. */
interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(of: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

async function api(): Promise<PythonApi["environments"]> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) return undefined;
  return (await extension.activate()).environments;
}

/** Return the interpreter of the workspace; none in a workspace that is not trusted, for it may lie in that workspace. */
export async function chosenInterpreter(log: vscode.LogOutputChannel): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  try {
    const environments = await api();
    const active = environments?.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
    const resolved = active && (await environments?.resolveEnvironment(active));
    return resolved?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension does not say which interpreter is chosen: ${String(error)}`);
    return undefined;
  }
}

export async function onInterpreterChange(listener: () => void): Promise<vscode.Disposable | undefined> {
  return (await api().catch(() => undefined))?.onDidChangeActiveEnvironmentPath(listener);
}

const NAMES = process.platform === "win32" ? ["py", "python"] : ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"];

/** Return the first Python that is new enough for the server: 3.11 or newer. */
export async function newPython(chosen: string | undefined, cwd: string, log: vscode.LogOutputChannel): Promise<string | undefined> {
  const script = "import sys; print(sys.version_info >= (3, 11), sys.executable)";
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const known = ["/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"].filter(() => process.platform !== "win32");
  const named = NAMES.flatMap((name) => [...new Set([...folders, ...known])].map((folder) => path.join(folder, name + SUFFIX)));
  for (const python of chosen === undefined ? named : [chosen, ...named]) {
    try {
      await vscode.workspace.fs.stat(vscode.Uri.file(python));
      const answer = await run(python, ["-I", "-c", script], { cwd });
      if (answer.startsWith("True ")) return answer.slice("True ".length).trim();
      log.info(`${python} is older than 3.11`);
    } catch {
      continue;
    }
  }
  return undefined;
}

const SUFFIX = process.platform === "win32" ? ".exe" : "";
