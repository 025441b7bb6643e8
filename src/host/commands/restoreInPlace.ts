import * as vscode from 'vscode';
import { parseNamespace } from '../../core/namespace';
import { say } from '../../core/say';
import { BackupError, protectedConnection } from '../../engine/errors';
import type { InPlaceReport, RestoreInPlaceReport } from '../../protocol/timeTravel';
import { diffAll } from '../compareFlow';
import type { Connection } from '../connections';
import { ensureUri } from '../connectionUri';
import { formatClusterMoment, formatElapsed, formatNearby } from '../format';
import type { Host } from '../host';
import { databasesOf, inPlaceDetail, isTouched, type InPlaceChanges } from '../inPlaceText';
import { pickMoment } from '../pickMoment';
import { pickScope } from '../pickScope';
import { collectionsText, documentsText } from '../planText';
import { runJob } from '../runJob';
import { sentence } from '../sentence';
import { targetConnection, type CommandTarget } from '../target';
import { targetEvent, type EventTarget } from '../targetEvent';
import { refreshStatus } from './recording';

export interface InPlaceTarget extends EventTarget {
  /** Called once there is consent, before anything is written. */
  readonly onConsent?: () => void;
}

/** Puts a moment back in place of what is there, after showing what that changes. What is replaced is kept. */
export async function restoreInPlace(
  host: Host,
  target?: InPlaceTarget,
): Promise<RestoreInPlaceReport | undefined> {
  const title = vscode.l10n.t('Restore in Place');
  const asked = target?.event === undefined ? await ask(host, title, target) : await ofEvent(host, target);
  if (!asked) return undefined;
  const { connection, at, scope } = asked;
  if (!(await ensureUri(host.connections, connection))) return undefined;
  const looked = await look(host, connection, at, scope);
  if (!looked) return undefined;
  if (target?.confirmed !== true && !(await consent(connection, looked))) return undefined;
  const leaveEarlier = target?.confirmed === true ? false : await consentOverDamage(host, connection);
  if (leaveEarlier === undefined) return undefined;
  target?.onConsent?.();
  const outcome = await runJob(host, {
    title: vscode.l10n.t('Restore {0} in place', scope === '' ? connection.name : scope),
    connection: connection.id,
    outcome: restoredText,
    work: async (signal, onProgress) => {
      const uri = await host.connections.uri(connection.id);
      const { repository, protected: isProtected } = connection;
      const namespaces = scope === '' ? databasesOf(looked.plan) : [scope];
      const to = { at: looked.plan.target, namespaces, leaveEarlier };
      const params = { repository, uri, ...to, protected: isProtected };
      return await host.worker.run('restoreInPlace', params, { signal, onProgress });
    },
  });
  await afterwards(host, connection);
  if (outcome.kind !== 'done') return undefined;
  void offerUndo(host, connection, outcome.result);
  return outcome.result;
}

interface Asked {
  readonly connection: Connection;
  readonly at: string;
  readonly scope: string;
}

async function ask(host: Host, title: string, target: CommandTarget | undefined): Promise<Asked | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Restore which connection?'));
  if (!connection) return undefined;
  if (connection.protected) throw protectedConnection();
  const at = target?.at ?? (await pickMoment(title, await host.statuses.refresh(connection.id)));
  if (at === undefined) return undefined;
  const { repository } = connection;
  const scope = target?.ns ?? (await pickScope(host, title, repository, at));
  return scope === undefined ? undefined : { connection, at, scope };
}

async function ofEvent(host: Host, target: EventTarget): Promise<Asked | undefined> {
  const chosen = await targetEvent(host, target, '');
  if (chosen?.connection.protected) throw protectedConnection();
  return chosen && { connection: chosen.connection, at: `before:${chosen.event.id}`, scope: chosen.event.ns };
}

/** The dry run: the plan, and what it changes of what is there now. */
async function look(
  host: Host,
  connection: Connection,
  at: string,
  scope: string,
): Promise<InPlaceChanges | undefined> {
  const outcome = await runJob<InPlaceChanges>(host, {
    title: vscode.l10n.t('Looking at what a restore changes'),
    connection: connection.id,
    outcome: ({ diffs }) => vscode.l10n.t('{0} compared', collectionsText(diffs.length)),
    work: async (signal, onProgress) => {
      const { repository } = connection;
      const namespaces = scope === '' ? [] : [scope];
      const plan = await host.worker.run('plan', { repository, at, namespaces }, { signal });
      if (plan.namespaces.length === 0)
        throw new BackupError('notFound', say`Nothing to restore: no collection existed then.`, {
          hint: say`Pick a later moment or a wider scope.`,
        });
      const { recorder } = await host.statuses.refresh(connection.id);
      const isOne = parseNamespace(scope) !== undefined;
      // Views and time-series collections have no documents of their own to compare.
      if (isOne && !plan.namespaces.some(({ type }) => type === 'collection'))
        return { plan, diffs: [], left: [], recorder };
      const among = (ns: string) => isTouched(plan, ns);
      const span = { connection, scope, from: 'latest', to: plan.target, among };
      return { plan, recorder, ...(await diffAll(host, span, 0, signal, onProgress)) };
    },
  });
  return outcome.kind === 'done' ? outcome.result : undefined;
}

async function consent(connection: Connection, changes: InPlaceChanges): Promise<boolean> {
  const go = vscode.l10n.t('Restore in Place');
  const question = vscode.l10n.t(
    'Put {0} back on {1}, in place of what is there now?',
    formatClusterMoment(changes.plan.target),
    connection.name,
  );
  const detail = inPlaceDetail(changes, Date.now());
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}

/** Whether to go on though the notes of earlier restores are damaged; `undefined` where the user does not want to. */
async function consentOverDamage(host: Host, { repository }: Connection): Promise<boolean | undefined> {
  try {
    await host.worker.run('inPlaceRestores', { repository });
    return false;
  } catch (error) {
    if (!(error instanceof BackupError && error.code === 'damaged')) throw error;
    const go = vscode.l10n.t('Restore All the Same');
    const detail = [error.hint ?? '', vscode.l10n.t('What they left is not cleared away then.')].join('\n\n');
    const chosen = await vscode.window.showWarningMessage(
      sentence(error.message),
      { modal: true, detail },
      go,
    );
    return chosen === go ? true : undefined;
  }
}

function restoredText({ documents, databases, ms }: RestoreInPlaceReport): string {
  return vscode.l10n.t('{0}: {1} in {2}', databases.join(', '), documentsText(documents), formatElapsed(ms));
}

async function offerUndo(host: Host, connection: Connection, report: RestoreInPlaceReport): Promise<void> {
  const undo = vscode.l10n.t('Undo Restore');
  const show = vscode.l10n.t('Show on Timeline');
  const message = vscode.l10n.t('Restored in place. {0}.', restoredText(report));
  const kept = vscode.l10n.t(
    'Kept from before: {0}.',
    report.safetyCopies.map(({ safetyCopy }) => safetyCopy).join(', '),
  );
  const text = [
    message,
    ...(report.safetyCopies.length > 0 ? [kept] : []),
    ...report.warnings.map(sentence),
  ].join(' ');
  const chosen =
    report.warnings.length > 0
      ? await vscode.window.showWarningMessage(text, undo, show)
      : await vscode.window.showInformationMessage(text, undo, show);
  if (chosen === show) host.showTimeline(connection.id);
  if (chosen === undo) await undoRestore(host, connection, report.id);
}

export interface UndoRestoreTarget extends CommandTarget {
  readonly confirmed?: boolean;
}

/** Swaps the latest restore in place back. */
export async function undoLastRestore(
  host: Host,
  target?: UndoRestoreTarget,
): Promise<InPlaceReport | undefined> {
  const placeHolder = vscode.l10n.t('Undo the last restore of which connection?');
  const connection = await targetConnection(host, target, placeHolder);
  if (!connection) return undefined;
  if (connection.protected) throw protectedConnection();
  const { repository } = connection;
  const restores = await host.worker.run('inPlaceRestores', { repository });
  const last = restores.findLast(({ state }) => state === 'swapped');
  if (!last) throw new BackupError('notFound', say`No restore in place is there to undo.`);
  if (target?.confirmed !== true && !(await consentUndo(connection, last))) return undefined;
  return await undoRestore(host, connection, last.id);
}

async function consentUndo(connection: Connection, restore: InPlaceReport): Promise<boolean> {
  const go = vscode.l10n.t('Undo Restore');
  const question = vscode.l10n.t(
    'Undo the restore of {0} on {1}?',
    formatNearby(restore.createdMs, Date.now()),
    connection.name,
  );
  const lines = restore.safetyCopies.map(({ ns, safetyCopy }) => `• ${safetyCopy} → ${ns}`);
  const kept = vscode.l10n.t('What is there now is kept beside it in turn.');
  const detail = [vscode.l10n.t('These collections take their places again:'), ...lines, '', kept].join('\n');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}

async function undoRestore(
  host: Host,
  connection: Connection,
  id: string,
): Promise<InPlaceReport | undefined> {
  if (!(await ensureUri(host.connections, connection))) return undefined;
  const outcome = await runJob<InPlaceReport>(host, {
    title: vscode.l10n.t('Undo the restore in place'),
    connection: connection.id,
    outcome: ({ safetyCopies }) => vscode.l10n.t('{0} put back', collectionsText(safetyCopies.length)),
    work: async (signal) => {
      const uri = await host.connections.uri(connection.id);
      const { repository, protected: isProtected } = connection;
      const params = { repository, uri, id, protected: isProtected };
      return await host.worker.run('undoRestore', params, { signal });
    },
  });
  await afterwards(host, connection);
  if (outcome.kind !== 'done') return undefined;
  const names = outcome.result.safetyCopies.map(({ ns }) => ns).join(', ');
  void vscode.window.showInformationMessage(vscode.l10n.t('The restore is undone: {0} as before it.', names));
  return outcome.result;
}

async function afterwards(host: Host, connection: Connection): Promise<void> {
  await refreshStatus(host, connection.id);
  void host.sources.refresh(connection.id);
}
