import { type NamespaceFilter, parseNamespace } from '../core/namespace';
import { safetyCopyOf, safetyName, temporaryName, temporaryOf } from '../core/rewindNames';
import { type Said, say } from '../core/say';
import { encodedLength } from '../core/text';
import type { ClusterTime } from '../core/time';
import { BackupError, protectedConnection } from './errors';
import type { BringBackPorts } from './bringBack';
import type { LiveCollection, LiveRename } from './portsLive';
import { carryOut } from './restore';
import type { RestoreProgress } from './restoring';
import { planRestore, type PlannedView, type RestorePlan } from './restorePlan';

/** One name that changes hands. */
export interface Swap {
  readonly ns: string;
  /** What the collection that had the name is called afterwards; absent where there was none. */
  readonly safetyCopy: string | undefined;
  /** Where the restored collection is filled; absent where there is none at the target time. */
  readonly temporary: string | undefined;
}

export interface InPlaceRequest {
  readonly at: ClusterTime;
  readonly scope: readonly NamespaceFilter[];
  readonly stamp: string;
  readonly protected: boolean;
  readonly onProgress: (facts: RestoreProgress) => void;
  /** Told before the first write, and again once the names have changed hands. Durable when it resolves. */
  readonly note: (state: 'started' | 'swapped', swaps: readonly Swap[]) => Promise<void>;
}

export interface RestoredInPlace {
  readonly documents: number;
  readonly operations: number;
  readonly warnings: readonly Said[];
  readonly swaps: readonly Swap[];
}

const longestNamespace = 255;

/**
 * Restores collections, or a database, beside what is there, then exchanges the names, all of them at once. What had
 * the names is kept. Until that exchange the originals are not touched: a failure, an abort or a crash leaves them as
 * they are.
 */
export async function restoreInPlace(
  ports: BringBackPorts,
  request: InPlaceRequest,
  signal: AbortSignal,
): Promise<RestoredInPlace> {
  if (request.protected) throw protectedConnection();
  const { plan, views, swaps } = await planInPlace(ports, request, signal);
  await request.note('started', swaps);
  const temporary = swaps.flatMap((swap) => swap.temporary ?? []);
  let filled;
  try {
    const options = { withoutExpiry: false, onProgress: request.onProgress };
    filled = await carryOut(plan, ports.repository, ports.target, options, [], signal);
    signal.throwIfAborted();
  } catch (error) {
    await dropAll(ports, temporary);
    throw error;
  }
  await exchange(ports, swaps, temporary, signal);
  await request.note('swapped', swaps);
  const warnings = [...filled.warnings];
  await makeViews(ports, views, signal);
  await ports.target.data.settle(signal).catch(() => undefined);
  for (const { ns, temporary: made } of swaps) {
    if (made === undefined) warnings.push(say`${ns} did not exist at that time`);
  }
  return { documents: filled.documents, operations: filled.operations, warnings, swaps };
}

interface InPlacePlan {
  readonly plan: RestorePlan;
  readonly views: readonly PlannedView[];
  readonly swaps: readonly Swap[];
}

async function planInPlace(
  { repository, content, collections }: BringBackPorts,
  { at, scope, stamp }: InPlaceRequest,
  signal: AbortSignal,
): Promise<InPlacePlan> {
  if (scope.length === 0) {
    throw new BackupError('badInput', say`what is to be restored in place?`, {
      hint: say`Name databases or collections with --ns.`,
    });
  }
  const asNamed = await planRestore(repository, content, { target: at, scope, renames: [] }, signal);
  refuseTimeseries(asNamed.views.filter((view) => view.kind === 'timeseries').map((view) => view.ns));
  const wanted = asNamed.collections.filter(
    (c) => safetyCopyOf(c.ns) === undefined && temporaryOf(c.ns) === undefined,
  );
  const renames = wanted.map(({ ns }) => ({
    from: ns,
    to: inDatabase(ns, (name) => temporaryName(name, stamp)),
  }));
  const live = await liveOf(collections, scope, signal);
  refuseTimeseries([...live].flatMap(([ns, { type }]) => (type === 'timeseries' ? [ns] : [])));
  const swaps: Swap[] = renames.map(({ from, to }) => {
    if (live.get(from)?.type === 'view') {
      throw new BackupError('targetExists', say`${from} is a view now, and was a collection at that time`, {
        hint: say`Nothing was written. Drop the view first, or restore under another name.`,
      });
    }
    return { ns: from, safetyCopy: live.has(from) ? safetyOf(from, stamp) : undefined, temporary: to };
  });
  const named = new Set(wanted.map((c) => c.ns));
  for (const [ns, { type }] of live) {
    if (type !== 'collection' || named.has(ns)) continue;
    if (safetyCopyOf(ns) !== undefined || temporaryOf(ns) !== undefined) continue;
    swaps.push({ ns, safetyCopy: safetyOf(ns, stamp), temporary: undefined });
  }
  refuseLongNames(swaps);
  const passing = await planRestore(repository, content, { target: at, scope, renames }, signal);
  const restored = passing.collections.filter((c) => named.has(c.ns));
  return { plan: { ...passing, collections: restored, views: [] }, views: asNamed.views, swaps };
}

/** Collections and views of the scope, by namespace; not those that the server keeps for itself. */
async function liveOf(
  collections: BringBackPorts['collections'],
  scope: readonly NamespaceFilter[],
  signal: AbortSignal,
): Promise<Map<string, LiveCollection>> {
  const found = new Map<string, LiveCollection>();
  for (const { database, collection } of scope) {
    for (const live of await collections.list(database, signal)) {
      if (live.name.startsWith('system.')) continue;
      if (collection === undefined || collection === live.name) found.set(`${database}.${live.name}`, live);
    }
  }
  return found;
}

function refuseTimeseries(names: readonly string[]): void {
  const [first] = names;
  if (first === undefined) return;
  throw new BackupError(
    'targetExists',
    say`${first} is a time-series collection: servers cannot rename those`,
    {
      hint: say`Nothing was written. Restore it under another name, and name the other collections for --in-place.`,
    },
  );
}

function refuseLongNames(swaps: readonly Swap[]): void {
  const names = swaps.flatMap((swap) => [swap.safetyCopy ?? '', swap.temporary ?? '']);
  const long = names.find((name) => encodedLength(name) > longestNamespace);
  if (long === undefined) return;
  throw new BackupError('badInput', say`the name ${long} would be too long`, {
    hint: say`Nothing was written. Restore under another name instead.`,
  });
}

function inDatabase(ns: string, rename: (collection: string) => string): string {
  const dot = ns.indexOf('.');
  return `${ns.slice(0, dot)}.${rename(ns.slice(dot + 1))}`;
}

function safetyOf(ns: string, stamp: string): string {
  return inDatabase(ns, (name) => safetyName(name, stamp));
}

/** The moment in which the names change hands. Whether it happened is looked up when the answer got lost. */
async function exchange(
  ports: BringBackPorts,
  swaps: readonly Swap[],
  temporary: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await refuseChanged(ports, swaps, signal);
    await ports.collections.rename(renamesOf(swaps));
  } catch (error) {
    const done = await isExchanged(ports, swaps).catch(() => 'unknown' as const);
    if (done === true) return;
    if (done === false) await dropAll(ports, temporary);
    throw error;
  }
}

/** A collection that appeared since the plan was made would be pushed away unseen. */
async function refuseChanged(
  ports: BringBackPorts,
  swaps: readonly Swap[],
  signal: AbortSignal,
): Promise<void> {
  for (const { ns, safetyCopy } of swaps) {
    const namespace = parseNamespace(ns);
    if (!namespace) continue;
    const live = await ports.collections.list(namespace.database, signal);
    const exists = live.some((c) => c.name === namespace.collection);
    if (exists === (safetyCopy !== undefined)) continue;
    throw new BackupError(
      'sourceChanged',
      exists ? say`${ns} was created while it was restored` : say`${ns} was dropped while it was restored`,
      {
        hint: say`Nothing was changed. Try again.`,
      },
    );
  }
}

/** The renames of a swap: originals step aside first. */
export function renamesOf(swaps: readonly Swap[]): LiveRename[] {
  const rename = (from: string, to: string): LiveRename[] => {
    const [source, target] = [parseNamespace(from), parseNamespace(to)];
    return source && target ? [{ from: source, to: target }] : [];
  };
  return swaps.flatMap(({ ns, safetyCopy, temporary }) => [
    ...(safetyCopy === undefined ? [] : rename(ns, safetyCopy)),
    ...(temporary === undefined ? [] : rename(temporary, ns)),
  ]);
}

/** Whether the names have changed hands: they do so together, so the first one tells. */
export async function isExchanged(
  { collections }: Pick<BringBackPorts, 'collections'>,
  swaps: readonly Swap[],
): Promise<boolean> {
  const [first] = swaps;
  const temporary = first && parseNamespace(first.temporary ?? first.ns);
  if (!temporary) return false;
  const live = await collections.list(temporary.database, new AbortController().signal);
  return !live.some((c) => c.name === temporary.collection);
}

async function dropAll({ collections }: BringBackPorts, names: readonly string[]): Promise<void> {
  for (const ns of names.flatMap((name) => parseNamespace(name) ?? [])) {
    await collections.drop(ns).catch(() => undefined);
  }
}

/** Views hold nothing: those that are missing are made, those that are there stay as they are. */
async function makeViews(
  { collections, target }: BringBackPorts,
  views: readonly PlannedView[],
  signal: AbortSignal,
): Promise<void> {
  for (const { to, options } of views) {
    const live = await collections.list(to.database, signal);
    if (!live.some((c) => c.name === to.collection))
      await target.catalogue.create(to, options, undefined, signal);
  }
}
