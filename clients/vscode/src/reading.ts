/** The server's reading of a workspace: shown in the status bar, and where it takes longer as progress that can be cancelled. */

import * as vscode from "vscode";
import { type Middleware, WorkDoneProgressCancelNotification, type WorkDoneProgressReport } from "vscode-languageclient/node";
import type { Connection } from "./connection";

const TOKEN = "architrave-index";
const PATIENCE = 3000; // Milliseconds before it is more than a line in the status bar.

interface Reading {
  title: string;
  late: NodeJS.Timeout;
  reports: vscode.EventEmitter<WorkDoneProgressReport>;
  done: () => void;
}

export function reading(connection: () => Connection, show: (progress: string | undefined) => void): NonNullable<Middleware["handleWorkDoneProgress"]> {
  const running = new Map<string, Reading>();
  return (token, value, next) => {
    const name = String(token);
    if (!name.startsWith(TOKEN)) {
      next(token, value);
      return;
    }
    const known = running.get(name);
    if (value.kind === "begin") {
      running.set(name, begin(value.title, () => void connection().running?.sendNotification(WorkDoneProgressCancelNotification.type, { token })));
      show("0 %");
    } else if (value.kind === "report") {
      known?.reports.fire(value);
      show(`${value.percentage ?? 0} %`);
    } else {
      clearTimeout(known?.late);
      known?.done();
      running.delete(name);
      if (running.size === 0) show(undefined);
    }
  };
}

function begin(title: string, cancel: () => void): Reading {
  const reports = new vscode.EventEmitter<WorkDoneProgressReport>();
  let done: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  const late = setTimeout(() => {
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      token.onCancellationRequested(cancel);
      let last = 0;
      reports.event(({ message, percentage = last }) => {
        progress.report({ ...(message === undefined ? {} : { message }), increment: percentage - last });
        last = percentage;
      });
      await ended;
      reports.dispose();
    });
  }, PATIENCE);
  return { title, late, reports, done };
}
