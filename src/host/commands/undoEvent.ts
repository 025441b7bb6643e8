import * as vscode from 'vscode';
import type { UndoReport } from '../../protocol/timeTravel';
import { eventSpan, eventTitle } from '../eventText';
import type { Host } from '../host';
import { targetEvent, type EventTarget } from '../targetEvent';
import { type UndoConsent, undoWithConsent } from '../undoFlow';

export interface UndoTarget extends EventTarget, UndoConsent {}

/** Takes one event back. */
export async function undoEvent(host: Host, target?: UndoTarget): Promise<UndoReport | undefined> {
  const chosen = await targetEvent(host, target, vscode.l10n.t('Undo which event?'));
  if (!chosen) return undefined;
  const { connection, event } = chosen;
  const undoing = {
    name: event.name,
    title: eventTitle(event),
    span: eventSpan(event),
    what: { event: event.id },
  };
  return await undoWithConsent(host, connection, undoing, target);
}
