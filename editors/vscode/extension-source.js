// The extension starts the language server and does nothing else.
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

exports.activate = async (context) => {
  context.subscriptions.push(
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
