import * as vscode from 'vscode';
import type { MarkReport } from '../../protocol/job';
import { formatClusterMoment, formatDay, formatClock } from '../format';
import type { Host } from '../host';
import { tellFailure } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import { refreshStatus } from './recording';

export interface MarkTarget extends CommandTarget {
  readonly name?: string;
}

/** Gives the moment, or the one in `target`, a name to come back to. */
export async function markMoment(host: Host, target?: MarkTarget): Promise<MarkReport | undefined> {
  const title = vscode.l10n.t('Mark This Moment');
  const connection = await targetConnection(
    host,
    target,
    vscode.l10n.t('Mark a moment of which connection?'),
  );
  if (!connection) return undefined;
  const name = target?.name ?? (await askName(title, target?.at));
  if (name === undefined || name.trim() === '') return undefined;
  try {
    const at = target?.at === undefined ? {} : { at: target.at };
    const params = { repository: connection.repository, name: name.trim(), ...at };
    const mark = await host.worker.run('mark', params);
    host.log.info('moment marked', connection.label, mark.at);
    const message = vscode.l10n.t('Marked "{0}" at {1}', mark.name, formatClusterMoment(mark.at));
    vscode.window.setStatusBarMessage(`$(bookmark) ${message}`, 5000);
    await refreshStatus(host, connection.id);
    return mark;
  } catch (error) {
    host.log.warn('moment not marked', error);
    void tellFailure(title, error);
    return undefined;
  }
}

async function askName(title: string, at: string | undefined): Promise<string | undefined> {
  const nowMs = Date.now();
  return await vscode.window.showInputBox({
    title,
    prompt:
      at === undefined
        ? vscode.l10n.t('A name for this moment, such as "before the migration"')
        : vscode.l10n.t('A name for {0}', formatClusterMoment(at)),
    value: vscode.l10n.t('mark {0} {1}', formatDay(nowMs), formatClock(nowMs)),
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('Type a name.') : undefined),
  });
}
