import { databaseOf } from '../core/catalogueCommand';
import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { equalBytes } from '../core/rawDocument';
import { temporaryOf } from '../core/rewindNames';
import { say } from '../core/say';
import { isSameView } from '../core/view';
import { BackupError } from './errors';
import type {
  LiveChange,
  LiveCollection,
  LiveCollections,
  LiveTimeseries,
  LiveViewChange,
  TimeseriesSwap,
} from './portsLive';

/** One name that changes hands. */
export interface Swap {
  readonly ns: string;
  /** What the collection that had the name is called afterwards; absent where there was none. */
  readonly safetyCopy: string | undefined;
  /** Where the restored collection is filled; absent where there is none at the target time. */
  readonly temporary: string | undefined;
  /** Servers cannot rename these: their measurements change hands instead. */
  readonly timeseries: boolean;
}

/** What changes hands in one moment. */
export interface Exchange {
  readonly swaps: readonly Swap[];
  readonly views: readonly LiveViewChange[];
  /** Where it is noted that measurements changed hands; where there are time-series collections. */
  readonly mark: Namespace | undefined;
}

export interface ExchangePorts {
  readonly collections: LiveCollections;
  readonly timeseries: LiveTimeseries;
}

/**
 * Lets all names change hands: measurements in one transaction, then collections and views in one command. Until the
 * first of them nothing that existed is touched. When it fails, {@link recover} tells and mends what is left.
 */
export async function exchange(ports: ExchangePorts, what: Exchange, signal: AbortSignal): Promise<void> {
  await refuseChanged(ports, what, signal);
  const measurements = what.swaps.filter((swap) => swap.timeseries);
  await prepare(ports, measurements, signal);
  const swaps = measurements.map(timeseriesSwap);
  if (what.mark) await ports.timeseries.exchange(swaps, what.mark, signal);
  await ports.collections.rename(changesOf(what.swaps, what.views));
  await finish(ports, measurements);
}

/** A collection that appeared since the plan was made would be pushed away unseen. */
async function refuseChanged(ports: ExchangePorts, what: Exchange, signal: AbortSignal): Promise<void> {
  const live = await namesOf(ports, what, signal);
  for (const { ns, safetyCopy } of what.swaps) {
    const exists = live.has(ns) && live.get(ns)?.type !== 'view';
    if (exists === (safetyCopy !== undefined)) continue;
    throw new BackupError(
      'sourceChanged',
      exists ? say`${ns} was created while it was restored` : say`${ns} was dropped while it was restored`,
      { hint: say`Nothing was changed. Try again.` },
    );
  }
}

/** Safety copies of measurements, which the transaction brings up to date, and what it fills where there is nothing. */
async function prepare(ports: ExchangePorts, swaps: readonly Swap[], signal: AbortSignal): Promise<void> {
  const all = swaps.map(timeseriesSwap);
  for (const { ns, copy } of all) {
    if (!copy) continue;
    await ports.timeseries.make(copy, ns, signal);
    await ports.timeseries.fill(copy, ns, signal);
  }
  for (const { ns, copy, source } of all)
    if (!copy && source) await ports.timeseries.make(ns, source, signal);
}

function timeseriesSwap({ ns, safetyCopy, temporary }: Swap): TimeseriesSwap {
  const named = (name: string | undefined): Namespace | undefined =>
    name === undefined ? undefined : parseNamespace(name);
  return { ns: parseNamespace(ns) as Namespace, copy: named(safetyCopy), source: named(temporary) };
}

/** What no transaction changes: indexes and expiry; it may be repeated. */
async function finish({ collections, timeseries }: ExchangePorts, swaps: readonly Swap[]): Promise<void> {
  const { signal } = new AbortController();
  for (const { ns, source } of swaps.map(timeseriesSwap)) {
    if (source) await timeseries.liken(ns, source, signal);
    else if ((await collections.count(ns, signal)) === 0) await collections.drop(ns);
  }
}

/** Drops what an exchange needed only for itself. It must be on record by now that it took place. */
export async function clearExchanged({ collections }: ExchangePorts, what: Exchange): Promise<void> {
  const sources = what.swaps.filter((swap) => swap.timeseries).map((swap) => timeseriesSwap(swap).source);
  for (const ns of [...sources, what.mark]) if (ns) await collections.drop(ns);
}

/**
 * Mends what an exchange left that failed or whose process is gone: one that had begun is carried through, of any other
 * all traces are dropped. May be repeated.
 */
export async function recover(ports: ExchangePorts, what: Exchange): Promise<'exchanged' | 'asBefore'> {
  const { signal } = new AbortController();
  const begun = await hasBegun(ports, what);
  const live = await namesOf(ports, what, signal);
  const measurements = what.swaps.filter((swap) => swap.timeseries);
  if (!begun) {
    for (const ns of madeFor(what).filter((name) => live.has(name)))
      await ports.collections.drop(parseNamespace(ns) as Namespace);
    for (const { ns, copy } of measurements.map(timeseriesSwap)) {
      if (copy || live.get(formatNamespace(ns))?.type !== 'timeseries') continue;
      if ((await ports.collections.count(ns, signal)) === 0) await ports.collections.drop(ns);
    }
    return 'asBefore';
  }
  const swaps = what.swaps.map((swap) => ({
    ...swap,
    safetyCopy: swap.safetyCopy !== undefined && live.has(swap.safetyCopy) ? undefined : swap.safetyCopy,
    temporary: swap.temporary !== undefined && live.has(swap.temporary) ? swap.temporary : undefined,
  }));
  const views = what.views.filter((view) => !isDone(view, live.get(formatNamespace(view.ns))));
  await ports.collections.rename(changesOf(swaps, views));
  await finish(ports, measurements);
  return 'exchanged';
}

/** What exists only for an exchange that did not take place. */
function madeFor({ swaps, mark }: Exchange): string[] {
  const temporary = swaps
    .flatMap((swap) => swap.temporary ?? [])
    .filter((ns) => temporaryOf(ns) !== undefined);
  const copies = swaps.flatMap(({ timeseries, safetyCopy }) => (timeseries ? (safetyCopy ?? []) : []));
  return [...temporary, ...copies, ...(mark ? [formatNamespace(mark)] : [])];
}

/** Whether any part of it was done. */
async function hasBegun(ports: ExchangePorts, what: Exchange): Promise<boolean> {
  const { signal } = new AbortController();
  return what.mark ? ports.timeseries.isMarked(what.mark, signal) : hasRenamed(ports, what);
}

/** Whether names of collections or views changed hands. */
async function hasRenamed(ports: ExchangePorts, what: Exchange): Promise<boolean> {
  const { signal } = new AbortController();
  const live = await namesOf(ports, what, signal);
  const swaps = what.swaps.filter((swap) => !swap.timeseries);
  const copies = swaps.flatMap(({ safetyCopy }) => safetyCopy ?? []);
  if (copies.length > 0) return copies.some((name) => live.has(name)); // the first step; others may do what follows
  const isRenamed = swaps.some(
    ({ ns, temporary }) => live.has(ns) && !(temporary !== undefined && live.has(temporary)),
  );
  return isRenamed || what.views.some((view) => isDone(view, live.get(formatNamespace(view.ns))));
}

function isDone({ was, is }: LiveViewChange, live: LiveCollection | undefined): boolean {
  if (was && is && equalBytes(was, is)) return false;
  const now = live?.type === 'view' ? live.options : undefined;
  return now && is ? isSameView(now, is) : now === is;
}

/** What there is in the databases concerned, by namespace. */
async function namesOf(
  { collections }: ExchangePorts,
  { swaps, views }: Exchange,
  signal: AbortSignal,
): Promise<Map<string, LiveCollection>> {
  const databases = [...swaps.map(({ ns }) => databaseOf(ns)), ...views.map(({ ns }) => ns.database)];
  const names = new Map<string, LiveCollection>();
  for (const database of new Set(databases)) {
    for (const live of await collections.list(database, signal)) names.set(`${database}.${live.name}`, live);
  }
  return names;
}

/** Originals step aside first. Views change in between, so that they lie within the event that the renames make. */
function changesOf(swaps: readonly Swap[], views: readonly LiveViewChange[]): LiveChange[] {
  const rename = (from: string, to: string): LiveChange[] => {
    const [source, target] = [parseNamespace(from), parseNamespace(to)];
    return source && target ? [{ kind: 'rename', from: source, to: target }] : [];
  };
  const renamed = swaps.filter((swap) => !swap.timeseries);
  return [
    ...renamed.flatMap(({ ns, safetyCopy }) => (safetyCopy === undefined ? [] : rename(ns, safetyCopy))),
    ...views.flatMap(({ ns, was }): LiveChange[] => (was ? [{ kind: 'dropView', ns, options: was }] : [])),
    ...views.flatMap(({ ns, is }): LiveChange[] => (is ? [{ kind: 'createView', ns, options: is }] : [])),
    ...renamed.flatMap(({ ns, temporary }) => (temporary === undefined ? [] : rename(temporary, ns))),
  ];
}
