// Stands for the Python extension: the part of its API that says which interpreter is chosen, as @vscode/python-extension 1.0.5 types it.
const vscode = require("vscode");

const SETTING = "python.defaultInterpreterPath";

exports.activate = ({ subscriptions }) => {
  const changed = new vscode.EventEmitter();
  const chosen = () => {
    const path = vscode.workspace.getConfiguration().get(SETTING);
    return { id: path, path };
  };
  subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SETTING)) changed.fire({ ...chosen(), resource: undefined });
    }),
  );
  return {
    ready: Promise.resolve(),
    environments: {
      getActiveEnvironmentPath: chosen,
      resolveEnvironment: async ({ id, path }) => ({ id, path, executable: { uri: vscode.Uri.file(path) } }),
      onDidChangeActiveEnvironmentPath: changed.event,
    },
  };
};
