import * as vscode from 'vscode';
import type { RestoreReport } from '../../protocol/job';
import type { Host } from '../host';
import { previewFlow } from '../previewFlow';
import { targetEvent, type EventTarget } from '../targetEvent';

/** Shows an event on its connection's timeline, with the moment just before it chosen. */
export async function showEvent(host: Host, target?: EventTarget): Promise<void> {
  const chosen = await targetEvent(host, target, vscode.l10n.t('Show which event?'));
  if (chosen) host.showTimeline(chosen.connection.id, chosen.event.id);
}

/** Restores what an event touched, as it was just before, into a scratch database. */
export async function previewBeforeEvent(
  host: Host,
  target?: EventTarget,
): Promise<RestoreReport | undefined> {
  const chosen = await targetEvent(host, target, vscode.l10n.t('Preview the moment before which event?'));
  if (!chosen) return undefined;
  const { connection, event } = chosen;
  const confirmed = target?.confirmed === true;
  // A transaction may have written to several databases.
  const namespaces = event.ns === '' ? [] : [event.ns];
  return await previewFlow(host, { connection, at: `before:${event.id}`, namespaces, confirmed });
}
