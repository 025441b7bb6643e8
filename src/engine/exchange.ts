import { databaseOf } from '../core/catalogueCommand';
import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { bucketsOfTimeseries, isSameView } from '../core/view';
import { BackupError } from './errors';
import type {
  LiveChange,
  LiveCollection,
  LiveCollections,
  LiveTimeseries,
  LiveViewChange,
  TimeseriesSwap,
} from './portsLive';
import { unstoppable } from './unstoppable';

/** One name that changes hands. */
export interface Swap {
  readonly ns: string;
  /** What a collection that has the name is called afterwards; of time-series ones absent where there is none. */
  readonly safetyCopy: string | undefined;
  /** Where the restored collection is filled; absent where there is none at the target time. */
  readonly temporary: string | undefined;
  /** Servers cannot rename these: their measurements change hands instead. */
  readonly timeseries: boolean;
  /** UUID of the collection that has the name before; once it is known. */
  readonly original?: string | undefined;
  /** UUID of the one at `temporary`, once it is filled. */
  readonly filled?: string | undefined;
}

/** What changes hands in one moment. */
export interface Exchange {
  readonly swaps: readonly Swap[];
  readonly views: readonly LiveViewChange[];
  /** Where it is noted that measurements changed hands; where there are time-series collections. */
  readonly mark: Namespace | undefined;
  /** Its UUID, once it is made. */
  readonly markUuid?: string | undefined;
}

export interface ExchangePorts {
  readonly collections: LiveCollections;
  readonly timeseries: LiveTimeseries;
}

/** Told when all is filled, with UUIDs; durable when it resolves. Nothing that existed was touched until then. */
export type NoteFilled = (what: Exchange) => Promise<void>;

/** What there is, by namespace. */
export type Live = ReadonlyMap<string, LiveCollection>;

/**
 * Lets all names change hands: measurements in one transaction, then collections and views in one command. Gives what
 * came of it. When it fails, `recover` tells and mends what is left.
 */
export async function exchange(
  ports: ExchangePorts,
  what: Exchange,
  noteFilled: NoteFilled,
  signal: AbortSignal,
): Promise<Exchange> {
  await prepare(ports, what, signal);
  const known = identified(what, await namesOf(ports, what));
  await noteFilled(known);
  const measurements = known.swaps.filter((swap) => swap.timeseries).map(timeseriesSwap);
  if (known.mark) await ports.timeseries.exchange(measurements, known.mark, signal);
  await ports.collections.rename(changesOf(known));
  return finish(ports, known);
}

/** Safety copies of measurements, which the transaction brings up to date, what it fills where there is nothing, the mark. */
async function prepare({ timeseries }: ExchangePorts, what: Exchange, signal: AbortSignal): Promise<void> {
  const swaps = what.swaps.filter((swap) => swap.timeseries).map(timeseriesSwap);
  for (const { ns, copy } of swaps) {
    if (!copy) continue;
    await timeseries.make(copy, ns, signal);
    await timeseries.fill(copy, ns, signal);
  }
  if (what.mark) await timeseries.make(what.mark, undefined, signal);
  for (const { ns, copy, source } of swaps) if (!copy && source) await timeseries.make(ns, source, signal);
}

function timeseriesSwap({ ns, safetyCopy, temporary }: Swap): TimeseriesSwap {
  const named = (name: string | undefined): Namespace | undefined =>
    name === undefined ? undefined : parseNamespace(name);
  return { ns: parseNamespace(ns) as Namespace, copy: named(safetyCopy), source: named(temporary) };
}

function identified(what: Exchange, live: Live): Exchange {
  return {
    ...what,
    swaps: what.swaps.map((swap) => ({
      ...swap,
      original: uuidAt(live, swap.ns),
      filled: uuidAt(live, swap.temporary),
    })),
    markUuid: uuidAt(live, what.mark && formatNamespace(what.mark)),
  };
}

/** A time-series collection is known by its buckets. */
export function uuidAt(live: Live, ns: string | undefined): string | undefined {
  const there = ns === undefined ? undefined : live.get(ns);
  return ns !== undefined && there?.type === 'timeseries'
    ? live.get(bucketsOfTimeseries(ns))?.uuid
    : there?.uuid;
}

/** Indexes and expiry, which no transaction changes; may be repeated. What others made since is left alone. */
export async function finish(ports: ExchangePorts, what: Exchange): Promise<Exchange> {
  const live = await namesOf(ports, what);
  if (leftToDo(what, live).swaps.length > 0)
    throw new BackupError('serverFailed', say`not all collections could be renamed`);
  for (const swap of what.swaps) {
    const holder = uuidAt(live, swap.ns);
    if (!swap.timeseries || holder === undefined || holder !== swap.original) continue;
    if (swap.temporary !== undefined && uuidAt(live, swap.temporary) !== swap.filled) continue;
    const { ns, source } = timeseriesSwap(swap);
    await ports.timeseries.likenOrDrop(ns, source, unstoppable);
  }
  const swaps = what.swaps.map((swap) =>
    swap.timeseries ? swap : { ...swap, original: uuidAt(live, swap.safetyCopy) },
  );
  return { ...what, swaps };
}

/** Drops what an exchange needed only for itself. It must be on record by now that it took place. */
export async function clearExchanged(ports: ExchangePorts, what: Exchange): Promise<void> {
  if (!what.mark) return;
  const live = await namesOf(ports, what);
  if (!live.has(formatNamespace(what.mark))) return; // it goes last
  for (const swap of what.swaps) {
    const { source } = timeseriesSwap(swap);
    if (swap.timeseries && source && uuidAt(live, swap.temporary) === swap.filled)
      await ports.collections.drop(source);
  }
  await ports.collections.drop(what.mark);
}

export function isDone({ is }: LiveViewChange, live: LiveCollection | undefined): boolean {
  const now = live?.type === 'view' ? live.options : undefined;
  return now && is ? isSameView(now, is) : now === is;
}

/** What there is in the databases concerned. */
export async function namesOf({ collections }: ExchangePorts, { swaps, views }: Exchange): Promise<Live> {
  const databases = [...swaps.map(({ ns }) => databaseOf(ns)), ...views.map(({ ns }) => ns.database)];
  const names = new Map<string, LiveCollection>();
  for (const database of new Set(databases)) {
    const listed = await collections.list(database, unstoppable);
    for (const live of listed) names.set(`${database}.${live.name}`, live);
  }
  return names;
}

/** What of an exchange that had begun remains to be done, by what has which name now. */
export function leftToDo({ swaps, views }: Exchange, live: Live): Pick<Exchange, 'swaps' | 'views'> {
  return {
    swaps: swaps.flatMap((swap) => (swap.timeseries ? [] : leftOf(swap, live))),
    views: views.flatMap((view) => {
      const now = live.get(formatNamespace(view.ns));
      return isDone(view, now) ? [] : [{ ...view, was: now?.type === 'view' ? now.options : undefined }];
    }),
  };
}

function leftOf(swap: Swap, live: Live): Swap[] {
  const { ns, safetyCopy, temporary, original, filled } = swap;
  const holder = uuidAt(live, ns);
  const isKept = safetyCopy !== undefined && live.has(safetyCopy);
  if (temporary === undefined) return holder !== undefined && holder === original ? [swap] : [];
  if (holder === filled) return [];
  if (uuidAt(live, temporary) !== filled) {
    // Somebody dropped what was restored: the original gets its name back.
    const hasMoved = original !== undefined && uuidAt(live, safetyCopy) === original;
    return holder === undefined && hasMoved
      ? [{ ...swap, safetyCopy: undefined, temporary: safetyCopy }]
      : [];
  }
  if (holder === undefined) return [{ ...swap, safetyCopy: isKept ? undefined : safetyCopy }];
  if (safetyCopy !== undefined && !isKept) return [swap];
  throw new BackupError('sourceChanged', say`${ns} was created since a restore in place was cut short`, {
    hint: say`Rename it or drop it, then try again: what was restored is in ${temporary}.`,
  });
}

/**
 * What has the names steps aside first, be it there or not: a collection that appeared at the last moment would be lost
 * otherwise. Views change in between, so that they lie within the event that the renames make.
 */
export function changesOf({ swaps, views }: Pick<Exchange, 'swaps' | 'views'>): LiveChange[] {
  const rename = (from: string | undefined, to: string | undefined): LiveChange[] => {
    const source = from === undefined ? undefined : parseNamespace(from);
    const target = to === undefined ? undefined : parseNamespace(to);
    return source && target ? [{ kind: 'rename', from: source, to: target }] : [];
  };
  const renamed = swaps.filter((swap) => !swap.timeseries);
  return [
    ...renamed.flatMap(({ ns, safetyCopy }) => rename(ns, safetyCopy)),
    ...views.flatMap(({ ns, was }): LiveChange[] => (was ? [{ kind: 'dropView', ns, options: was }] : [])),
    ...views.flatMap(({ ns, is }): LiveChange[] => (is ? [{ kind: 'createView', ns, options: is }] : [])),
    ...renamed.flatMap(({ ns, temporary }) => rename(temporary, ns)),
  ];
}
