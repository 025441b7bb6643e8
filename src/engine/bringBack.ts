import { indexListingOf } from '../core/indexSpec';
import { indexSteps } from '../core/indexSteps';
import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import type { NamespaceRename } from '../core/namespaceMap';
import { writeDocument } from '../core/rawDocument';
import { documentElement } from '../core/rawValue';
import { temporaryName } from '../core/rewindNames';
import { quote, type Said, say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { bucketsOfTimeseries, isSameTimeseries, timeseriesOfBuckets } from '../core/view';
import { compareCollections } from './compareCollections';
import type { DocumentChange } from './documentChanges';
import { BackupError, isAbort } from './errors';
import type { RepositoryContent, RepositoryReader, TargetCatalogue } from './ports';
import type { LiveCollection, LiveCollections, LiveDocuments, LiveTimeseries } from './portsLive';
import { carryOut } from './restore';
import type { RestoreProgress, RestoreTarget } from './restoring';
import { type PlannedCollection, type PlannedView, planRestore, type RestorePlan } from './restorePlan';
import { type Conflict, undoDocuments, type UndoOptions } from './undoDocuments';
import { unstoppable } from './unstoppable';

/** What is needed to bring collections back beside others that are in use. */
export interface BringBackPorts {
  readonly repository: RepositoryReader;
  readonly content: RepositoryContent;
  readonly target: RestoreTarget;
  readonly collections: LiveCollections;
}

/** Collections and views as of a time, by what it takes to have them back. */
export interface BringBackPlan {
  /** Their names are free. */
  readonly free: readonly string[];
  readonly warnings: readonly Said[];
  /** The documents of these: for telling what would be done. */
  readonly freeDocuments: readonly PastOf[];
  /** Others have their names: only their documents can come back. */
  readonly taken: readonly (PastOf & {
    readonly holder: LiveCollection;
    /** Why they cannot come back either. */
    readonly refusal: Said | undefined;
  })[];
}

/** The documents of one collection or of the buckets of one, which `ns` names. */
interface PastOf {
  readonly ns: string;
  readonly documents: () => AsyncIterable<DocumentChange>;
}

export async function planBringBack(
  { repository, content, collections }: BringBackPorts,
  namespaces: readonly string[],
  at: ClusterTime,
  signal: AbortSignal,
): Promise<BringBackPlan> {
  const live = await liveByName(collections, namespaces, signal);
  const free = namespaces.filter((ns) => !live.has(ns));
  const plan = await planRestore(
    repository,
    content,
    { target: at, scope: filters(namespaces), renames: [] },
    signal,
  );
  const pastOf = (ns: string): PastOf => {
    const collection = plan.collections.find((c) => c.ns === ns || c.ns === bucketsOfTimeseries(ns));
    if (!collection) return { ns, documents: nothing };
    const documents = (): AsyncIterable<DocumentChange> =>
      compareCollections(repository, { plan, collection }, undefined, signal);
    return { ns: collection.ns, documents };
  };
  const taken = namespaces.flatMap((ns) => {
    const holder = live.get(ns);
    const then = plan.views.find((view) => view.ns === ns);
    return holder ? [{ ...pastOf(ns), holder, refusal: refusalOf(then, holder) }] : [];
  });
  return { free, taken, freeDocuments: free.map(pastOf), warnings: plan.warnings };
}

async function* nothing(): AsyncGenerator<DocumentChange, void> {
  // What is left out of the plan, as its warnings say.
}

/** Measurements fit only into a time-series collection of the same form, documents only into a collection. */
function refusalOf(then: PlannedView | undefined, holder: LiveCollection): Said | undefined {
  if (then) {
    if (holder.type !== 'timeseries') return say`it is no time-series collection any more`;
    return isSameTimeseries(then.options, holder.options)
      ? undefined
      : say`it has other time-series options now`;
  }
  return holder.type === 'collection' ? undefined : say`a view or a time-series collection has the name`;
}

async function liveByName(
  collections: LiveCollections,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, LiveCollection>> {
  const byName = new Map<string, LiveCollection>();
  for (const database of new Set(filters(namespaces).map((ns) => ns.database))) {
    for (const live of await collections.list(database, signal)) byName.set(`${database}.${live.name}`, live);
  }
  return byName;
}

function filters(namespaces: readonly string[]): Namespace[] {
  return namespaces.flatMap((ns) => parseNamespace(ns) ?? []);
}

export interface FillPorts extends BringBackPorts {
  readonly documents: LiveDocuments;
  readonly timeseries: LiveTimeseries;
}

/**
 * Restores collections whose names are free, each under a passing name that it loses when it is complete, so that
 * nobody sees a part of it. Time-series collections cannot be renamed: those are filled under their own names, while
 * others may write to them. Drops what it made when it fails or is aborted, but for what others wrote.
 */
export async function bringBack(
  ports: FillPorts,
  namespaces: readonly string[],
  request: {
    readonly at: ClusterTime;
    readonly stamp: string;
    readonly onProgress: (facts: RestoreProgress) => void;
    readonly onConflict: (conflict: Conflict) => void;
  },
  signal: AbortSignal,
): Promise<{ readonly documents: number; readonly warnings: readonly Said[] }> {
  const { repository, target, collections } = ports;
  const { onProgress, onConflict } = request;
  const { plan, renames } = await planPassing(ports, namespaces, request, signal);
  const plain = { ...plan, collections: plan.collections.filter((c) => !isBuckets(c)) };
  const measurements: Measurements[] = plan.collections.filter(isBuckets).map((collection) => ({
    collection,
    documents: (until: AbortSignal) => compareCollections(repository, { plan, collection }, undefined, until),
  }));
  const made: Namespace[] = [];
  const catalogue: TargetCatalogue = {
    ...target.catalogue,
    create: async (ns, ...how) => {
      await target.catalogue.create(ns, ...how);
      made.push(ns);
    },
  };
  try {
    const options = { withoutExpiry: false, onProgress };
    const filled = await carryOut(plain, repository, { ...target, catalogue }, options, [], signal);
    let { documents } = filled;
    for (const { collection, documents: past } of measurements) {
      const onDone = (): unknown => (documents += 1);
      await undoDocuments(
        ports.documents,
        collection.to,
        past(signal),
        { ...filling, onDone, onConflict },
        signal,
      );
      await buildIndexes(catalogue, collection, plan, signal);
    }
    signal.throwIfAborted();
    for (const { from, to } of renames) {
      const [source, name] = [parseNamespace(to), parseNamespace(from)];
      if (source && name) await collections.rename([{ kind: 'rename', from: source, to: name }]);
    }
    const warnings = filled.warnings.map((warning) => withNames(warning, renames));
    return { documents, warnings };
  } catch (error) {
    const kept: string[] = [];
    for (const ns of made) {
      const name = bucketsOfTimeseries(formatNamespace(ns));
      const own = measurements.find(({ collection }) => collection.ns === name);
      if (!own) await collections.drop(ns).catch(() => undefined);
      else if (!(await isTakenBack(ports, ns, own))) kept.push(formatNamespace(ns));
    }
    throw kept.length > 0 ? stays(kept, error) : error;
  }
}

const filling: Omit<UndoOptions, 'onDone' | 'onConflict'> = {
  dryRun: false,
  overwrites: () => false,
  isCapped: false,
  onUnchanged: () => undefined,
};
function isBuckets({ ns }: PlannedCollection): boolean {
  return timeseriesOfBuckets(ns) !== undefined;
}

async function planPassing(
  { repository, content }: BringBackPorts,
  namespaces: readonly string[],
  { at, stamp }: { readonly at: ClusterTime; readonly stamp: string },
  signal: AbortSignal,
): Promise<{ readonly plan: RestorePlan; readonly renames: readonly { from: string; to: string }[] }> {
  const scope = filters(namespaces);
  const planned = (renames: readonly NamespaceRename[]): Promise<RestorePlan> =>
    planRestore(repository, content, { target: at, scope, renames }, signal);
  const timeseries = new Set((await planned([])).views.map((view) => view.ns));
  const renames = scope
    .filter((ns) => !timeseries.has(formatNamespace(ns)))
    .map((ns) => ({ from: formatNamespace(ns), to: formatNamespace(passing(ns, stamp)) }));
  // Of a transaction that wrote to others too, those have their part.
  return { plan: { ...(await planned(renames)), scope: [] }, renames };
}

function passing({ database, collection }: Namespace, stamp: string): Namespace {
  return { database, collection: temporaryName(collection, stamp) };
}

/** A warning by the names that collections have in the end. */
function withNames(warning: Said, renames: readonly { readonly from: string; readonly to: string }[]): Said {
  return renames.reduce((text, { from, to }) => quote(text.replaceAll(to, from)), warning);
}

async function buildIndexes(
  catalogue: TargetCatalogue,
  { to, indexes, options }: PlannedCollection,
  { snapshot }: RestorePlan,
  signal: AbortSignal,
): Promise<void> {
  if (indexes.size === 0) return;
  const { built, changes } = indexSteps(
    [...indexes.values()],
    options,
    indexListingOf(snapshot.serverVersion),
  );
  await catalogue.createIndexes(to, built, signal);
  for (const change of changes)
    await catalogue.modify(to, writeDocument([documentElement('index', change)]), signal);
}

interface Measurements {
  readonly collection: PlannedCollection;
  readonly documents: (signal: AbortSignal) => AsyncIterable<DocumentChange>;
}

/** Whether a time-series collection is gone: what was filled in is taken out, and what others wrote stays. */
async function isTakenBack(
  { documents, timeseries, collections }: FillPorts,
  ns: Namespace,
  own: Measurements,
): Promise<boolean> {
  try {
    const taking = { ...filling, onDone: () => undefined, onConflict: () => undefined };
    await undoDocuments(
      documents,
      own.collection.to,
      turned(own.documents(unstoppable)),
      taking,
      unstoppable,
    );
    await timeseries.likenOrDrop(ns, undefined, unstoppable);
    return !(await collections.list(ns.database, unstoppable)).some((c) => c.name === ns.collection);
  } catch {
    return false; // it stays, and that is told
  }
}

async function* turned(changes: AsyncIterable<DocumentChange>): AsyncGenerator<DocumentChange> {
  for await (const { before, after, ...change } of changes) yield { ...change, before: after, after: before };
}

function stays(names: readonly string[], cause: unknown): BackupError {
  const why = isAbort(cause) ? say`it was cancelled` : causeOf(cause);
  return new BackupError(
    'sourceChanged',
    say`${why}; ${names.join(', ')} stays, since others wrote to it meanwhile or it could not be dropped`,
    { hint: say`Undo the event once more for the rest, or drop it yourself.`, cause },
  );
}

function causeOf(error: unknown): Said {
  return quote(error instanceof Error ? error.message : String(error));
}
