// Stands in for "MongoDB for VS Code": it answers the one command that is called there, and tells with what.
const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  const calls = [];
  subscriptions.push(
    vscode.commands.registerCommand('mdb.connectWithURI', (argument) => calls.push(argument)),
    vscode.commands.registerCommand('standIn.calls', () => calls),
  );
};
