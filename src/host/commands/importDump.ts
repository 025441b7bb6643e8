import * as vscode from 'vscode';
import type { ImportReport } from '../../protocol/job';
import { ensurePassphrase } from '../ensurePassphrase';
import { formatBytes } from '../format';
import type { Host } from '../host';
import { documentsText } from '../planText';
import { runJob } from '../runJob';
import { sentence } from '../sentence';
import { targetConnection, type CommandTarget } from '../target';
import { previewAtTime } from './previewAtTime';
import { refreshStatus } from './recording';

export interface ImportDumpTarget extends CommandTarget {
  /** A mongodump directory, or an archive. */
  readonly dump?: string;
}

interface SourceItem extends vscode.QuickPickItem {
  readonly folder: boolean;
}

/** Takes a mongodump directory or archive into a repository, where a mark names its time. */
export async function importDump(host: Host, target?: ImportDumpTarget): Promise<ImportReport | undefined> {
  const connection = await targetConnection(
    host,
    target,
    vscode.l10n.t('Import a dump into which repository?'),
  );
  if (!connection) return undefined;
  const dump = target?.dump ?? (await pickDump());
  if (dump === undefined || !(await ensurePassphrase(host, connection))) return undefined;
  const { repository } = connection;
  const outcome = await runJob<ImportReport>(host, {
    title: vscode.l10n.t('Import into {0}', connection.name),
    connection: connection.id,
    outcome: importLine,
    made: ({ snapshot }) => ({ at: snapshot.consistentAt }),
    work: (signal, onProgress) => host.worker.run('import', { dump, repository }, { signal, onProgress }),
  });
  await refreshStatus(host, connection.id);
  if (outcome.kind !== 'done') return undefined;
  void tell(host, connection.id, outcome.result);
  return outcome.result;
}

function importLine({ snapshot, mark }: ImportReport): string {
  return vscode.l10n.t(
    '{0}, {1}; marked “{2}”',
    documentsText(snapshot.documents),
    formatBytes(snapshot.bytes),
    mark,
  );
}

async function tell(host: Host, connection: string, report: ImportReport): Promise<void> {
  const preview = vscode.l10n.t('Preview…');
  const message = [
    vscode.l10n.t('Dump imported: {0}.', importLine(report)),
    ...report.warnings.map(sentence),
  ].join(' ');
  const chosen =
    report.warnings.length > 0
      ? await vscode.window.showWarningMessage(message, preview)
      : await vscode.window.showInformationMessage(message, preview);
  if (chosen === preview) await previewAtTime(host, { connection, at: report.snapshot.consistentAt });
}

async function pickDump(): Promise<string | undefined> {
  const title = vscode.l10n.t('Import a Dump');
  const items: readonly SourceItem[] = [
    {
      label: `$(folder) ${vscode.l10n.t('Directory')}`,
      description: vscode.l10n.t('of mongodump, with or without --gzip and --oplog'),
      folder: true,
    },
    {
      label: `$(file-zip) ${vscode.l10n.t('Archive')}`,
      description: vscode.l10n.t('one file of mongodump --archive, with or without --gzip'),
      folder: false,
    },
  ];
  const placeHolder = vscode.l10n.t('What does the dump look like?');
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (!chosen) return undefined;
  const picked = await vscode.window.showOpenDialog({
    title,
    openLabel: vscode.l10n.t('Import'),
    canSelectFiles: !chosen.folder,
    canSelectFolders: chosen.folder,
  });
  return picked?.[0]?.fsPath;
}
