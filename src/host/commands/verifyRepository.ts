import * as vscode from 'vscode';
import type { DamageReport, TestRestoreReport, VerifyReport } from '../../protocol/job';
import type { Connection } from '../connections';
import { ensureUri } from '../connectionUri';
import { formatBytes, formatClusterMoment, formatCount, formatElapsed } from '../format';
import type { Host } from '../host';
import { commandIds } from '../ids';
import { documentsText } from '../planText';
import { runJob } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import { refreshStatus } from './recording';

export interface VerifyTarget extends CommandTarget {
  /** Restores on trial without asking. */
  readonly confirmed?: boolean;
}

/** Reads every byte of a repository and tells what is damaged and which moments that hurts. */
export async function verifyRepository(
  host: Host,
  target?: CommandTarget,
): Promise<VerifyReport | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Verify which repository?'));
  return connection && (await verify(host, connection, undefined));
}

/** The same, and then restores the latest moment into a scratch database, compares every document, and drops it. */
export async function testRestore(host: Host, target?: VerifyTarget): Promise<VerifyReport | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Verify which repository?'));
  if (!connection || !(await ensureUri(host.connections, connection))) return undefined;
  if (target?.confirmed !== true && !(await consent(connection))) return undefined;
  return await verify(host, connection, await host.connections.uri(connection.id));
}

async function consent({ name, label }: Connection): Promise<boolean> {
  const go = vscode.l10n.t('Restore on Trial');
  const question = vscode.l10n.t('Restore the latest moment of {0} on trial?', name);
  const detail = vscode.l10n.t(
    'Every file is read. Then the latest moment is restored into scratch databases on {0}, each document is compared with the repository, and the scratch databases are dropped. Nothing of yours is changed.',
    label,
  );
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, go)) === go;
}

async function verify(
  host: Host,
  connection: Connection,
  uri: string | undefined,
): Promise<VerifyReport | undefined> {
  const { id, name, repository } = connection;
  const outcome = await runJob<VerifyReport>(host, {
    title:
      uri === undefined
        ? vscode.l10n.t('Verify {0}', name)
        : vscode.l10n.t('Verify {0} with a test restore', name),
    connection: id,
    outcome: verifyLine,
    work: (signal, onProgress) => {
      const params = uri === undefined ? { repository } : { repository, uri };
      return host.worker.run('verify', params, { signal, onProgress });
    },
  });
  await refreshStatus(host, id);
  if (uri !== undefined) await host.previews.refresh();
  if (outcome.kind !== 'done') return undefined;
  void tellVerified(host, name, outcome.result);
  return outcome.result;
}

/** Tells what a verify found; damage and differences go to the log, one by one. */
export async function tellVerified(host: Host, name: string, report: VerifyReport): Promise<void> {
  for (const damage of report.damaged) host.log.error('damaged file', damage.file, damageLine(damage));
  for (const { ns, reason } of report.restored?.differences ?? [])
    host.log.error('test restore differs', ns, reason);
  const [first] = report.damaged;
  const [different] = report.restored?.differences ?? [];
  const line = `${name}: ${verifyLine(report)}`;
  if (!first && !different) {
    await vscode.window.showInformationMessage(line);
    return;
  }
  const showLog = vscode.l10n.t('Show Log');
  const detail = first
    ? `${first.file}: ${damageLine(first)}`
    : `${different?.ns ?? ''}: ${different?.reason ?? ''}`;
  const chosen = await vscode.window.showErrorMessage(`${line} ${detail}`, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand(commandIds.showLog);
}

export function verifyLine({ files, bytes, damaged, restored }: VerifyReport): string {
  if (damaged.length > 0)
    return vscode.l10n.t('{0} of {1} files are damaged.', formatCount(damaged.length), formatCount(files));
  const intact = vscode.l10n.t('All {0} files are intact, {1}.', formatCount(files), formatBytes(bytes));
  return restored ? `${intact} ${restoredLine(restored)}` : intact;
}

function restoredLine({ ok, collections, documents, differences, ms }: TestRestoreReport): string {
  return ok
    ? vscode.l10n.t(
        'The test restore gave back all of it: {0} collections, {1}, in {2}.',
        formatCount(collections),
        documentsText(documents),
        formatElapsed(ms),
      )
    : vscode.l10n.t('The test restore differs in {0} collections.', formatCount(differences.length));
}

function damageLine({ reason, hurts }: DamageReport): string {
  const ranges = hurts.map(({ from, to }) => `${formatClusterMoment(from)} – ${formatClusterMoment(to)}`);
  return ranges.length === 0
    ? reason
    : vscode.l10n.t('{0}; no longer restorable: {1}', reason, ranges.join(', '));
}
