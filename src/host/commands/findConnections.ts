import * as vscode from 'vscode';
import { BackupError } from '../../engine/errors';
import type { FoundConnection } from '../compassExport';
import type { Host } from '../host';
import { connectionsInCompose, connectionsInEnv } from '../workspaceConnections';
import { offerConnections } from './importConnections';

const envFiles = '**/{.env,.env.*}';
const composeFiles = '**/{compose,docker-compose}*.{yml,yaml}';
const excluded = '**/{node_modules,.git,dist,build,out}/**';
const mostFiles = 50;
const localUri = 'mongodb://localhost:27017/?directConnection=true';
const impatient = 'serverSelectionTimeoutMS=1000&connectTimeoutMS=1000';

/** Looks on this machine and, where the workspace is trusted, in its `.env` and compose files. Only on request. */
export async function findConnections(
  host: Host,
  target: { readonly confirmed?: boolean } = {},
): Promise<readonly string[]> {
  const title = vscode.l10n.t('Find Connections');
  const options = { location: vscode.ProgressLocation.Notification, title };
  const found = await vscode.window.withProgress(options, async () => {
    const [local, files] = await Promise.all([isLocalServer(host), connectionsInWorkspace(host)]);
    return [...(local ? [{ name: 'localhost', uri: localUri }] : []), ...files];
  });
  if (!vscode.workspace.isTrusted) void tellOfTrust();
  return await offerConnections(host, title, found, target.confirmed);
}

async function isLocalServer(host: Host): Promise<boolean> {
  try {
    await host.worker.run('probe', { uri: `${localUri}&${impatient}` });
    return true;
  } catch (error) {
    // A server that asks for a password, or that is no replica set yet, is there all the same.
    const there = ['authentication', 'unauthorized', 'standalone'];
    return error instanceof BackupError && there.includes(error.code);
  }
}

async function connectionsInWorkspace(host: Host): Promise<readonly FoundConnection[]> {
  if (!vscode.workspace.isTrusted) return [];
  const [env, compose] = await Promise.all([
    vscode.workspace.findFiles(envFiles, excluded, mostFiles),
    vscode.workspace.findFiles(composeFiles, excluded, mostFiles),
  ]);
  const read = async (file: vscode.Uri, parse: (text: string) => readonly FoundConnection[]) => {
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      const name = vscode.workspace.asRelativePath(file);
      return parse(text).map((found) => ({ ...found, name: `${found.name} (${name})` }));
    } catch (error) {
      host.log.debug('file not read', error);
      return [];
    }
  };
  const lists = await Promise.all([
    ...env.map((file) => read(file, connectionsInEnv)),
    ...compose.map((file) => read(file, connectionsInCompose)),
  ]);
  return lists.flat();
}

async function tellOfTrust(): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const message = vscode.l10n.t('Files of this workspace were not searched, as it is not trusted.');
  if ((await vscode.window.showInformationMessage(message, manage)) === manage)
    await vscode.commands.executeCommand('workbench.trust.manage');
}
