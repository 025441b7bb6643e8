import { type NamespaceFilter, matchesAny } from '../core/namespace';
import { say } from '../core/say';
import type { LineageStart } from '../core/segment';
import { type SnapshotCollection, snapshotId, type SnapshotManifest } from '../core/snapshot';
import type { ClusterTime } from '../core/time';
import { BackupError } from './errors';
import { inLanes } from './lanes';
import { pause } from './pause';
import type { CollectionRead, DumpSource, ListedCollection, SnapshotStore, SnapshotWriter } from './ports';

/** The recording that a snapshot leans on: without the oplog while it was read, it means nothing. */
export interface Recording {
  readonly lineage: LineageStart;
  /** Resolves once everything through `time` is durable in that lineage; rejects when it breaks off. */
  waitFor(time: ClusterTime, signal: AbortSignal): Promise<void>;
}

export interface TakeSnapshotOptions {
  readonly scope: readonly NamespaceFilter[];
  /** Databases to leave out: previews of ours. */
  readonly without: ReadonlySet<string>;
  /** Read at one cluster time where the server can; otherwise while data changes. */
  readonly pinned: boolean;
  readonly now: () => number;
  readonly onProgress: (facts: {
    namespace: string;
    documents: number;
    total: number;
    bytes: number;
  }) => void;
}

interface Dump {
  readonly source: DumpSource;
  readonly writer: SnapshotWriter;
  readonly options: TakeSnapshotOptions;
}

const readLanes = 2;
/** A collection below this costs its source and the disk more waiting than work. */
const smallBytes = 1 << 20;
const smallLanes = 6;
/** Of a collection that is renamed under the cursor, or a capped one that is overrun. */
const readAttempts = 40;

/**
 * Copies all collections by UUID while the source goes on, and makes the snapshot exist once the oplog that makes it
 * consistent is durable. Leaves nothing behind when it fails or is aborted.
 */
export async function takeSnapshot(
  source: DumpSource,
  recording: Recording,
  store: SnapshotStore,
  options: TakeSnapshotOptions,
  signal: AbortSignal,
): Promise<SnapshotManifest> {
  const before = await positionSince(recording.lineage.start, source, signal);
  const listed = (await source.list(signal)).filter(
    (c) => !options.without.has(c.database) && isWanted(c, options.scope),
  );
  if (listed.length === 0 && options.scope.length > 0) {
    throw new BackupError('notFound', say`none of the namespaces asked for exists`, {
      hint: say`Check the spelling: a database, or database.collection; case matters.`,
    });
  }
  const at = await committedSince(source, signal);
  const id = snapshotId(options.now(), at);
  const writer = await store.begin(id, { lineage: recording.lineage.id, start: before.committed });
  try {
    const dump: Dump = { source, writer, options };
    const progress = totals(listed, options);
    const collections: SnapshotCollection[] = [];
    const read = async (collection: ListedCollection, laneSignal: AbortSignal): Promise<void> => {
      collections.push(await copy(dump, collection, at, progress, laneSignal));
    };
    const sorted = bySize(listed);
    const firstSmall = sorted.findIndex(({ bytes }) => bytes < smallBytes);
    const large = firstSmall === -1 ? sorted.length : firstSmall;
    await inLanes(readLanes, sorted.slice(0, large), signal, read);
    await inLanes(smallLanes, sorted.slice(large), signal, read);
    const consistentAt = collections.reduce(
      (latest, c) => (c.consistentAt > latest ? c.consistentAt : latest),
      at,
    );
    await recording.waitFor(consistentAt, signal);
    const { version, featureCompatibilityVersion } = source.describe();
    const manifest: SnapshotManifest = {
      id,
      lineage: recording.lineage.id,
      start: before.committed,
      consistentAt,
      takenAtMs: options.now(),
      serverVersion: version,
      featureCompatibilityVersion,
      scope: options.scope,
      collections: inListedOrder(listed, collections),
    };
    signal.throwIfAborted();
    await writer.commit(manifest);
    return manifest;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function copy(
  { source, writer, options }: Dump,
  collection: ListedCollection,
  at: ClusterTime,
  onProgress: (collection: ListedCollection, documents: number, bytes: number) => void,
  signal: AbortSignal,
): Promise<SnapshotCollection> {
  const { database, name, uuid, options: collectionOptions, indexes } = collection;
  const facts = { database, name, uuid, options: collectionOptions, indexes };
  for (let attempt = 0; ; attempt++) {
    const start = attempt === 0 ? at : (await source.position(signal)).committed;
    // A read that the server could not hold at one time would not be held at a later one either.
    const pinAt = attempt === 0 && options.pinned && source.describe().canPin ? start : undefined;
    try {
      const read: CollectionRead = await source.read(collection, pinAt, signal);
      if (read.kind === 'gone') {
        return { ...facts, ...nothing, start, consistentAt: await committedSince(source, signal) };
      }
      const written = await writer.write(
        collection,
        read.batches,
        (documents, bytes) => {
          onProgress(collection, documents, bytes);
        },
        signal,
      );
      const consistentAt = read.kind === 'pinned' ? read.at : await committedSince(source, signal);
      return { ...facts, ...written, start, consistentAt };
    } catch (error) {
      const again = error instanceof BackupError && error.code === 'sourceChanged' && attempt < readAttempts;
      if (!again) throw error;
      await pause(Math.min(attempt * 10, 250), signal);
    }
  }
}

/** Of a collection that was gone before it could be read. */
const nothing = {
  parts: [],
  documents: 0,
  bytes: 0,
  storedBytes: 0,
  metadataFile: undefined,
  metadataSha256: '',
};

/** The member that is read may be a little behind the one that is recorded. */
async function positionSince(
  start: ClusterTime,
  source: DumpSource,
  signal: AbortSignal,
): Promise<{ readonly committed: ClusterTime }> {
  for (;;) {
    signal.throwIfAborted();
    const position = await source.position(signal);
    if (position.committed >= start) return position;
    await pause(20, signal);
  }
}

/** A committed time at which everything seen so far had happened. */
async function committedSince(source: DumpSource, signal: AbortSignal): Promise<ClusterTime> {
  const { newest } = await source.position(signal);
  for (;;) {
    signal.throwIfAborted();
    const { committed } = await source.position(signal);
    if (committed >= newest) return committed;
    await pause(20, signal);
  }
}

/** The definitions of views go with anything of their database, since one may be what was asked for. */
function isWanted({ database, name }: ListedCollection, scope: readonly NamespaceFilter[]): boolean {
  if (name === 'system.views' && scope.some((f) => f.database === database)) return true;
  return matchesAny(scope, { database, collection: baseName(name) });
}

/** A time-series collection is asked for by the name of its view. */
function baseName(name: string): string {
  return name.startsWith('system.buckets.') ? name.slice('system.buckets.'.length) : name;
}

/** Largest first, so that the lanes end together. */
function bySize(listed: readonly ListedCollection[]): ListedCollection[] {
  return [...listed].sort((a, b) => b.bytes - a.bytes);
}

function inListedOrder(
  listed: readonly ListedCollection[],
  collections: readonly SnapshotCollection[],
): SnapshotCollection[] {
  const order = new Map(listed.map((c, index) => [c.uuid, index]));
  return [...collections].sort((a, b) => (order.get(a.uuid) ?? 0) - (order.get(b.uuid) ?? 0));
}

function totals(
  listed: readonly ListedCollection[],
  options: TakeSnapshotOptions,
): (collection: ListedCollection, documents: number, bytes: number) => void {
  const total = listed.reduce((sum, c) => sum + c.documents, 0);
  const done = new Map<string, { documents: number; bytes: number }>();
  return (collection, documents, bytes) => {
    done.set(collection.uuid, { documents, bytes });
    let sum = 0;
    let sumBytes = 0;
    for (const d of done.values()) {
      sum += d.documents;
      sumBytes += d.bytes;
    }
    options.onProgress({
      namespace: `${collection.database}.${collection.name}`,
      documents: sum,
      total,
      bytes: sumBytes,
    });
  };
}
