import * as vscode from 'vscode';
import { say } from '../../core/say';
import { BackupError, protectedConnection } from '../../engine/errors';
import type { UndoReport } from '../../protocol/timeTravel';
import { formatClusterMoment, formatClusterNearby } from '../format';
import type { Host } from '../host';
import { pickMoment } from '../pickMoment';
import { pickScope } from '../pickScope';
import { targetConnection, type CommandTarget } from '../target';
import { type UndoConsent, undoWithConsent } from '../undoFlow';

export interface UndoRangeTarget extends CommandTarget, UndoConsent {
  /** The end, inclusive; `at` is the beginning, the last moment that stays. */
  readonly to?: string;
}

/** Takes everything back that happened after a moment, such as a whole migration, up to another one. */
export async function undoRange(host: Host, target?: UndoRangeTarget): Promise<UndoReport | undefined> {
  const title = vscode.l10n.t('Undo Time Range');
  const connection = await targetConnection(host, target, vscode.l10n.t('Undo on which connection?'));
  if (!connection) return undefined;
  if (connection.protected) throw protectedConnection();
  const { repository } = connection;
  const status = await host.statuses.refresh(connection.id);
  const from = target?.at ?? (await pickMoment(vscode.l10n.t('Undo what came after…'), status));
  if (from === undefined) return undefined;
  const to = target?.to ?? (await pickMoment(vscode.l10n.t('…up to and with'), status));
  if (to === undefined) return undefined;
  const [begin, end] = await Promise.all([from, to].map((at) => targetOf(host, repository, at)));
  if (begin === undefined || end === undefined) return undefined;
  const scope = target?.ns ?? (await pickScope(host, title, repository, end));
  if (scope === undefined) return undefined;
  const namespaces = scope === '' ? await databasesOver(host, repository, [begin, end]) : [scope];
  const nowMs = Date.now();
  const name = spanText(formatClusterNearby(begin, nowMs), formatClusterNearby(end, nowMs));
  const where = scope === '' ? vscode.l10n.t('All databases') : scope;
  const span = `${where}\n${spanText(formatClusterMoment(begin), formatClusterMoment(end))}`;
  const what = { range: { from: begin, to: end, namespaces } };
  return await undoWithConsent(host, connection, { name, title: name, span, what }, target);
}

function spanText(from: string, to: string): string {
  return from === to ? from : vscode.l10n.t('{0} – {1}', from, to);
}

/** The operation that a TIME names: moments such as `latest` go on. */
async function targetOf(host: Host, repository: string, at: string): Promise<string> {
  return (await host.worker.run('plan', { repository, at, namespaces: [] })).target;
}

async function databasesOver(host: Host, repository: string, times: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const at of times) {
    const collections = await host.worker.run('collections', { repository, at });
    for (const { ns } of collections) names.add(ns.slice(0, ns.indexOf('.')));
  }
  if (names.size === 0) throw new BackupError('notFound', say`No collection existed then.`);
  return [...names].sort();
}
