import * as vscode from 'vscode';
import { withDatabase } from './connectionString';

const extensionId = 'mongodb.mongodb-vscode';

/** Whether "MongoDB for VS Code" is there to open a preview in. */
export function canOpenPreviews(): boolean {
  return vscode.extensions.getExtension(extensionId) !== undefined;
}

/** Connects it to one database; it asks its user before it does. */
export async function openInMongodbExtension(uri: string, database: string, name: string): Promise<void> {
  await vscode.commands.executeCommand('mdb.connectWithURI', {
    connectionString: withDatabase(uri, database),
    name,
    reuseExisting: true,
  });
}
