import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { equalBytes } from '../core/rawDocument';
import { temporaryOf } from '../core/rewindNames';
import { say } from '../core/say';
import { BackupError } from './errors';
import {
  changesOf,
  type Exchange,
  type ExchangePorts,
  finish,
  isDone,
  leftToDo,
  type Live,
  namesOf,
  type Swap,
  uuidAt,
} from './exchange';
import type { LiveCollection, LiveViewChange } from './portsLive';
import { unstoppable } from './unstoppable';

export type Recovered =
  { readonly kind: 'exchanged'; readonly what: Exchange } | { readonly kind: 'asBefore' };

/**
 * Mends what an exchange left that failed or whose process is gone: one that had begun is carried through, of any other
 * all traces are dropped. `isFilled`: it was told that all is filled. May be repeated.
 */
export async function recover(ports: ExchangePorts, what: Exchange, isFilled: boolean): Promise<Recovered> {
  if (!isFilled || !(await hasBegun(ports, what))) {
    await dropMade(ports, what);
    return { kind: 'asBefore' };
  }
  await ports.collections.rename(changesOf(leftToDo(what, await namesOf(ports, what))));
  return { kind: 'exchanged', what: await finish(ports, what) };
}

/** What exists only for an exchange that did not take place; the mark last, which tells that it did not. */
async function dropMade(ports: ExchangePorts, what: Exchange): Promise<void> {
  const live = await namesOf(ports, what);
  for (const swap of what.swaps) {
    const { ns, safetyCopy, temporary, timeseries, original, filled } = swap;
    for (const name of madeFor(swap).filter((one) => live.has(one))) {
      const isOther = name === temporary && filled !== undefined && uuidAt(live, name) !== filled;
      if (!isOther) await ports.collections.drop(parseNamespace(name) as Namespace);
    }
    if (!timeseries || safetyCopy !== undefined || live.get(ns)?.type !== 'timeseries') continue;
    if (original !== undefined && uuidAt(live, ns) !== original) continue;
    await ports.timeseries.likenOrDrop(parseNamespace(ns) as Namespace, undefined, unstoppable);
  }
  if (what.mark) await ports.collections.drop(what.mark);
}

/** What an undo takes back is a safety copy, which was there before. */
function madeFor({ safetyCopy, temporary, timeseries }: Swap): string[] {
  const isOwn = temporary !== undefined && temporaryOf(temporary) !== undefined;
  return [...(isOwn ? [temporary] : []), ...(timeseries && safetyCopy !== undefined ? [safetyCopy] : [])];
}

/** Whether any part of it was done. */
async function hasBegun(ports: ExchangePorts, what: Exchange): Promise<boolean> {
  const live = await namesOf(ports, what);
  if (what.mark) return isMarked(ports, what, what.mark, live);
  const isMoved = what.swaps.some(
    ({ ns, safetyCopy, original, filled }) =>
      (original !== undefined && uuidAt(live, safetyCopy) === original) ||
      (filled !== undefined && uuidAt(live, ns) === filled),
  );
  return isMoved || what.views.some((view) => isTouched(view, live.get(formatNamespace(view.ns))));
}

/** Without the mark nobody knows whether a safety copy is what it was or the only one of its measurements. */
async function isMarked(ports: ExchangePorts, what: Exchange, mark: Namespace, live: Live): Promise<boolean> {
  if (uuidAt(live, formatNamespace(mark)) === what.markUuid)
    return ports.timeseries.isMarked(mark, unstoppable);
  const made = what.swaps.flatMap((swap) => (swap.timeseries ? madeFor(swap) : []));
  const left = made.filter((name) => live.has(name));
  if (left.length === 0) return false;
  throw new BackupError(
    'sourceChanged',
    say`${formatNamespace(mark)} was dropped, which told whether measurements changed hands`,
    { hint: say`Compare ${left.join(', ')} with what there is now, and rename or drop them.` },
  );
}

/** Whether it is what it shall be, or at least no longer what it was. */
function isTouched(view: LiveViewChange, live: LiveCollection | undefined): boolean {
  const { was, is } = view;
  if (was && is && equalBytes(was, is)) return false;
  return isDone(view, live) || (was !== undefined && live === undefined);
}
