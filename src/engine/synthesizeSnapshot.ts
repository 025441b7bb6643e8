import type { Catalogue, Collection } from '../core/catalogue';
import { databaseOf } from '../core/catalogueCommand';
import { cappedLimits } from '../core/collectionOptions';
import { FoldedOperations } from '../core/fold';
import { keyHash, KeySet } from '../core/frameKeys';
import { segmentsFor } from '../core/restorePlan';
import { say } from '../core/say';
import type { Segment } from '../core/segment';
import { type SnapshotCollection, snapshotId, type SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { changedBatch } from './changedBatch';
import { joined } from './documentsAt';
import { BackupError } from './errors';
import { addToFold } from './foldedDocuments';
import type {
  RawBatch,
  RepositoryReader,
  SnapshotStore,
  SnapshotWriter,
  StoredFrame,
  StoredFrames,
  StoredPart,
} from './ports';
import { readOperations } from './readOperations';
import { type Beginning, beginningsOf, catalogueAt } from './restorePlan';

export interface SynthesizeRequest {
  readonly base: SnapshotManifest;
  /** An unbroken run that the base leans on and that reaches the target. */
  readonly run: readonly Segment[];
  readonly target: ClusterTime;
  /** Databases to leave out: previews of ours. */
  readonly without: ReadonlySet<string>;
  readonly nowMs: number;
  /** Oplog held in memory at once; more of it is taken in several steps. */
  readonly budgetBytes: number;
}

export interface SynthesizePorts {
  readonly repository: RepositoryReader;
  readonly frames: StoredFrames;
  readonly store: SnapshotStore;
}

/**
 * Makes a base from the last one and what was recorded since, without the server. Parts in which nothing changed are
 * shared with the last one, frames copied as they are. Leaves nothing behind when it fails; throws `damaged` where an operation finds no document.
 */
export async function synthesizeSnapshot(
  ports: SynthesizePorts,
  request: SynthesizeRequest,
  onProgress: (facts: { namespace: string; documents: number; bytes: number }) => void,
  signal: AbortSignal,
): Promise<SnapshotManifest> {
  let { base } = request;
  let last: SnapshotWriter | undefined;
  const steps = stepsOf(request);
  for (const [index, target] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const id = snapshotId(request.nowMs, target, isLast ? undefined : 'step');
    const writer = await ports.store.begin(id, { lineage: base.lineage, start: request.base.start });
    try {
      const manifest = await fold(ports, { ...request, base, target }, id, writer, onProgress, signal);
      signal.throwIfAborted();
      if (isLast) await writer.commit(manifest);
      base = manifest;
    } catch (error) {
      await writer.discard();
      throw error;
    } finally {
      await last?.discard();
      last = isLast ? undefined : writer;
    }
  }
  return base;
}

/** Whether the log says all that happened: before 5.0, capped collections drop documents without a word. */
export function canSynthesize({ serverVersion, collections }: SnapshotManifest): boolean {
  if (Number.parseInt(serverVersion, 10) >= 5) return true;
  return !collections.some((c) => cappedLimits(c.options));
}

/** Ends of segments, so that the oplog between two of them fits the budget; the last one is the target. */
function stepsOf({ base, run, target, budgetBytes }: SynthesizeRequest): ClusterTime[] {
  const steps: ClusterTime[] = [];
  let bytes = 0;
  for (const segment of run) {
    if (segment.through <= base.start || segment.after >= target) continue;
    // The first step must reach to where the base is consistent: before it, operations may find nothing.
    if (bytes + segment.bytes > budgetBytes && segment.after >= base.consistentAt) {
      steps.push(segment.after);
      bytes = 0;
    }
    bytes += segment.bytes;
  }
  return [...steps.filter((s) => s > base.start && s < target), target];
}

async function fold(
  { repository, frames }: SynthesizePorts,
  { base, run, target, without, nowMs }: SynthesizeRequest,
  id: string,
  writer: SnapshotWriter,
  onProgress: (facts: { namespace: string; documents: number; bytes: number }) => void,
  signal: AbortSignal,
): Promise<SnapshotManifest> {
  const segments = segmentsFor(run, base.start, target);
  const catalogue = await catalogueAt(repository, base, segments, target, signal);
  const beginnings = beginningsOf(base, catalogue);
  const operations = await foldAll(repository, { base, segments, target, catalogue, beginnings }, signal);
  const collections: SnapshotCollection[] = [];
  for (const collection of catalogue.collections.values()) {
    const database = databaseOf(collection.ns);
    if (without.has(database)) continue;
    const name = collection.ns.slice(database.length + 1);
    const { uuid, options } = collection;
    const indexes = [...collection.indexes.values()];
    const beginning = beginnings.get(uuid);
    const source = beginning?.base;
    const folded = operations.get(uuid) ?? new FoldedOperations();
    const items = folds(frames, base.id, source, folded, signal);
    const listed = { database, name, uuid, options, indexes, documents: source?.documents ?? 0, bytes: 0 };
    const report = (documents: number, bytes: number): void => {
      onProgress({ namespace: collection.ns, documents, bytes });
    };
    const written = await writer.write(listed, items, report, signal);
    refuseMissing(folded, collection.ns, beginning?.tolerantThrough ?? target);
    collections.push({
      database,
      name,
      uuid,
      options,
      indexes,
      ...written,
      start: target,
      consistentAt: target,
    });
  }
  const { serverVersion, featureCompatibilityVersion, lineage, scope } = base;
  const facts = { serverVersion, featureCompatibilityVersion, lineage, scope, collections };
  return {
    ...facts,
    id,
    start: target,
    consistentAt: target,
    takenAtMs: nowMs,
    madeFrom: base.madeFrom ?? base.id,
  };
}

function refuseMissing(folded: FoldedOperations, ns: string, consistentAt: ClusterTime): void {
  const damage = folded.missing().find((m) => m.ts > consistentAt);
  if (!damage) return;
  throw new BackupError(
    'damaged',
    say`an operation of ${ns} at ${formatClusterTime(damage.ts)} found no document: the recording or the snapshot is damaged`,
    { hint: say`Verify the repository.` },
  );
}

interface FoldRequest {
  readonly base: SnapshotManifest;
  readonly segments: readonly Segment[];
  readonly target: ClusterTime;
  readonly catalogue: Catalogue;
  readonly beginnings: ReadonlyMap<string, Beginning>;
}

/** The operations of all collections that are there at the target, in one pass over the log. */
async function foldAll(
  repository: RepositoryReader,
  { base, segments, target, catalogue, beginnings }: FoldRequest,
  signal: AbortSignal,
): Promise<Map<string, FoldedOperations>> {
  const folded = new Map<string, FoldedOperations>();
  const first = base.collections.reduce((least, c) => (c.start < least ? c.start : least), base.start);
  for await (const operations of readOperations(repository, segments, first, target, signal)) {
    for (const operation of operations) {
      const { ui, ts } = operation;
      const collection = ui === undefined ? undefined : catalogue.collections.get(ui);
      const beginning = ui === undefined ? undefined : beginnings.get(ui);
      if (!collection || !beginning || ts <= beginning.after) continue;
      let one = folded.get(collection.uuid);
      if (!one) {
        one = new FoldedOperations(beginning.tolerantThrough);
        folded.set(collection.uuid, one);
      }
      addToFold(one, operation);
      if (one.trimsUntold && cappedLimits(collection.options)) throw notLogged(collection);
    }
  }
  return folded;
}

function notLogged({ ns }: Collection): BackupError {
  return new BackupError(
    'unsupportedVersion',
    say`the log does not say what the capped collection ${ns} trimmed`,
  );
}

/** A collection as the operations leave it: untouched parts and frames as they are stored, then what was inserted. */
async function* folds(
  frames: StoredFrames,
  snapshot: string,
  source: SnapshotCollection | undefined,
  folded: FoldedOperations,
  signal: AbortSignal,
): AsyncGenerator<RawBatch | StoredFrame | StoredPart, void> {
  const touched = new KeySet([...folded.keys()].map(keyHash));
  const isUntouched = (keys: Uint32Array): boolean => !folded.wasEmptied && !touched.hasAny(keys);
  for (const part of source?.parts ?? []) {
    const stored = { snapshot, part };
    const keys = await frames.keys(stored);
    // The last one grows, so that there are never many small ones.
    const grows = part === source?.parts.at(-1) && part.storedBytes < fullPartBytes && !folded.isEmpty;
    const isKnown = keys !== undefined || part.keysFile === undefined;
    if (!grows && isKnown && (folded.isEmpty || keys?.every(isUntouched))) {
      yield stored;
      continue;
    }
    for await (const frame of frames.read(stored, keys, signal)) {
      const own = folded.wasEmptied ? undefined : frame.keys;
      if (folded.isEmpty || (own && isUntouched(own))) {
        yield frame;
        continue;
      }
      const mayChange = (index: number): boolean => !own || touched.has(own[index] as number);
      yield changedBatch(await frame.unpack(), mayChange, (document) => folded.apply(document));
    }
  }
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for (const document of folded.inserted()) {
    pending.push(document);
    bytes += document.length;
    if (bytes < insertedBytes) continue;
    yield joined(pending, bytes);
    pending = [];
    bytes = 0;
  }
  yield joined(pending, bytes);
}

const insertedBytes = 3 << 20;
/** From here on a last part is left alone. */
const fullPartBytes = 8 << 20;

/** Whether a failure is of the repository or of what the log can tell, so that the source has to be read again. */
export function needsSource(error: unknown): boolean {
  const codes: readonly string[] = ['damaged', 'unknownEntry', 'unsupportedVersion', 'gap'];
  return error instanceof BackupError && codes.includes(error.code);
}
