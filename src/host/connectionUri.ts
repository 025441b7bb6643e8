import * as vscode from 'vscode';
import { readConnectionString, type ConnectionString } from './connectionString';
import type { Connection, Connections } from './connections';

/** Asks for a connection string; the answer may still be one that can not be read. */
export async function askUri(title: string, prompt: string): Promise<string | undefined> {
  return await vscode.window.showInputBox({
    title,
    prompt,
    placeHolder: 'mongodb://localhost:27017/?replicaSet=rs0',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const read = readConnectionString(text);
      return read.kind === 'ok' || read.problem === 'empty' ? undefined : problemText(read.problem);
    },
  });
}

/** Whether there is a connection string to work with; asks for it again where secret storage lost it. */
export async function ensureUri(connections: Connections, connection: Connection): Promise<boolean> {
  if (await connections.hasUri(connection.id)) return true;
  const title = vscode.l10n.t('Connection string of {0}', connection.name);
  const typed = await askUri(title, vscode.l10n.t('Secret storage did not return it. Type it again.'));
  const read = typed === undefined ? undefined : readConnectionString(typed);
  if (read?.kind !== 'ok') return false;
  const isProtected = connection.protected || !read.local;
  const next = { ...connection, label: read.label, protected: isProtected };
  if ((await connections.put(next, read.uri)) === 'session') void warnOfSession(next.name);
  return true;
}

export async function warnOfSession(name: string): Promise<void> {
  await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'Secret storage is not available: the connection string of {0} is remembered only until this window closes.',
      name,
    ),
  );
}

export type UriProblem = Extract<ConnectionString, { kind: 'bad' }>['problem'];

export function problemText(problem: UriProblem): string {
  switch (problem) {
    case 'empty':
      return vscode.l10n.t('Type a connection string.');
    case 'scheme':
      return vscode.l10n.t('It must begin with mongodb:// or mongodb+srv://');
    case 'hosts':
      return vscode.l10n.t('It names no host, or one that cannot be read: mongodb://HOST:PORT');
    case 'credentials':
      return vscode.l10n.t(
        'User or password hold a character that must be percent-encoded, such as @ : or /',
      );
  }
}
