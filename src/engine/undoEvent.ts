import type { NamedEvent } from '../core/eventKind';
import type { NamespaceFilter } from '../core/namespace';
import type { ClusterTime } from '../core/time';
import { protectedConnection } from './errors';
import type { Exchange } from './exchange';
import { takeBackDocuments } from './takeBackDocuments';
import { takeBackDrops } from './takeBackDrops';
import { takeBackEmptied } from './takeBackEmptied';
import { takeBackExchange } from './takeBackExchange';
import { takeBackIndexes } from './takeBackIndexes';
import { takeBackOptions } from './takeBackOptions';
import { takeBackRename } from './takeBackRename';
import { takeBackView } from './takeBackView';
import { type Undone, Undoing, type UndoPorts, type UndoSettings } from './undoing';
import type { UndoPart } from './undoPart';
import { planRangeUndo, planUndo } from './undoPlan';

/** One event, or everything in `(from, to]` on the namespaces. */
export type UndoRequest =
  | {
      readonly kind: 'event';
      readonly event: NamedEvent;
      /** Reads those that restores in place noted; only an exchange of names needs them. */
      readonly exchanges: () => Promise<readonly Exchange[]>;
    }
  | {
      readonly kind: 'range';
      readonly from: ClusterTime;
      readonly to: ClusterTime;
      readonly scope: readonly NamespaceFilter[];
    };

/**
 * Takes back what an event did and keeps what was written since: what has changed meanwhile is a conflict and stays.
 * All of it is ordinary writes, so it is recorded and can be taken back in turn; carried out again it does the rest.
 */
export async function undoEvent(
  ports: UndoPorts,
  request: UndoRequest,
  settings: UndoSettings,
  signal: AbortSignal,
): Promise<Undone> {
  if (settings.protected && !settings.dryRun) throw protectedConnection();
  const { repository, content } = ports;
  const parts =
    request.kind === 'event'
      ? await planUndo(repository, content, request.event, request.exchanges, signal)
      : await planRangeUndo(repository, content, request, signal);
  const undoing = new Undoing(ports, settings, signal);
  for (const part of parts) await takeBack(undoing, part);
  if (!settings.dryRun) await ports.target.data.settle(signal);
  return undoing.result();
}

async function takeBack(undoing: Undoing, part: UndoPart): Promise<void> {
  switch (part.kind) {
    case 'rename':
      return takeBackRename(undoing, part);
    case 'exchange':
      return takeBackExchange(undoing, part);
    case 'bringBack':
      return takeBackDrops(undoing, part);
    case 'documents':
      return takeBackDocuments(undoing, part);
    case 'emptied':
      return takeBackEmptied(undoing, part);
    case 'indexes':
      return undoing.otherForm.has(part.uuid) ? undefined : takeBackIndexes(undoing, part);
    case 'options':
      return undoing.otherForm.has(part.uuid) ? undefined : takeBackOptions(undoing, part);
    case 'view':
      return takeBackView(undoing, part);
  }
}
