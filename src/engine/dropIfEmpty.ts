import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { safetyName } from '../core/rewindNames';
import { timeseriesOfBuckets } from '../core/view';
import { freeName } from './freeName';
import type { LiveCollection, LiveCollections, LiveTimeseries } from './portsLive';
import { unstoppable } from './unstoppable';

export interface DropPorts {
  readonly collections: LiveCollections;
  readonly timeseries: LiveTimeseries;
}

export type Drop =
  | { readonly kind: 'dropped' | 'kept' }
  /** Documents came at the last moment, under both names. */
  | { readonly kind: 'taken'; readonly aside: Namespace };

/**
 * Drops a collection that others write to, unless there is anything in it or another one has its name. It is renamed
 * first and looked at then: what is written by its name from there on makes a collection of its own.
 */
export async function dropIfEmpty(
  { collections, timeseries }: DropPorts,
  { ns, uuid }: { readonly ns: Namespace; readonly uuid: string },
  stamp: string,
  signal: AbortSignal,
): Promise<Drop> {
  const isOwn = (live: readonly LiveCollection[], name: string): boolean =>
    live.some((c) => c.name === name && c.uuid === uuid);
  const live = await collections.list(ns.database, signal);
  if (!isOwn(live, ns.collection)) return { kind: 'kept' };
  if ((await collections.count(ns, 1, signal)) > 0) return { kind: 'kept' };
  const shown = parseNamespace(timeseriesOfBuckets(formatNamespace(ns)) ?? '');
  if (shown) {
    await timeseries.likenOrDrop(shown, undefined, signal);
    return { kind: (await isThere(collections, shown)) ? 'kept' : 'dropped' };
  }
  const aside = { ...ns, collection: freeSafetyName(ns.collection, stamp, live) };
  await collections.rename([{ kind: 'rename', from: ns, to: aside }]);
  const renamed = await collections.list(ns.database, unstoppable);
  if (isOwn(renamed, aside.collection) && (await collections.count(aside, 1, unstoppable)) === 0) {
    await collections.drop(aside);
    return { kind: 'dropped' };
  }
  try {
    await collections.rename([{ kind: 'rename', from: aside, to: ns }]);
    return { kind: 'kept' };
  } catch (error) {
    if (await isThere(collections, ns)) return { kind: 'taken', aside };
    throw error;
  }
}

async function isThere(collections: LiveCollections, { database, collection }: Namespace): Promise<boolean> {
  return (await collections.list(database, unstoppable)).some((c) => c.name === collection);
}

/** A name for a safety copy that nothing has. */
export function freeSafetyName(collection: string, stamp: string, live: readonly LiveCollection[]): string {
  return freeName((at) => safetyName(collection, at), stamp, live);
}
