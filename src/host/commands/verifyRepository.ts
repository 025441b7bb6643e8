import * as vscode from 'vscode';
import type { DamageReport, VerifyReport } from '../../protocol/job';
import { formatBytes, formatClusterMoment, formatCount } from '../format';
import type { Host } from '../host';
import { commandIds } from '../ids';
import { runJob } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';

/** Reads every byte of a repository and tells what is damaged and which moments that hurts. */
export async function verifyRepository(
  host: Host,
  target?: CommandTarget,
): Promise<VerifyReport | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Verify which repository?'));
  if (!connection) return undefined;
  const { repository } = connection;
  const outcome = await runJob(host, {
    title: vscode.l10n.t('Verify {0}', connection.name),
    connection: connection.id,
    outcome: verifyLine,
    work: (signal, onProgress) => host.worker.run('verify', { repository }, { signal, onProgress }),
  });
  if (outcome.kind !== 'done') return undefined;
  for (const damage of outcome.result.damaged)
    host.log.error('damaged file', damage.file, damageLine(damage));
  void tell(outcome.result, connection.name);
  return outcome.result;
}

async function tell(report: VerifyReport, name: string): Promise<void> {
  const line = `${name}: ${verifyLine(report)}`;
  const [first] = report.damaged;
  if (!first) {
    await vscode.window.showInformationMessage(line);
    return;
  }
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(`${line} ${first.file}: ${damageLine(first)}`, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand(commandIds.showLog);
}

function verifyLine({ files, bytes, damaged }: VerifyReport): string {
  return damaged.length === 0
    ? vscode.l10n.t('All {0} files are intact, {1}.', formatCount(files), formatBytes(bytes))
    : vscode.l10n.t('{0} of {1} files are damaged.', formatCount(damaged.length), formatCount(files));
}

function damageLine({ reason, hurts }: DamageReport): string {
  const ranges = hurts.map(({ from, to }) => `${formatClusterMoment(from)} – ${formatClusterMoment(to)}`);
  return ranges.length === 0
    ? reason
    : vscode.l10n.t('{0}; no longer restorable: {1}', reason, ranges.join(', '));
}
