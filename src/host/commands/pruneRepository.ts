import * as vscode from 'vscode';
import type { PruneReport } from '../../protocol/job';
import type { Connection } from '../connections';
import { formatBytes, formatClusterMoment, formatCount } from '../format';
import type { Host } from '../host';
import { pickRetention, type RetentionChoice } from '../pickRetention';
import { runJob } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import { refreshStatus } from './recording';

export interface PruneTarget extends CommandTarget {
  readonly keepMs?: number;
  readonly maxBytes?: number;
  /** Prunes without asking, after the dry run. */
  readonly confirmed?: boolean;
}

const listed = 8;

/** Shows what would go, and removes it on consent. Answers with what was removed, or would have been. */
export async function pruneRepository(host: Host, target?: PruneTarget): Promise<PruneReport | undefined> {
  const title = vscode.l10n.t('Prune Repository');
  const connection = await targetConnection(host, target, vscode.l10n.t('Prune which repository?'));
  if (!connection) return undefined;
  const { keepMs, maxBytes } = target ?? {};
  const limit = maxBytes === undefined ? {} : { maxBytes };
  const choice = keepMs === undefined ? await pickRetention(title) : { keepMs, ...limit };
  if (!choice) return undefined;
  const planned = await prune(host, connection, choice, true);
  if (!planned) return undefined;
  if (isEmpty(planned)) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0}: there is nothing to remove.', connection.name),
    );
    return planned;
  }
  if (target?.confirmed !== true && !(await consent(connection, planned))) return undefined;
  const done = await prune(host, connection, choice, false);
  await refreshStatus(host, connection.id);
  if (done)
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0}: {1}', connection.name, prunedText(done, false)),
    );
  return done;
}

async function prune(
  host: Host,
  { id, name, repository }: Connection,
  choice: RetentionChoice,
  dryRun: boolean,
): Promise<PruneReport | undefined> {
  const outcome = await runJob<PruneReport>(host, {
    title: dryRun
      ? vscode.l10n.t('Looking at what can be pruned of {0}', name)
      : vscode.l10n.t('Prune {0}', name),
    connection: id,
    outcome: (report) => prunedText(report, dryRun),
    work: (signal, onProgress) =>
      host.worker.run('prune', { repository, ...choice, dryRun }, { signal, onProgress }),
  });
  return outcome.kind === 'done' ? outcome.result : undefined;
}

async function consent(connection: Connection, planned: PruneReport): Promise<boolean> {
  const go = vscode.l10n.t('Prune');
  const { ranges, overBudgetBytes } = planned;
  const shown = ranges
    .slice(-listed)
    .map(({ from, to }) => `• ${formatClusterMoment(from)} – ${formatClusterMoment(to)}`);
  const more = ranges.length - shown.length;
  if (more > 0) shown.unshift(vscode.l10n.t('and {0} more', formatCount(more)));
  const over = vscode.l10n.t(
    '⚠ {0} more than the size you chose stay: marks and the newest restorable time need them.',
    formatBytes(overBudgetBytes),
  );
  const detail = [
    prunedText(planned, true),
    '',
    vscode.l10n.t('What can be restored then:'),
    ...shown,
    ...(overBudgetBytes > 0 ? ['', over] : []),
    '',
    vscode.l10n.t('What is removed cannot be brought back. Marked moments stay restorable.'),
  ].join('\n');
  const question = vscode.l10n.t('Prune the repository of {0}?', connection.name);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}

function isEmpty({ snapshots, segments }: PruneReport): boolean {
  return snapshots.length === 0 && segments === 0;
}

export function prunedText(
  { snapshots, segments, freedBytes, keptBytes }: PruneReport,
  dryRun: boolean,
): string {
  const facts = [
    formatCount(snapshots.length),
    formatCount(segments),
    formatBytes(freedBytes),
    formatBytes(keptBytes),
  ] as const;
  return dryRun
    ? vscode.l10n.t('{0} snapshots and {1} segments go, {2}; {3} stay.', ...facts)
    : vscode.l10n.t('{0} snapshots and {1} segments removed, {2}; {3} stay.', ...facts);
}
