// The extension starts the language server, and the debugger on request.
const { execFile } = require("node:child_process");
const { promisify } = require("node:util");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const settings = () => vscode.workspace.getConfiguration("gotestDriver");
const program = () => settings().get("path");

let client;

async function start() {
  const command = program();
  // The client's own message for a missing program does not say which one is missing or what to do.
  const missing = await promisify(execFile)(command, ["--version"]).catch(error => error);
  if (missing instanceof Error) {
    const why = missing.code === "ENOENT" ? "there is no such program in the PATH" : missing.message;
    const open = "Open the setting";
    vscode.window
      .showErrorMessage(`${command} can't be started (${why}): test scripts are not checked. Install it, or name it in the setting gotestDriver.path.`, open)
      .then(choice => choice === open && vscode.commands.executeCommand("workbench.action.openSettings", "gotestDriver.path"));
    return;
  }
  const server = { command, args: ["lsp", ...settings().get("arguments")] };
  client = new LanguageClient("gotestDriver", "gotest-driver", server, {
    documentSelector: [{ language: "starlark" }],
  });
  await client.start();
}

async function stop() {
  if (client?.isRunning()) await client.stop();
  client = undefined;
}

// Starts and stops run one after the other, in order. The client has already shown their errors.
let last = Promise.resolve();
const queue = (...steps) => {
  for (const step of steps) last = last.then(step).catch(error => console.error(error));
  return last;
};

const debugAdapter = {
  createDebugAdapterDescriptor: () => new vscode.DebugAdapterExecutable(program(), ["dap"]),
};

// Without a launch.json, F5 debugs the open script.
const debugConfiguration = {
  resolveDebugConfiguration: (folder, config) => {
    if (!config.type && !config.request && !config.name) {
      if (vscode.window.activeTextEditor?.document.languageId !== "starlark") return undefined;
      Object.assign(config, { type: "gotest", request: "launch", name: "Debug the test", program: "${file}" });
    }
    config.cwd ??= folder?.uri.fsPath;
    return config;
  },
};

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory("gotest", debugAdapter),
    vscode.debug.registerDebugConfigurationProvider("gotest", debugConfiguration),
    vscode.commands.registerCommand("gotestDriver.restart", () => queue(stop, start)),
    vscode.workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration("gotestDriver")) queue(stop, start);
    }),
  );
  await queue(start);
};

exports.deactivate = () => queue(stop);
