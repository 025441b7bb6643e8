import * as vscode from 'vscode';

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

/** The same URI with another default database; authentication stays against the one it used. */
export function withDatabase(uri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]*(?:%2F[^/?]*)?)(?:\/([^?]*))?(?:\?(.*))?$/i.exec(uri);
  if (!match) return uri;
  const [, head = '', authDatabase = '', query = ''] = match;
  const options = query.split('&').filter((part) => part !== '');
  const hasSource = options.some((part) => part.toLowerCase().startsWith('authsource='));
  if (head.includes('@') && !hasSource) options.push(`authSource=${authDatabase === '' ? 'admin' : authDatabase}`);
  const tail = options.length === 0 ? '' : `?${options.join('&')}`;
  return `${head}/${encodeURIComponent(database)}${tail}`;
}
