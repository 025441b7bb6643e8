import * as vscode from 'vscode';
import { idLabel } from '../../core/idLabel';
import { formatNamespace, parseNamespace } from '../../core/namespace';
import type { HistoryReport, VersionReport } from '../../protocol/timeTravel';
import { fieldsText } from '../compareText';
import type { Connection } from '../connections';
import { documentIdAt, readTypedId } from '../documentId';
import { formatClusterNearby, formatCount, formatNearby } from '../format';
import type { Host } from '../host';
import { PastDocuments } from '../pastDocuments';
import { pickCollection } from '../pickScope';
import { runJob } from '../runJob';
import { sentence } from '../sentence';
import { targetConnection, type CommandTarget } from '../target';

export interface HistoryTarget extends CommandTarget {
  /** The `_id` in extended JSON. */
  readonly id?: string;
}

/** Every recorded version of one document: of the one under the cursor in a past document, or of a typed `_id`. */
export async function showDocumentHistory(
  host: Host,
  target?: HistoryTarget,
): Promise<HistoryReport | undefined> {
  const given = target?.ns === undefined ? { ...activeDocument(), ...target } : target;
  const title = vscode.l10n.t('Document History');
  const connection = await targetConnection(host, given, vscode.l10n.t('A document of which connection?'));
  if (!connection) return undefined;
  const { repository } = connection;
  const ns =
    given.ns !== undefined && parseNamespace(given.ns)
      ? given.ns
      : await pickCollection(title, await host.worker.run('collections', { repository, at: 'latest' }));
  if (ns === undefined) return undefined;
  const id = given.id ?? (await askId(title, ns));
  if (id === undefined) return undefined;
  const outcome = await runJob<HistoryReport>(host, {
    title: vscode.l10n.t('History of {0} in {1}', idLabel(id), ns),
    connection: connection.id,
    outcome: ({ versions }) =>
      versions.length === 1
        ? vscode.l10n.t('1 version')
        : vscode.l10n.t('{0} versions', formatCount(versions.length)),
    work: (signal) => host.worker.run('history', { repository, ns, id }, { signal }),
  });
  if (outcome.kind !== 'done') return undefined;
  const { versions, warnings } = outcome.result;
  if (warnings.length > 0) void vscode.window.showWarningMessage(warnings.map(sentence).join(' '));
  void pickVersion(host, connection, ns, id, versions).catch((error: unknown) =>
    host.log.error('history not shown', error),
  );
  return outcome.result;
}

function activeDocument(): HistoryTarget {
  const editor = vscode.window.activeTextEditor;
  const past = editor && PastDocuments.placeOf(editor.document.uri);
  if (!past) return {};
  const { connection, namespace } = past;
  const id =
    past.id ?? documentIdAt(editor.document.getText(), editor.document.offsetAt(editor.selection.active));
  return { connection, ns: formatNamespace(namespace), ...(id === undefined ? {} : { id }) };
}

async function askId(title: string, ns: string): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('The _id of the document in {0}', ns),
    placeHolder: '67450c1b9f1c2a0001aa0001, 17, "text", {"$oid":"…"}',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type an _id.') : undefined),
  });
  return typed === undefined ? undefined : readTypedId(typed);
}

async function pickVersion(
  host: Host,
  connection: Connection,
  ns: string,
  id: string,
  versions: readonly VersionReport[],
): Promise<void> {
  const nowMs = Date.now();
  const items = versions
    .map((version, i) => ({
      label: `$(${versionIcon(version)}) ${versionText(version)}`,
      description: timeText(version, nowMs),
      detail: fieldsText(version.changed),
      index: i,
    }))
    .reverse();
  const picked = await vscode.window.showQuickPick(items, {
    title: `${idLabel(id)} · ${ns}`,
    placeHolder: vscode.l10n.t('Versions, newest first; pick one to see what it changed'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked) await openVersion(host, { connection, ns, id }, versions, picked.index);
}

/** A version beside the one before it. */
async function openVersion(
  host: Host,
  of: { readonly connection: Connection; readonly ns: string; readonly id: string },
  versions: readonly VersionReport[],
  index: number,
): Promise<void> {
  const version = versions[index];
  const namespace = parseNamespace(of.ns);
  if (!version || !namespace) return;
  const uri = (v: VersionReport) =>
    host.pastDocuments.version(
      { connection: of.connection.id, namespace, id: of.id, at: v.at },
      v.document ?? null,
    );
  const title = `${idLabel(of.id)} · ${versionText(version)} ${timeText(version, Date.now())}`;
  const before = versions[index - 1];
  if (before) await vscode.commands.executeCommand('vscode.diff', uri(before), uri(version), title);
  else await vscode.window.showTextDocument(uri(version), { preview: true });
}

function timeText({ at, wallMs }: VersionReport, nowMs: number): string {
  return wallMs === undefined ? formatClusterNearby(at, nowMs) : formatNearby(wallMs, nowMs);
}

function versionText({ op }: VersionReport): string {
  switch (op) {
    case 'snapshot':
      return vscode.l10n.t('as first recorded');
    case 'insert':
      return vscode.l10n.t('insert');
    case 'update':
      return vscode.l10n.t('update');
    case 'delete':
      return vscode.l10n.t('delete');
    case 'drop':
      return vscode.l10n.t('collection dropped');
    case 'dropDatabase':
      return vscode.l10n.t('database dropped');
    case 'rename':
      return vscode.l10n.t('collection renamed');
    case 'create':
      return vscode.l10n.t('collection created');
    case 'emptycapped':
      return vscode.l10n.t('collection emptied');
  }
}

function versionIcon({ op, document }: VersionReport): string {
  if (op === 'snapshot') return 'archive';
  if (document === undefined) return 'diff-removed';
  return op === 'insert' ? 'diff-added' : 'diff-modified';
}
