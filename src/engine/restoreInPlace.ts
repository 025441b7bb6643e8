import type { NamespaceFilter } from '../core/namespace';
import type { Said } from '../core/say';
import type { ClusterTime } from '../core/time';
import type { BringBackPorts } from './bringBack';
import { protectedConnection } from './errors';
import { clearExchanged, exchange, type Exchange, type ExchangePorts, recover, type Swap } from './exchange';
import { planInPlace } from './planInPlace';
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

/** Told before the first write, and again when it is known what came of it. Durable when it resolves. */
export type NoteExchange = (state: 'started' | 'swapped' | 'failed', what: Exchange) => Promise<void>;

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
  const filled = await carryThrough(ports, what, request.note, async () => {
    const options = { withoutExpiry: false, onProgress: request.onProgress };
    const result = await carryOut(plan, ports.repository, ports.target, options, [], signal);
    signal.throwIfAborted();
    await exchange(ports, what, signal);
    return result;
  });
  await ports.target.data.settle(signal).catch(() => undefined);
  const { documents = 0, operations = 0, warnings: more = [] } = filled ?? {};
  return { documents, operations, warnings: [...more, ...warnings], swaps: what.swaps };
}

/**
 * Notes an exchange before it is begun and when it is done. Gives nothing where it failed and could be carried through
 * all the same; throws where all is as before.
 */
export async function carryThrough<T>(
  ports: ExchangePorts,
  what: Exchange,
  note: NoteExchange,
  work: () => Promise<T>,
): Promise<T | undefined> {
  await note('started', what);
  let result: T | undefined;
  try {
    result = await work();
  } catch (error) {
    const outcome = await recover(ports, what).catch(() => 'unknown');
    if (outcome === 'asBefore') await note('failed', what);
    if (outcome !== 'exchanged') throw error;
  }
  await note('swapped', what);
  await clearExchanged(ports, what);
  return result;
}
