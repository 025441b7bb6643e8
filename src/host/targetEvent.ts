import * as vscode from 'vscode';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { EventReport } from '../protocol/timeTravel';
import type { Connection } from './connections';
import { amountText, eventIcon, eventNamespace, eventTime } from './eventText';
import type { Host } from './host';
import { targetConnection, type CommandTarget } from './target';

export interface EventTarget extends CommandTarget {
  /** Of an event; also what event nodes of the tree carry. */
  readonly event?: string;
  /** Does it without asking; for callers that asked already. */
  readonly confirmed?: boolean;
}

export interface ChosenEvent {
  readonly connection: Connection;
  readonly event: EventReport;
}

const listed = 500;

/** The event named, or the one picked from those recorded, newest first. */
export async function targetEvent(
  host: Host,
  target: EventTarget | undefined,
  placeHolder: string,
): Promise<ChosenEvent | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Events of which connection?'));
  if (!connection) return undefined;
  const events = await host.events.refresh(connection.id);
  if (target?.event !== undefined) {
    const event = events.find((e) => e.id === target.event);
    if (!event) throw new BackupError('notFound', say`This event is no longer recorded.`);
    return { connection, event };
  }
  if (events.length === 0)
    throw new BackupError('notFound', say`No events were recorded yet.`, {
      hint: say`Bulk writes, drops, renames and index changes are named as they happen.`,
    });
  const nowMs = Date.now();
  const items = events.slice(-listed).reverse();
  const picked = await vscode.window.showQuickPick(
    items.map((event) => ({
      label: `$(${eventIcon(event)}) ${event.name}`,
      description: [amountText(event), eventNamespace(event)].filter((p) => p !== undefined).join(' · '),
      detail: eventTime(event, nowMs),
      event,
    })),
    { placeHolder, matchOnDescription: true, matchOnDetail: true },
  );
  return picked && { connection, event: picked.event };
}
