import * as vscode from 'vscode';
import { parseNamespace } from '../../core/namespace';
import { say } from '../../core/say';
import { BackupError } from '../../engine/errors';
import { formatCount } from '../format';
import type { Host } from '../host';
import { contextKeys } from '../ids';
import { PastDocuments, pageSize } from '../pastDocuments';
import type { PastDocument } from '../pastUri';
import { pickMoment } from '../pickMoment';
import { pickCollection } from '../pickScope';
import { tellFailure } from '../runJob';
import { sentence } from '../sentence';
import { targetConnection, type CommandTarget } from '../target';

/** Opens one collection as it was, as a read-only document. Answers with its URI. */
export async function openPastCollection(
  host: Host,
  target?: CommandTarget,
): Promise<vscode.Uri | undefined> {
  const title = vscode.l10n.t('Open Past Collection');
  const connection = await targetConnection(host, target, vscode.l10n.t('A collection of which connection?'));
  if (!connection) return undefined;
  try {
    const { repository } = connection;
    const at = target?.at ?? (await pickMoment(title, await host.statuses.refresh(connection.id)));
    if (at === undefined) return undefined;
    const named = target?.ns === undefined ? undefined : parseNamespace(target.ns);
    const ns = named
      ? target?.ns
      : await pickCollection(title, await pastCollections(host, repository, at, target?.ns));
    const namespace = ns === undefined ? undefined : parseNamespace(ns);
    if (ns === undefined || !namespace) return undefined;
    const plan = await host.worker.run('plan', { repository, at, namespaces: [ns] });
    const past: PastDocument = { connection: connection.id, at: plan.target, namespace, page: 0 };
    const uri = await open(host, past);
    const { warnings } = await host.pastDocuments.page(past);
    if (warnings.length > 0) void vscode.window.showWarningMessage(warnings.map(sentence).join(' '));
    return uri;
  } catch (error) {
    host.log.warn('past collection not opened', error);
    void tellFailure(title, error);
    return undefined;
  }
}

/** Of one database, where `database` names it. */
async function pastCollections(host: Host, repository: string, at: string, database: string | undefined) {
  const all = await host.worker.run('collections', { repository, at });
  const prefix = database === undefined ? '' : `${database}.`;
  const some = all.filter((c) => c.type === 'collection' && c.ns.startsWith(prefix));
  if (some.length > 0) return some;
  throw new BackupError('notFound', say`No collection existed then.`);
}

/** Reads first: the editor makes one failure of all, and says nothing of its cause. */
async function open(host: Host, past: PastDocument): Promise<vscode.Uri> {
  await host.pastDocuments.page(past);
  const uri = host.pastDocuments.uri(past);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true });
  return uri;
}

/** Moves the active past document by whole pages. */
export async function turnPage(host: Host, by: 1 | -1, target?: vscode.Uri): Promise<void> {
  const uri = target instanceof vscode.Uri ? target : vscode.window.activeTextEditor?.document.uri;
  const document = uri && PastDocuments.read(uri);
  if (!document || document.page + by < 0) return;
  const { more } = await host.pastDocuments.page(document);
  if (by > 0 && !more) return;
  await open(host, { ...document, page: document.page + by });
}

/** Keeps the page buttons and a status message in step with the active editor. */
export function followActivePage(host: Host): vscode.Disposable {
  const status = vscode.window.createStatusBarItem('mongoRewind.page', vscode.StatusBarAlignment.Right, 100);
  status.name = vscode.l10n.t('Mongo Rewind Page');
  const update = async (editor: vscode.TextEditor | undefined) => {
    const document = editor && PastDocuments.read(editor.document.uri);
    const isVersion = editor !== undefined && PastDocuments.readVersion(editor.document.uri) !== undefined;
    void setContext(contextKeys.pastKind, document ? 'collection' : isVersion ? 'version' : '');
    const page = document && (await host.pastDocuments.page(document).catch(() => undefined));
    if (editor !== vscode.window.activeTextEditor) return;
    void setContext(contextKeys.pastHasNext, page?.more === true);
    void setContext(contextKeys.pastHasPrevious, (document?.page ?? 0) > 0);
    const hasWarnings = page !== undefined && page.warnings.length > 0;
    if (!document || !page || (document.page === 0 && !page.more && !hasWarnings)) return status.hide();
    const skipped = document.page * pageSize;
    const [first, last] = [skipped + 1, skipped + page.count];
    const text = vscode.l10n.t('Documents {0} – {1}', formatCount(first), formatCount(last));
    status.text = hasWarnings ? `$(warning) ${text}` : text;
    status.tooltip = hasWarnings ? page.warnings.map(sentence).join('\n') : undefined;
    status.backgroundColor = hasWarnings
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    status.show();
  };
  void update(vscode.window.activeTextEditor);
  return vscode.Disposable.from(
    status,
    vscode.window.onDidChangeActiveTextEditor((editor) => void update(editor)),
  );
}

async function setContext(key: string, value: boolean | string): Promise<void> {
  await vscode.commands.executeCommand('setContext', key, value);
}
