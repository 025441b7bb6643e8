import * as vscode from 'vscode';
import type { ExportReport } from '../../protocol/job';
import type { Connection } from '../connections';
import { formatBytes, formatClusterMoment } from '../format';
import type { Host } from '../host';
import { pickMoment } from '../pickMoment';
import { pickScope } from '../pickScope';
import { collectionsText, documentsText } from '../planText';
import { runJob, tellFailure } from '../runJob';
import { sentence } from '../sentence';
import { targetConnection, type CommandTarget } from '../target';

export interface ExportTarget extends CommandTarget {
  /** A folder that is new or empty. */
  readonly out?: string;
}

/** Writes a mongodump directory as of a moment; what `target` says is not asked. */
export async function exportDump(host: Host, target?: ExportTarget): Promise<ExportReport | undefined> {
  const title = vscode.l10n.t('Export as mongodump Directory');
  const connection = await targetConnection(host, target, vscode.l10n.t('Export which connection?'));
  if (!connection) return undefined;
  try {
    const { repository } = connection;
    const at = target?.at ?? (await pickMoment(title, await host.statuses.refresh(connection.id)));
    if (at === undefined) return undefined;
    const asked = target?.out === undefined;
    const scope = target?.ns ?? (asked ? await pickScope(host, title, repository, at) : '');
    if (scope === undefined) return undefined;
    const out = target?.out ?? (await pickFolder(title, connection));
    if (out === undefined) return undefined;
    return await write(host, connection, { at, scope, out });
  } catch (error) {
    host.log.warn('export refused', error);
    void tellFailure(title, error);
    return undefined;
  }
}

interface Asked {
  readonly at: string;
  readonly scope: string;
  readonly out: string;
}

async function write(
  host: Host,
  { id, name, repository }: Connection,
  { at, scope, out }: Asked,
): Promise<ExportReport | undefined> {
  const namespaces = scope === '' ? [] : [scope];
  const outcome = await runJob<ExportReport>(host, {
    title: vscode.l10n.t('Export of {0}', scope === '' ? name : scope),
    connection: id,
    outcome: exportLine,
    work: (signal, onProgress) =>
      host.worker.run('export', { repository, at, out, namespaces }, { signal, onProgress }),
  });
  if (outcome.kind !== 'done') return undefined;
  void tell(outcome.result, out);
  return outcome.result;
}

function exportLine({ collections, documents, bytes }: ExportReport): string {
  return [collectionsText(collections), documentsText(documents), formatBytes(bytes)].join(', ');
}

async function tell(report: ExportReport, out: string): Promise<void> {
  const reveal = vscode.l10n.t('Reveal Folder');
  const copy = vscode.l10n.t('Copy mongorestore Command');
  const line = vscode.l10n.t(
    'Exported as of {0} to {1}: {2}.',
    formatClusterMoment(report.at),
    out,
    exportLine(report),
  );
  const message = [line, ...report.warnings.map(sentence)].join(' ');
  const chosen =
    report.warnings.length > 0
      ? await vscode.window.showWarningMessage(message, reveal, copy)
      : await vscode.window.showInformationMessage(message, reveal, copy);
  if (chosen === reveal) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(out));
  if (chosen === copy) await vscode.env.clipboard.writeText(`mongorestore ${JSON.stringify(out)}`);
}

/** A new folder inside the one that the user picks. */
async function pickFolder(title: string, { name }: Connection): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    openLabel: vscode.l10n.t('Export Here'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  const [parent] = picked ?? [];
  if (!parent) return undefined;
  const stem = `${name.replace(/[^\w.-]+/g, '_')}-dump`;
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(parent, n === 1 ? stem : `${stem}-${n}`);
    if (!(await exists(uri))) return uri.fsPath;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
