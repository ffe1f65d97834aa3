// The extension starts the language server, and the debugger when one is asked for.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function start() {
  const settings = vscode.workspace.getConfiguration("gotestDriver");
  const server = { command: settings.get("path"), args: ["lsp", ...settings.get("arguments")] };
  client = new LanguageClient("gotestDriver", "gotest-driver", server, {
    documentSelector: [{ language: "starlark" }],
  });
  return client.start();
}

const program = () => vscode.workspace.getConfiguration("gotestDriver").get("path");

const debugAdapter = {
  createDebugAdapterDescriptor: () => new vscode.DebugAdapterExecutable(program(), ["dap"]),
};

// Without a launch.json, F5 debugs the script that is open.
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
    vscode.commands.registerCommand("gotestDriver.restart", async () => {
      await client?.stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("gotestDriver")) {
        await client?.stop();
        await start();
      }
    }),
  );
  await start();
};

exports.deactivate = () => client?.stop();
