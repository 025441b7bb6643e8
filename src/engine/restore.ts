import { logsTrimming } from '../core/capped';
import { isTemporary, permanent } from '../core/collectionOptions';
import type { FoldedOperations } from '../core/fold';
import { indexListingOf, indexName } from '../core/indexSpec';
import { indexSteps } from '../core/indexSteps';
import { formatNamespace, type Namespace } from '../core/namespace';
import { findElement, readElements, writeDocument } from '../core/rawDocument';
import { documentElement } from '../core/rawValue';
import { type Said, say } from '../core/say';
import { timeseriesOfBuckets } from '../core/view';
import { BackupError } from './errors';
import { foldFor, trimsUntold } from './foldedDocuments';
import { inLanes } from './lanes';
import { isCapped, loadBases, writeFolded } from './loadDocuments';
import { OperationApplier } from './operationApplier';
import type { RepositoryReader, TargetCatalogue, TargetData } from './ports';
import type { FillOptions, RestoreTarget, Restoring } from './restoring';
import { replay } from './replay';
import type { PlannedCollection, RestorePlan } from './restorePlan';

export interface RestoreOptions extends FillOptions {
  /** Told before the first write into each database. */
  readonly onDatabase: (database: string) => Promise<void>;
}

export interface RestoreResult {
  readonly databases: readonly string[];
  readonly documents: number;
  readonly operations: number;
  readonly warnings: readonly Said[];
}

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

/** Fills the plan's namespaces, which do not exist yet. What it made when it fails is the caller's to drop. */
export async function carryOut(
  plan: RestorePlan,
  repository: RepositoryReader,
  target: RestoreTarget,
  options: FillOptions,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<RestoreResult> {
  const restoring: Restoring = { plan, repository, target, options };
  const warnings = [...plan.warnings];
  await createAll(restoring, warnings, signal);
  const folds = await chooseFolds(plan, target.data, signal);
  await loadBases(restoring, (collection) => !folds.has(collection), signal);
  const replayed = await replayInto(restoring, folds, signal);
  warnings.push(...replayed.warnings);
  for (const [collection, folded] of folds) {
    await writeFolded(restoring, collection, folded, signal);
    if (logsTrimming(plan.snapshot.serverVersion) && trimsUntold({ plan, collection, folded })) {
      warnings.push(
        say`MongoDB does not log what a capped collection trims for applyOps: the oldest documents of ${formatNamespace(collection.to)} may be some that it had given up already`,
      );
    }
  }
  options.onProgress({
    phase: 'indexes',
    namespace: undefined,
    documents: 0,
    total: undefined,
    bytes: 0,
  });
  const steps = plan.collections.map((collection) => indexStepsOf(collection, restoring, warnings));
  const builds = steps.flatMap(({ builds: some }) => some);
  await inLanes(indexLanes, builds, signal, ({ ns, specs }, laneSignal) =>
    target.catalogue.createIndexes(ns, specs, laneSignal),
  );
  for (const { ns, changes } of steps) {
    for (const change of changes) await target.catalogue.modify(ns, change, signal);
  }
  await target.data.settle(signal);
  let documents = 0;
  for (const { to } of plan.collections) documents += await target.data.count(to, { exact: false }, signal);
  return { databases, documents, operations: replayed.operations, warnings };
}

/**
 * Capped collections are folded, since their documents must come in their order and no more than once; and so is
 * everything where the user has no right to apply operations.
 */
async function chooseFolds(
  plan: RestorePlan,
  data: TargetData,
  signal: AbortSignal,
): Promise<ReadonlyMap<PlannedCollection, FoldedOperations>> {
  const plain = plan.collections.filter((c) => !isCapped(c));
  const mayApply = await data.mayApply(
    plain.filter((c) => c.operations > 0).map((c) => c.to),
    signal,
  );
  const folded = plan.collections.filter((c) => isCapped(c) || !mayApply);
  return new Map(folded.map((c) => [c, foldFor(c)]));
}

async function replayInto(
  { plan, repository, target, options }: Restoring,
  folds: ReadonlyMap<PlannedCollection, FoldedOperations>,
  signal: AbortSignal,
): ReturnType<typeof replay> {
  const total = plan.collections.reduce((sum, c) => sum + c.operations, 0);
  let documents = 0;
  const onApplied = (applied: number): void => {
    documents += applied;
    options.onProgress({ phase: 'replay', namespace: undefined, documents, total, bytes: 0 });
  };
  const applier = new OperationApplier(target.data, onApplied, signal);
  return replay(plan, repository, { folds, applier }, signal);
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
    throw new BackupError('targetExists', say`the target has a database ${same} already`, {
      hint: say`Nothing was written. Restore under another name, or drop ${same} first.`,
    });
  }
}

async function createAll(
  { plan, target: { catalogue }, options }: Restoring,
  warnings: Said[],
  signal: AbortSignal,
): Promise<void> {
  const timeseries = new Set(
    plan.views.filter((v) => v.kind === 'timeseries').map((v) => formatNamespace(v.to)),
  );
  for (const collection of plan.collections) {
    const { to, options: collectionOptions, indexes } = collection;
    const view = timeseriesOfBuckets(formatNamespace(to));
    if (view !== undefined && timeseries.has(view)) continue; // made with its view
    if (isCapped(collection)) continue; // made when its documents are known
    const ofId = indexes.get(idIndex);
    const wanted = unexpiring(to, collectionOptions, options, warnings);
    try {
      await catalogue.create(to, wanted, ofId, signal);
    } catch (error) {
      if (!isTemporary(wanted) || !(error instanceof BackupError && error.code === 'unauthorized'))
        throw error;
      warnings.push(
        say`${formatNamespace(to)} was temporary, which only a user with the right to applyOps can make`,
      );
      await catalogue.create(to, permanent(wanted), ofId, signal);
    }
  }
  for (const { to, options: viewOptions } of inOrderOfUse(plan.views)) {
    await catalogue.create(to, unexpiring(to, viewOptions, options, warnings), undefined, signal);
  }
}

/** Views on views come after what they look at; the server does not mind, yet a reader of the log does. */
function inOrderOfUse(views: RestorePlan['views']): RestorePlan['views'] {
  return [...views].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === 'timeseries' ? -1 : 1));
}

function unexpiring(to: Namespace, document: Uint8Array, options: FillOptions, warnings: Said[]): Uint8Array {
  if (!options.withoutExpiry || !findElement(document, 'expireAfterSeconds')) return document;
  warnings.push(say`${formatNamespace(to)} does not expire documents in this preview`);
  return withoutExpiry(document);
}

interface CollectionIndexSteps {
  readonly ns: Namespace;
  readonly builds: readonly { readonly ns: Namespace; readonly specs: readonly Uint8Array[] }[];
  /** Fields of a collMod each. */
  readonly changes: readonly Uint8Array[];
}

function indexStepsOf(
  { to: ns, indexes, base, options: collectionOptions }: PlannedCollection,
  { plan, options }: Restoring,
  warnings: Said[],
): CollectionIndexSteps {
  const specs = [...indexes.values()].filter((spec) => indexName(spec) !== idIndex);
  if (specs.length === 0) return { ns, builds: [], changes: [] };
  const kept = specs.map((spec) => {
    if (!options.withoutExpiry || !findElement(spec, 'expireAfterSeconds')) return spec;
    warnings.push(
      say`the index ${indexName(spec) ?? ''} of ${formatNamespace(ns)} expires nothing in this preview`,
    );
    return withoutExpiry(spec);
  });
  const { built, changes } = indexSteps(kept, collectionOptions, indexListingOf(plan.snapshot.serverVersion));
  const sideBySide = (base?.documents ?? 0) >= manyDocuments;
  return {
    ns,
    builds: sideBySide ? built.map((spec) => ({ ns, specs: [spec] })) : [{ ns, specs: built }],
    changes: changes.map((change) => writeDocument([documentElement('index', change)])),
  };
}

function withoutExpiry(document: Uint8Array): Uint8Array {
  return writeDocument(readElements(document).filter((e) => e.name !== 'expireAfterSeconds'));
}
