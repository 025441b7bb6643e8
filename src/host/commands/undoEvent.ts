import * as vscode from 'vscode';
import { protectedConnection } from '../../engine/errors';
import type { EventReport, UndoParams, UndoReport } from '../../protocol/timeTravel';
import type { Connection } from '../connections';
import { ensureUri } from '../connectionUri';
import { eventSpan, eventTitle } from '../eventText';
import { formatCount } from '../format';
import type { Host } from '../host';
import { runJob } from '../runJob';
import { targetEvent, type EventTarget } from '../targetEvent';
import { undoDetail, undoLine } from '../undoText';
import { refreshStatus } from './recording';

export interface UndoTarget extends EventTarget {
  readonly conflicts?: Conflicts;
  /** Called once there is consent, before anything is written. */
  readonly onConsent?: () => void;
}

type Conflicts = NonNullable<UndoParams['conflicts']>;

/** Looks what an undo would change, says it, and on consent does it; what was written since stays. */
export async function undoEvent(host: Host, target?: UndoTarget): Promise<UndoReport | undefined> {
  const chosen = await targetEvent(host, target, vscode.l10n.t('Undo which event?'));
  if (!chosen) return undefined;
  const { connection, event } = chosen;
  if (connection.protected) throw protectedConnection();
  if (!(await ensureUri(host.connections, connection))) return undefined;
  const title = vscode.l10n.t('Undo {0}', event.name);
  const dry = await undo(host, connection, event, { dryRun: true });
  if (!dry) return undefined;
  if (isNothing(dry)) return void tellNothing(title, event);
  const conflicts = target?.confirmed === true ? (target.conflicts ?? 'skip') : await consent(event, dry);
  if (conflicts === undefined) return undefined;
  target?.onConsent?.();
  const done = await undo(host, connection, event, { dryRun: false, conflicts });
  if (!done) return undefined;
  await refreshStatus(host, connection.id);
  void host.sources.refresh(connection.id);
  void tellDone(host, connection, event, done);
  return done;
}

async function undo(
  host: Host,
  connection: Connection,
  event: EventReport,
  options: Pick<UndoParams, 'dryRun' | 'conflicts'>,
): Promise<UndoReport | undefined> {
  const outcome = await runJob(host, {
    title: options.dryRun
      ? vscode.l10n.t('Looking at what undoing {0} changes', event.name)
      : vscode.l10n.t('Undo {0}', event.name),
    connection: connection.id,
    outcome: undoLine,
    work: async (signal, onProgress) => {
      const uri = await host.connections.uri(connection.id);
      const { repository, protected: isProtected } = connection;
      const params = { repository, uri, event: event.id, protected: isProtected, limit: 0, ...options };
      return await host.worker.run('undo', params, { signal, onProgress });
    },
  });
  return outcome.kind === 'done' ? outcome.result : undefined;
}

function isNothing({ restored, removed, conflicts, collections }: UndoReport): boolean {
  return restored === 0 && removed === 0 && conflicts.length === 0 && collections.length === 0;
}

async function tellNothing(title: string, event: EventReport): Promise<void> {
  const message = vscode.l10n.t('{0}: everything that {1} touched is as it was before.', title, event.name);
  await vscode.window.showInformationMessage(message);
}

/** Asks with all that will change; where others changed the same documents since, what to do with those. */
async function consent(event: EventReport, dry: UndoReport): Promise<Conflicts | undefined> {
  const question = vscode.l10n.t('Undo {0}?', eventTitle(event));
  const detail = `${eventSpan(event)}\n\n${undoDetail(dry)}`;
  const count = dry.conflicts.length;
  const options = { modal: true, detail };
  const isUndoable = dry.restored > 0 || dry.removed > 0 || dry.collections.length > 0;
  const go = count === 0 ? vscode.l10n.t('Undo') : vscode.l10n.t('Undo, Leave Those Changed Since');
  const overwrite =
    count === 1
      ? vscode.l10n.t('Undo, Overwrite 1 Too')
      : vscode.l10n.t('Undo, Overwrite {0} Too', formatCount(count));
  const actions = [...(isUndoable ? [go] : []), ...(count > 0 ? [overwrite] : [])];
  const chosen = await vscode.window.showWarningMessage(question, options, ...actions);
  if (chosen === undefined) return undefined;
  return chosen === overwrite ? 'overwrite' : 'skip';
}

async function tellDone(
  host: Host,
  connection: Connection,
  event: EventReport,
  report: UndoReport,
): Promise<void> {
  const line = vscode.l10n.t('{0} is undone: {1}.', event.name, undoLine(report));
  const left =
    report.conflicts.length === 0
      ? ''
      : ` ${vscode.l10n.t('{0} changed since were left as they are.', formatCount(report.conflicts.length))}`;
  const show = vscode.l10n.t('Show on Timeline');
  const message = `${line}${left}`;
  const chosen =
    left === ''
      ? await vscode.window.showInformationMessage(message, show)
      : await vscode.window.showWarningMessage(message, show);
  if (chosen === show) host.showTimeline(connection.id);
}
