/** The key of the model's provider: kept in the editor's secret storage, given to the server in its environment, written nowhere else. */

import * as vscode from "vscode";

const NAME = "architrave.key";
const VARIABLE = "ANTHROPIC_API_KEY";

export class Key {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** Return what the server's environment gets; nothing in a workspace that is not trusted. */
  async variables(): Promise<Record<string, string>> {
    if (!vscode.workspace.isTrusted) return { [VARIABLE]: "" };
    const key = await this.secrets.get(NAME);
    return key === undefined ? {} : { [VARIABLE]: key };
  }

  /** Ask for a key and keep it; false when the user thought better of it. */
  async ask(): Promise<boolean> {
    const key = await vscode.window.showInputBox({
      title: "Architrave: key of the model's provider",
      prompt: "It is kept in the editor's secret storage and given to the server when it starts.",
      placeHolder: "sk-ant-…",
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) => (/\s/.test(text.trim()) ? "A key has no spaces." : undefined),
    });
    if (key === undefined || key.trim() === "") return false;
    await this.secrets.store(NAME, key.trim());
    return true;
  }

  async forget(): Promise<void> {
    await this.secrets.delete(NAME);
  }
}
