import { isTrue } from '../core/rawValue';
import { findElement, readElements, writeDocument } from '../core/rawDocument';
import { indexName } from '../core/indexSpec';
import { formatNamespace, type Namespace } from '../core/namespace';
import { timeseriesOfBuckets } from '../core/view';
import { BackupError } from './errors';
import { inLanes } from './lanes';
import type { RawBatch, RepositoryReader, TargetCatalogue, TargetData } from './ports';
import { replay } from './replay';
import type { PlannedCollection, RestorePlan } from './restorePlan';

export interface RestoreTarget {
  readonly catalogue: TargetCatalogue;
  readonly data: TargetData;
}

export interface RestoreOptions {
  /** Keep TTL indexes as plain ones, so that nothing of the past expires while it is looked at. */
  readonly withoutExpiry: boolean;
  /** Told before the first write into each database. */
  readonly onDatabase: (database: string) => Promise<void>;
  readonly onProgress: (facts: RestoreProgress) => void;
}

export interface RestoreProgress {
  readonly phase: 'load' | 'replay' | 'indexes' | 'check';
  readonly namespace: string | undefined;
  readonly documents: number;
  readonly total: number | undefined;
  readonly bytes: number;
}

export interface RestoreResult {
  readonly databases: readonly string[];
  readonly documents: number;
  readonly operations: number;
  readonly warnings: readonly string[];
}

const loadLanes = 2;
/** As many index builds at once as a server takes from users by default. */
const indexLanes = 3;
/** From so many documents on, the indexes of a collection are built side by side; listed in any order then. */
const manyDocuments = 50_000;
const idIndex = '_id_';

/**
 * Carries out a plan into databases that do not exist yet: base documents verbatim, replay of the recorded oplog,
 * then indexes. When it fails or is aborted, the databases it made are dropped again.
 */
export async function restore(
  plan: RestorePlan,
  repository: RepositoryReader,
  target: RestoreTarget,
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const databases = [...new Set([...plan.collections, ...plan.views].map((c) => c.to.database))];
  await refuseExisting(target.catalogue, databases, signal);
  const made: string[] = [];
  try {
    for (const database of databases) {
      await options.onDatabase(database);
      made.push(database);
    }
    return await carryOut(plan, repository, target, options, databases, signal);
  } catch (error) {
    for (const database of made) await target.catalogue.dropDatabase(database).catch(() => undefined);
    throw error;
  }
}

async function carryOut(
  plan: RestorePlan,
  repository: RepositoryReader,
  target: RestoreTarget,
  options: RestoreOptions,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<RestoreResult> {
  const warnings = [...plan.warnings];
  await createAll(plan, target.catalogue, options, warnings, signal);
  const documents = await load(plan, repository, target.data, options, signal);
  const replayed = await replay(plan, repository, target.data, options.onProgress, signal);
  options.onProgress({ phase: 'indexes', namespace: undefined, documents: 0, total: undefined, bytes: 0 });
  const builds = plan.collections.flatMap((collection) => indexBuilds(collection, options, warnings));
  await inLanes(indexLanes, builds, signal, ({ ns, specs }, laneSignal) =>
    target.catalogue.createIndexes(ns, specs, laneSignal),
  );
  await target.data.settle(signal);
  return { databases, documents: documents + replayed.difference, operations: replayed.operations, warnings };
}

async function refuseExisting(
  catalogue: TargetCatalogue,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const existing = await catalogue.databases(signal);
  for (const database of databases) {
    const same = existing.find((name) => name.toLowerCase() === database.toLowerCase());
    if (same === undefined) continue;
    throw new BackupError('targetExists', `the target has a database ${same} already`, {
      hint: `Nothing was written. Restore under another name (--to or --map), or drop ${same} first.`,
    });
  }
}

async function createAll(
  plan: RestorePlan,
  catalogue: TargetCatalogue,
  options: RestoreOptions,
  warnings: string[],
  signal: AbortSignal,
): Promise<void> {
  const timeseries = new Set(
    plan.views.filter((v) => v.kind === 'timeseries').map((v) => formatNamespace(v.to)),
  );
  for (const { to, options: collectionOptions } of plan.collections) {
    const view = timeseriesOfBuckets(formatNamespace(to));
    if (view !== undefined && timeseries.has(view)) continue; // made with its view
    await catalogue.create(to, unexpiring(to, collectionOptions, options, warnings), signal);
  }
  for (const { to, options: viewOptions } of inOrderOfUse(plan.views)) {
    await catalogue.create(to, unexpiring(to, viewOptions, options, warnings), signal);
  }
}

/** Views on views come after what they look at; the server does not mind, yet a reader of the log does. */
function inOrderOfUse(views: RestorePlan['views']): RestorePlan['views'] {
  return [...views].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'timeseries' ? -1 : 1));
}

function unexpiring(
  to: Namespace,
  document: Uint8Array,
  options: RestoreOptions,
  warnings: string[],
): Uint8Array {
  if (!options.withoutExpiry || !findElement(document, 'expireAfterSeconds')) return document;
  warnings.push(`${formatNamespace(to)} does not expire documents in this preview`);
  return writeDocument(readElements(document).filter((e) => e.name !== 'expireAfterSeconds'));
}

async function load(
  plan: RestorePlan,
  repository: RepositoryReader,
  data: TargetData,
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<number> {
  const bases = plan.collections.filter((c) => c.base?.file !== undefined);
  const total = bases.reduce((sum, c) => sum + (c.base?.documents ?? 0), 0);
  let documents = 0;
  let bytes = 0;
  for (const collection of bases) {
    const capped = isTrue(findElement(collection.options, 'capped'));
    const fuzzy = collection.tolerantThrough > collection.after;
    const insert = async (batch: RawBatch, laneSignal: AbortSignal): Promise<void> => {
      const how = { ordered: capped, tolerateDuplicates: fuzzy };
      await data.insert(collection.to, batch, how, laneSignal);
      documents += batch.documents;
      bytes += batch.bytes.length;
      options.onProgress({
        phase: 'load',
        namespace: formatNamespace(collection.to),
        documents,
        total,
        bytes,
      });
    };
    const batches = repository.readCollection(plan.snapshot.id, collection.base?.file ?? '', signal);
    // A capped collection keeps the order of its inserts, so it gets one lane.
    await inLanesAsync(capped ? 1 : loadLanes, batches, signal, insert);
  }
  return documents;
}

/** {@link inLanes} over batches that come one by one; never more of them in memory than lanes. */
async function inLanesAsync<Item>(
  lanes: number,
  items: AsyncIterable<Item>,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    const one = work(item, either).catch((error: unknown) => {
      failure ??= { error };
      failed.abort();
    });
    running.add(one);
    void one.then(() => running.delete(one));
    if (running.size >= lanes) await Promise.race(running);
    if (failure) break;
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}

interface IndexBuild {
  readonly ns: Namespace;
  readonly specs: readonly Uint8Array[];
}

function indexBuilds(
  collection: PlannedCollection,
  options: RestoreOptions,
  warnings: string[],
): IndexBuild[] {
  const { to: ns, base } = collection;
  const specs = [...collection.indexes.values()]
    .filter((spec) => indexName(spec) !== idIndex)
    .map((spec) => {
      if (!options.withoutExpiry || !findElement(spec, 'expireAfterSeconds')) return spec;
      warnings.push(
        `the index ${indexName(spec) ?? ''} of ${formatNamespace(ns)} expires nothing in this preview`,
      );
      return writeDocument(readElements(spec).filter((e) => e.name !== 'expireAfterSeconds'));
    });
  if (specs.length === 0) return [];
  if ((base?.documents ?? 0) < manyDocuments) return [{ ns, specs }];
  return specs.map((spec) => ({ ns, specs: [spec] }));
}
