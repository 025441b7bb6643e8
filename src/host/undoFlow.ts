import * as vscode from 'vscode';
import { protectedConnection } from '../engine/errors';
import type { UndoParams, UndoReport } from '../protocol/timeTravel';
import type { Connection } from './connections';
import { ensureUri } from './connectionUri';
import { formatCount } from './format';
import type { Host } from './host';
import { type JobOutcome, runJob } from './runJob';
import { undoDetail, undoLine } from './undoText';
import { refreshStatus } from './commands/recording';

/** What is to be taken back. */
export interface Undoing {
  /** What people call it, within a sentence. */
  readonly name: string;
  /** What people call it, in a question. */
  readonly title: string;
  /** When and where it was. */
  readonly span: string;
  readonly what: Pick<UndoParams, 'event' | 'range'>;
}

export interface UndoConsent {
  /** Does it without asking; for callers that asked already. */
  readonly confirmed?: boolean;
  readonly conflicts?: Conflicts;
  /** Called once there is consent, before anything is written. */
  readonly onConsent?: () => void;
}

type Conflicts = 'skip' | 'overwrite';

/** Looks what an undo would change, says it, and on consent does it; what was written since stays. */
export async function undoWithConsent(
  host: Host,
  connection: Connection,
  undoing: Undoing,
  given: UndoConsent = {},
): Promise<UndoReport | undefined> {
  if (connection.protected) throw protectedConnection();
  if (!(await ensureUri(host.connections, connection))) return undefined;
  const looked = await undo(host, connection, undoing, { dryRun: true });
  if (looked.kind !== 'done') return undefined;
  const dry = looked.result;
  if (isNothing(dry)) return void tellNothing(undoing);
  const conflicts = given.confirmed === true ? (given.conflicts ?? 'skip') : await consent(undoing, dry);
  if (conflicts === undefined) return undefined;
  given.onConsent?.();
  const overwrite = conflicts === 'overwrite' ? overwritable(dry) : [];
  const outcome = await undo(host, connection, undoing, { dryRun: false, overwrite });
  await refreshStatus(host, connection.id);
  void host.sources.refresh(connection.id);
  if (outcome.kind === 'cancelled') void tellCancelled(undoing);
  if (outcome.kind !== 'done') return undefined;
  void tellDone(host, connection, undoing, outcome.result);
  return outcome.result;
}

async function undo(
  host: Host,
  connection: Connection,
  { name, what }: Undoing,
  options: Pick<UndoParams, 'dryRun' | 'overwrite'>,
): Promise<JobOutcome<UndoReport>> {
  return await runJob(host, {
    title: options.dryRun
      ? vscode.l10n.t('Looking at what undoing {0} changes', name)
      : vscode.l10n.t('Undo {0}', name),
    connection: connection.id,
    outcome: undoLine,
    work: async (signal, onProgress) => {
      const uri = await host.connections.uri(connection.id);
      const { repository, protected: isProtected } = connection;
      const params = { repository, uri, ...what, protected: isProtected, limit: 0, ...options };
      return await host.worker.run('undo', params, { signal, onProgress });
    },
  });
}

/** Each document is put back by itself, so some may be already. */
async function tellCancelled({ name }: Undoing): Promise<void> {
  const message = vscode.l10n.t(
    'Undoing {0} was cancelled. What it had put back by then stays; undo it again for the rest.',
    name,
  );
  await vscode.window.showWarningMessage(message);
}

/** Those of documents: they were seen, and no other one is written over. */
function overwritable({ conflicts }: UndoReport): NonNullable<UndoParams['overwrite']> {
  return conflicts.flatMap(({ ns, _id }) => (_id === undefined ? [] : [{ ns, _id }]));
}

function isNothing({ restored, removed, conflicts, collections }: UndoReport): boolean {
  return restored === 0 && removed === 0 && conflicts.length === 0 && collections.length === 0;
}

async function tellNothing({ name }: Undoing): Promise<void> {
  const title = vscode.l10n.t('Undo {0}', name);
  const message = vscode.l10n.t('{0}: everything that {1} touched is as it was before.', title, name);
  await vscode.window.showInformationMessage(message);
}

/** Asks with all that will change; where others changed the same documents since, what to do with those. */
async function consent({ title, span }: Undoing, dry: UndoReport): Promise<Conflicts | undefined> {
  const question = vscode.l10n.t('Undo {0}?', title);
  const detail = `${span}\n\n${undoDetail(dry)}`;
  const count = overwritable(dry).length;
  const options = { modal: true, detail };
  const isUndoable = dry.restored > 0 || dry.removed > 0 || dry.collections.length > 0;
  const go =
    dry.conflicts.length === 0 ? vscode.l10n.t('Undo') : vscode.l10n.t('Undo, Leave Those Changed Since');
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
  { name }: Undoing,
  report: UndoReport,
): Promise<void> {
  const line = vscode.l10n.t('{0} is undone: {1}.', name, undoLine(report));
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
