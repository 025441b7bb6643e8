import type { NamespaceFilter } from '../core/namespace';
import type { Said } from '../core/say';
import type { ClusterTime } from '../core/time';
import type { BringBackPorts } from './bringBack';
import { protectedConnection } from './errors';
import {
  clearExchanged,
  exchange,
  type Exchange,
  type ExchangePorts,
  type NoteFilled,
  type Swap,
} from './exchange';
import { planInPlace } from './planInPlace';
import { recover } from './recoverExchange';
import { carryOut } from './restore';
import type { RestoreProgress } from './restoring';

export interface InPlaceRequest {
  readonly at: ClusterTime;
  readonly scope: readonly NamespaceFilter[];
  readonly stamp: string;
  readonly protected: boolean;
  readonly onProgress: (facts: RestoreProgress) => void;
  readonly note: NoteExchange;
}

/** Told before the first write, when all is filled, and when it is known what came of it. Durable when it resolves. */
export type NoteExchange = (
  state: 'started' | 'filled' | 'swapped' | 'failed',
  what: Exchange,
) => Promise<void>;

export interface RestoredInPlace {
  readonly documents: number;
  readonly operations: number;
  readonly warnings: readonly Said[];
  readonly swaps: readonly Swap[];
}

/**
 * Restores collections, or a database, beside what is there, then lets the names change hands, all of them at once.
 * What had the names is kept. Until then the originals are not touched: a failure, an abort or a crash leaves them as
 * they are.
 */
export async function restoreInPlace(
  ports: BringBackPorts & ExchangePorts,
  request: InPlaceRequest,
  signal: AbortSignal,
): Promise<RestoredInPlace> {
  if (request.protected) throw protectedConnection();
  const { plan, warnings, ...what } = await planInPlace(ports, request, signal);
  let filled: Omit<RestoredInPlace, 'swaps'> = { documents: 0, operations: 0, warnings: [] };
  const { swaps } = await carryThrough(ports, what, request.note, async (noteFilled) => {
    const options = { withoutExpiry: false, onProgress: request.onProgress };
    filled = await carryOut(plan, ports.repository, ports.target, options, [], signal);
    signal.throwIfAborted();
    return exchange(ports, what, noteFilled, signal);
  });
  await ports.target.data.settle(signal).catch(() => undefined);
  const { documents, operations } = filled;
  return { documents, operations, warnings: [...filled.warnings, ...warnings], swaps };
}

/**
 * Notes an exchange before it is begun, when it has all it needs, and when it is done. Gives what came of it, also where
 * it failed and could be carried through all the same; throws where all is as before.
 */
export async function carryThrough(
  ports: ExchangePorts,
  what: Exchange,
  note: NoteExchange,
  work: (noteFilled: NoteFilled) => Promise<Exchange>,
): Promise<Exchange> {
  let known: Exchange | undefined;
  await note('started', what);
  let done: Exchange;
  try {
    done = await work(async (filled) => {
      await note('filled', filled);
      known = filled;
    });
  } catch (error) {
    const recovered = await recover(ports, known ?? what, known !== undefined).catch(() => undefined);
    if (recovered?.kind === 'asBefore') await note('failed', what);
    if (recovered?.kind !== 'exchanged') throw error;
    done = recovered.what;
  }
  await note('swapped', done);
  await clearExchanged(ports, done);
  return done;
}
