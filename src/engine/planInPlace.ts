import { databaseOf } from '../core/catalogueCommand';
import { type NamespaceFilter, parseNamespace } from '../core/namespace';
import { safetyCopyOf, safetyName, temporaryName, temporaryOf } from '../core/rewindNames';
import { type Said, say } from '../core/say';
import { encodedLength } from '../core/text';
import type { ClusterTime } from '../core/time';
import { isSameTimeseries, isSameView, timeseriesOfBuckets } from '../core/view';
import type { BringBackPorts } from './bringBack';
import { BackupError } from './errors';
import type { Exchange, Swap } from './exchange';
import type { LiveCollection, LiveViewChange } from './portsLive';
import { planRestore, type PlannedView, type RestorePlan } from './restorePlan';

export interface InPlacePlan extends Exchange {
  /** Fills the collections that get the names. */
  readonly plan: RestorePlan;
  readonly warnings: readonly Said[];
}

/** What a restore in place will fill and which names change hands. Throws where it cannot be done. */
export async function planInPlace(
  { repository, content, collections }: BringBackPorts,
  request: { readonly at: ClusterTime; readonly scope: readonly NamespaceFilter[]; readonly stamp: string },
  signal: AbortSignal,
): Promise<InPlacePlan> {
  const { at, scope, stamp } = request;
  if (scope.length === 0) {
    throw new BackupError('badInput', say`what is to be restored in place?`, {
      hint: say`Name databases or collections.`,
    });
  }
  const asNamed = await planRestore(repository, content, { target: at, scope, renames: [] }, signal);
  const live = await liveOf(collections, scope, signal);
  const timeseries = new Map(asNamed.views.filter((v) => v.kind === 'timeseries').map((v) => [v.ns, v]));
  const wanted = asNamed.collections
    .map((c) => timeseriesOfBuckets(c.ns) ?? c.ns)
    .filter((ns) => !isOurs(ns));
  const swaps = wanted.map((ns): Swap => {
    refuseOtherForm(ns, live.get(ns), timeseries.get(ns));
    return {
      ns,
      safetyCopy: safetyCopyFor(ns, live.get(ns), timeseries.has(ns), stamp),
      temporary: renamed(ns, (name) => temporaryName(name, stamp)),
      timeseries: timeseries.has(ns),
    };
  });
  const named = new Set(wanted);
  for (const [ns, { type }] of live) {
    if (type === 'view' || named.has(ns) || isOurs(ns)) continue;
    const safetyCopy = renamed(ns, (name) => safetyName(name, stamp));
    swaps.push({ ns, safetyCopy, temporary: undefined, timeseries: type === 'timeseries' });
  }
  refuseLongNames(swaps);
  await refuseTaken(collections, swaps, signal);
  const renames = swaps.flatMap(({ ns, temporary: to }) => (to === undefined ? [] : [{ from: ns, to }]));
  const passing = await planRestore(repository, content, { target: at, scope, renames }, signal);
  const restored = passing.collections.filter((c) => named.has(timeseriesOfBuckets(c.ns) ?? c.ns));
  const filled = passing.views.filter((v) => v.kind === 'timeseries' && named.has(v.ns));
  const views = viewChanges(asNamed.views, live);
  return {
    plan: { ...passing, collections: restored, views: filled },
    ...{ swaps, views, mark: markOf(swaps, stamp) },
    warnings: warningsOf(swaps, views),
  };
}

/** Whether the program made it: what is only filled, and what is kept. */
function isOurs(ns: string): boolean {
  return safetyCopyOf(ns) !== undefined || temporaryOf(ns) !== undefined;
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

/** Measurements change hands within one time-series collection, so it must be one already, and of the same form. */
function refuseOtherForm(ns: string, live: LiveCollection | undefined, then: PlannedView | undefined): void {
  if (!live || (!then && live.type !== 'timeseries')) return;
  if (then && live.type === 'timeseries' && isSameTimeseries(then.options, live.options)) return;
  const message =
    then && live.type === 'timeseries'
      ? say`${ns} has other time-series options now than at that time`
      : say`${ns} is a time-series collection only now, or only was one at that time`;
  throw new BackupError('targetExists', message, {
    hint: say`Nothing was written. Restore into a scratch database, or drop it first.`,
  });
}

/** Views whose definition changes, those that were not there then among them. */
function viewChanges(
  then: readonly PlannedView[],
  live: ReadonlyMap<string, LiveCollection>,
): LiveViewChange[] {
  const wanted = new Map(then.filter((view) => view.kind === 'view').map((view) => [view.ns, view.options]));
  const now = new Map([...live].flatMap(([ns, c]) => (c.type === 'view' ? [[ns, c.options] as const] : [])));
  return [...new Set([...wanted.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [now.get(name), wanted.get(name)];
    const ns = parseNamespace(name);
    return !ns || (was && is && isSameView(was, is)) ? [] : [{ ns, was, is }];
  });
}

/** A collection may appear yet, which steps aside then; views are defined anew, and measurements are copied. */
export function safetyCopyFor(
  ns: string,
  live: LiveCollection | undefined,
  timeseries: boolean,
  stamp: string,
): string | undefined {
  const hasNone = timeseries ? live === undefined : live?.type === 'view';
  return hasNone ? undefined : renamed(ns, (name) => safetyName(name, stamp));
}

/** Told after it is done: what is no longer there under its name. */
function warningsOf(swaps: readonly Swap[], views: readonly LiveViewChange[]): Said[] {
  const gone = [
    ...swaps.filter((swap) => swap.temporary === undefined).map((swap) => swap.ns),
    ...views.filter((view) => !view.is).map(({ ns }) => `${ns.database}.${ns.collection}`),
  ];
  const made = new Set(views.filter((view) => view.is).map(({ ns }) => `${ns.database}.${ns.collection}`));
  const replaced = views.filter((view) => view.was && view.is);
  return [
    ...gone.filter((ns) => !made.has(ns)).map((ns) => say`${ns} did not exist at that time`),
    ...replaced.map(
      ({ ns }) => say`the view ${`${ns.database}.${ns.collection}`} is defined as at that time again`,
    ),
  ];
}

/** The collection that tells whether measurements changed hands. */
export function markOf(swaps: readonly Swap[], stamp: string): Exchange['mark'] {
  const first = swaps.find((swap) => swap.timeseries);
  return first && parseNamespace(renamed(first.ns, (name) => temporaryName(`${name}__exchanged`, stamp)));
}

const longestNamespace = 255;
/** Of a time-series collection the server keeps another one with a longer name. */
const bucketsLength = 'system.buckets.'.length;
const markLength = '__exchanged'.length;

function refuseLongNames(swaps: readonly Swap[]): void {
  const long = swaps
    .flatMap(({ safetyCopy = '', temporary = '', timeseries }) =>
      [safetyCopy, temporary].map((name) => ({ name, timeseries })),
    )
    .find(({ name, timeseries }) => {
      const more = timeseries ? bucketsLength + markLength : 0;
      return encodedLength(name) + more > longestNamespace;
    });
  if (long === undefined) return;
  throw new BackupError('badInput', say`the name ${long.name} would be too long`, {
    hint: say`Nothing was written. Restore into a scratch database instead.`,
  });
}

/** What is found under these names after a failure is taken for the program's own. */
async function refuseTaken(
  collections: BringBackPorts['collections'],
  swaps: readonly Swap[],
  signal: AbortSignal,
): Promise<void> {
  const names = new Set(swaps.flatMap(({ safetyCopy, temporary }) => [safetyCopy, temporary]));
  for (const database of new Set(swaps.map(({ ns }) => databaseOf(ns)))) {
    const taken = (await collections.list(database, signal)).find(({ name }) =>
      names.has(`${database}.${name}`),
    );
    if (!taken) continue;
    throw new BackupError('targetExists', say`there is a collection ${`${database}.${taken.name}`} already`, {
      hint: say`Nothing was changed. Try again.`,
    });
  }
}

function renamed(ns: string, rename: (collection: string) => string): string {
  const database = databaseOf(ns);
  return `${database}.${rename(ns.slice(database.length + 1))}`;
}
