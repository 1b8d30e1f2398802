/** The entry point: puts the parts together. Nothing here waits for the server, and a server that fails does not fail the extension. */

import * as vscode from "vscode";
import { executeCommand, register } from "./commands";
import { Connection } from "./connection";
import { Environment } from "./environment";
import { provideHover } from "./hover";
import { Jobs } from "./jobs";
import { Key } from "./key";
import { handleApplyEdit, sendRequest } from "./preview";
import type { Status } from "./protocol";
import { onInterpreterChange } from "./python";
import { reading } from "./reading";
import { configuration } from "./settings";
import { StatusBar } from "./status";
import { FindingsTree } from "./tree";

let connection: Connection;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Architrave", { log: true });
  const key = new Key(context.secrets);
  const jobs = new Jobs(context, () => connection);
  const middleware = {
    executeCommand: executeCommand(() => jobs),
    provideHover,
    sendRequest,
    workspace: { configuration: configuration(context), handleApplyEdit },
    handleWorkDoneProgress: reading(() => connection, (progress) => status.read(progress)),
  };
  connection = new Connection(context, log, new Environment(context, log), key, middleware, (client) => {
    jobs.listen(client);
    client.onNotification("architrave/status", (now: Status) => {
      connection.status = now;
      status.draw();
    });
  });
  const status = new StatusBar(connection);
  const again = (): void => void connection.reconsider();
  context.subscriptions.push(
    log,
    connection,
    status,
    new FindingsTree(),
    ...register({ connection, jobs, key, log }),
    connection.onChange(() => void vscode.commands.executeCommand("setContext", "architrave.state", connection.state)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void connection.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("architrave.server.path")) again();
      if (event.affectsConfiguration("architrave.agents")) void connection.restart();
    }),
  );
  void onInterpreterChange(again).then((subscription) => subscription && context.subscriptions.push(subscription));
  void connection.start();
}

export async function deactivate(): Promise<void> {
  await connection.stop();
}
