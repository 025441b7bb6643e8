import * as vscode from 'vscode';
import type { ErrorCode } from '../../core/errorCode';
import { BackupError, isAbort } from '../../engine/errors';
import type { ConnectionColor } from '../connectionColor';
import { readConnectionString, type ConnectionString } from '../connectionString';
import { Connections, type Connection } from '../connections';
import { askUri, problemText, warnOfSession } from '../connectionUri';
import { failureLine } from '../failure';
import type { Host } from '../host';
import { tellFailure } from '../runJob';
import { readSettings } from '../settings';

export interface NewConnection {
  readonly uri?: string;
  readonly name?: string;
  /** Absolute folder; a new one under the setting's folder when left out. */
  readonly repository?: string;
  readonly protected?: boolean;
  readonly color?: ConnectionColor;
  readonly id?: string;
  readonly encrypted?: boolean;
}

/** Asks for a URI where none is given, connects once, and keeps the connection. Answers with its id. */
export async function addConnection(host: Host, given: NewConnection = {}): Promise<string | undefined> {
  const title = vscode.l10n.t('Add Connection');
  const typed = given.uri ?? (await askUri(title, askPrompt()));
  if (typed === undefined) return undefined;
  const read = readConnectionString(typed);
  if (read.kind === 'bad') {
    void vscode.window.showErrorMessage(`${title}: ${problemText(read.problem)}`);
    return undefined;
  }
  const known = await host.connections.findByUri(read.uri);
  if (known) {
    await host.revealConnection(known.id);
    return known.id;
  }
  try {
    await probe(host, read.uri, read.label);
  } catch (error) {
    if (isAbort(error)) return undefined;
    host.log.warn('connection refused', read.label, error);
    void tellRefusal(host, title, read, given, error);
    return undefined;
  }
  return await keepFound(host, read, given);
}

/** Where the server was reached it can be added all the same: its row then tells what is missing until it is there. */
async function tellRefusal(
  host: Host,
  title: string,
  read: Extract<ConnectionString, { kind: 'ok' }>,
  given: NewConnection,
  error: unknown,
): Promise<void> {
  if (!(error instanceof BackupError && mendedOnServer.has(error.code)))
    return await tellFailure(title, error);
  const again = vscode.l10n.t('Try Again');
  const anyway = vscode.l10n.t('Add Anyway');
  const chosen = await vscode.window.showErrorMessage(`${title}: ${failureLine(error)}`, again, anyway);
  if (chosen === again) await addConnection(host, { ...given, uri: read.uri });
  if (chosen === anyway) await keepFound(host, read, given);
}

const mendedOnServer: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unauthorized', 'standalone']);

/** One that was there before, and whose string was lost, gets its repository back. */
async function keepFound(
  host: Host,
  read: Extract<ConnectionString, { kind: 'ok' }>,
  given: NewConnection,
): Promise<string> {
  const lost = await host.connections.findLost(read.label);
  return await keepConnection(host, read, lost ? { ...lost, ...given } : given);
}

/** Keeps a connection without trying it. */
export async function keepConnection(
  host: Host,
  { uri, label, local }: Extract<ConnectionString, { kind: 'ok' }>,
  given: NewConnection,
): Promise<string> {
  const id = given.id ?? Connections.newId();
  const connection: Connection = {
    id,
    name: given.name ?? label,
    label,
    protected: given.protected ?? !local,
    repository: given.repository ?? newRepositoryFolder(host.storageUri, id),
    ...(given.color ? { color: given.color } : {}),
    ...(given.encrypted === true ? { encrypted: true } : {}),
  };
  const kept = await host.connections.put(connection, uri);
  host.log.info('connection added', label, connection.protected ? 'protected' : 'not protected');
  if (kept === 'session') void warnOfSession(connection.name);
  await host.revealConnection(id);
  return id;
}

/** Where the setting wants the repository of a new connection. */
export function newRepositoryFolder(storage: vscode.Uri, id: string): string {
  const { repositoryFolder } = readSettings();
  const base =
    repositoryFolder === undefined
      ? vscode.Uri.joinPath(storage, 'repositories')
      : vscode.Uri.file(repositoryFolder);
  return vscode.Uri.joinPath(base, id).fsPath;
}

function askPrompt(): string {
  return vscode.l10n.t('Connection string of a replica set. It is kept in secret storage only.');
}

/** Connects once, cancellable; throws what the engine says, and where it is not the source of a repository. */
export async function probe(host: Host, uri: string, label: string, repository?: string): Promise<void> {
  const title = vscode.l10n.t('Connecting to {0}', label);
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, async (_, token) => {
    const abort = new AbortController();
    const link = token.onCancellationRequested(() => abort.abort());
    try {
      const params = { uri, ...(repository === undefined ? {} : { repository }) };
      const source = await host.worker.run('probe', params, { signal: abort.signal });
      abort.signal.throwIfAborted();
      host.log.info('connected', label, source.setName, source.version);
    } finally {
      link.dispose();
    }
  });
}

/** Asks, ends its jobs and its recorder, and forgets; deletes the repository only where the user says so. */
export async function removeConnection(
  host: Host,
  connection: Connection,
  given: { readonly deleteRepository?: boolean } = {},
): Promise<boolean> {
  const deleteRepository = given.deleteRepository ?? (await askRemoval(host, connection));
  if (deleteRepository === undefined) return false;
  await host.jobs.endAll(connection.id);
  await host.recorders.stop(connection.id);
  await host.connections.remove(connection.id);
  const { repository } = connection;
  if (host.connections.all.every((c) => c.repository !== repository))
    await host.passphrases.forget(repository);
  host.statuses.forget(connection.id);
  host.events.forget(connection.id);
  host.sources.forget(connection.id);
  if (deleteRepository && (await isRepository(connection.repository)))
    await vscode.workspace.fs.delete(vscode.Uri.file(connection.repository), { recursive: true });
  await host.demo.forget(connection);
  await host.previews.refresh();
  host.log.info(
    'connection removed',
    connection.label,
    deleteRepository ? 'repository deleted' : 'repository kept',
  );
  return true;
}

async function askRemoval(host: Host, connection: Connection): Promise<boolean | undefined> {
  await host.previews.refresh();
  const keep = vscode.l10n.t('Remove and Keep Backups');
  const destroy = vscode.l10n.t('Remove and Delete Backups');
  const detail = removalDetail(host, connection).join('\n\n');
  const question = vscode.l10n.t('Remove {0}?', connection.name);
  const actions = (await isRepository(connection.repository)) ? [keep, destroy] : [vscode.l10n.t('Remove')];
  const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, ...actions);
  return chosen === undefined ? undefined : chosen === destroy;
}

/** What goes, and what stays: a preview can be dropped by hand alone when nothing says any more that it is one. */
function removalDetail(host: Host, { id, repository }: Connection): readonly string[] {
  const recording = vscode.l10n.t(
    'Recording stops. Its snapshots and recorded operations are in\n{0}',
    repository,
  );
  const running = host.jobs.runningOf(id).map(({ title }) => title);
  const previews = host.previews.all.filter((p) => p.connection === id).map(({ database }) => database);
  return [
    recording,
    ...(running.length === 0 ? [] : [vscode.l10n.t('These jobs are cancelled: {0}', running.join(', '))]),
    ...(previews.length === 0
      ? []
      : [vscode.l10n.t('These previews stay on the server: {0}', previews.join(', '))]),
  ];
}

/** A folder that is no repository is never deleted. */
async function isRepository(folder: string): Promise<boolean> {
  const config = vscode.Uri.joinPath(vscode.Uri.file(folder), 'config.json');
  return await vscode.workspace.fs.stat(config).then(
    () => true,
    () => false,
  );
}
