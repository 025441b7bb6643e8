import { indexForBuckets } from '../core/bucketIndex';
import { INTERNAL_DATABASES } from '../core/catalogue';
import { findElement, writeDocument } from '../core/rawDocument';
import { documentElement, documentOf, int32Element, stringElement } from '../core/rawValue';
import { type Said, say } from '../core/say';
import type { SnapshotCollection, SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, justBefore } from '../core/time';
import { bucketsOfTimeseries, timeseriesDocument, viewDocument } from '../core/view';
import { BackupError } from './errors';
import { Handoff } from './handoff';
import { importedEntry } from './importedEntry';
import type {
  DumpDescription,
  DumpedCollection,
  DumpPiece,
  DumpReader,
  ImportedLineageWriter,
  ListedCollection,
  RawBatch,
  SnapshotStore,
  SnapshotWriter,
  WrittenCollection,
} from './ports';

export interface ImportOptions {
  readonly nowMs: number;
  /** A time that nothing in the repository has, for a dump that says none. */
  readonly at: ClusterTime;
  /** A new UUID, as 32 hex digits. */
  readonly newUuid: () => string;
  readonly onProgress: (facts: { namespace: string; documents: number; bytes: number }) => void;
}

export interface Imported {
  readonly manifest: SnapshotManifest;
  readonly warnings: readonly Said[];
}

/**
 * Makes a snapshot of a dump, in a lineage of its own: restorable at the end of the dump's oplog, or at one time where
 * it has none. Leaves nothing behind when it fails.
 */
export async function importDump(
  dump: DumpReader,
  store: SnapshotStore,
  lineage: ImportedLineageWriter,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<Imported> {
  const description = await dump.describe(signal);
  const warnings: Said[] = [];
  const listed = listedCollections(description, options, warnings);
  const id = `${new Date(options.nowMs).toISOString().replace(/[-:]|\.\d+/g, '')}-import-${lineage.id}`;
  const writer = await store.begin(id, { lineage: lineage.id, start: options.at });
  try {
    const { written, entries } = await copy(dump, listed, writer, lineage, options, signal);
    if (entries === 0) await lineage.append(importedEntry(options.at, options.nowMs));
    const views = await writeViews(description, writer, options, signal);
    const { start, through } = await lineage.finish(options.nowMs);
    const window = { start: entries === 0 ? through : justBefore(start), consistentAt: through };
    const manifest: SnapshotManifest = {
      id,
      lineage: lineage.id,
      ...window,
      takenAtMs: options.nowMs,
      serverVersion: description.serverVersion ?? oldestServer,
      featureCompatibilityVersion: undefined,
      scope: [],
      collections: [...written, ...views].map((c): SnapshotCollection => ({ ...c, ...window })),
    };
    await writer.commit(manifest);
    return { manifest, warnings };
  } catch (error) {
    await writer.discard();
    await lineage.discard();
    throw error;
  }
}

/** What a dump without a version is taken for: every later server takes its data. */
const oldestServer = '4.4.0';
const noBytes: RawBatch = { bytes: new Uint8Array(0), documents: 0 };
type Written = Omit<SnapshotCollection, 'start' | 'consistentAt'>;

async function copy(
  dump: DumpReader,
  listed: ReadonlyMap<string, ListedCollection>,
  writer: SnapshotWriter,
  lineage: ImportedLineageWriter,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<{ written: Written[]; entries: number }> {
  const open = new Map<string, { handoff: Handoff<RawBatch>; done: Promise<WrittenCollection> }>();
  const written = new Map<string, Written>();
  let entries = 0;
  let documents = 0;
  let bytes = 0;
  const begin = (
    collection: ListedCollection,
  ): { handoff: Handoff<RawBatch>; done: Promise<WrittenCollection> } => {
    const handoff = new Handoff<RawBatch>();
    const done = writer.write(collection, handoff, () => undefined, signal);
    done.catch((error: unknown) => {
      handoff.fail(error);
    });
    return { handoff, done };
  };
  const finish = async (ns: string, collection: ListedCollection): Promise<void> => {
    const { handoff, done } = open.get(ns) ?? begin(collection);
    handoff.end();
    written.set(ns, { ...factsOf(collection), ...(await done) });
    open.delete(ns);
  };
  try {
    for await (const piece of dump.pieces(signal)) {
      signal.throwIfAborted();
      const { batch } = piece;
      if (piece.database === '') {
        if (batch) await lineage.append(batch);
        entries += batch?.documents ?? 0;
        continue;
      }
      const ns = namespaceOf(piece);
      const collection = listed.get(ns);
      if (!collection) continue;
      if (!batch) {
        await finish(ns, collection);
        continue;
      }
      let one = open.get(ns);
      if (!one) open.set(ns, (one = begin(collection)));
      await one.handoff.give(batch);
      documents += batch.documents;
      bytes += batch.bytes.length;
      options.onProgress({ namespace: ns, documents, bytes });
    }
    for (const [ns, collection] of listed) if (!written.has(ns)) await finish(ns, collection);
  } finally {
    for (const { handoff, done } of open.values()) {
      handoff.fail(new BackupError('cancelled', say`the import ended`));
      await done.catch(() => undefined); // the first failure is thrown already
    }
  }
  return { written: [...written.values()], entries };
}

function namespaceOf({ database, collection }: DumpPiece): string {
  return `${database}.${collection}`;
}

function factsOf({
  database,
  name,
  uuid,
  options,
  indexes,
}: ListedCollection): Pick<SnapshotCollection, 'database' | 'name' | 'uuid' | 'options' | 'indexes'> {
  return { database, name, uuid, options, indexes };
}

/** The collections that hold documents, by namespace. */
function listedCollections(
  { collections }: DumpDescription,
  { newUuid }: ImportOptions,
  warnings: Said[],
): Map<string, ListedCollection> {
  const listed = new Map<string, ListedCollection>();
  const skipped = new Set<string>();
  for (const collection of collections) {
    const { database, name, type, options } = collection;
    if (INTERNAL_DATABASES.has(database) || name.startsWith('$admin.') || name === 'system.profile') {
      skipped.add(`${database}.${name}`);
      continue;
    }
    if (type === 'view') continue;
    const ns = type === 'timeseries' ? bucketsOfTimeseries(`${database}.${name}`) : `${database}.${name}`;
    listed.set(ns, {
      database,
      name: ns.slice(database.length + 1),
      uuid: (type === 'timeseries' ? undefined : collection.uuid) ?? newUuid(),
      options,
      indexes: indexesOf(collection),
      documents: 0,
      bytes: 0,
    });
  }
  if (skipped.size > 0)
    warnings.push(say`not taken in, since the server keeps them for itself: ${[...skipped].join(', ')}`);
  return listed;
}

function indexesOf({ type, indexes, options }: DumpedCollection): readonly Uint8Array[] {
  if (type !== 'timeseries')
    return indexes.length > 0 || findElement(options, 'clusteredIndex') ? indexes : [idIndex()];
  const timeseries = documentOf(findElement(options, 'timeseries')) ?? writeDocument([]);
  return indexes.map((spec) => indexForBuckets(spec, timeseries));
}

function idIndex(): Uint8Array {
  const key = documentElement('key', writeDocument([int32Element('_id', 1)]));
  return writeDocument([int32Element('v', 2), key, stringElement('name', '_id_')]);
}

/** Views live in a collection of their database, which dumps leave out. */
async function writeViews(
  { collections }: DumpDescription,
  writer: SnapshotWriter,
  { newUuid }: ImportOptions,
  signal: AbortSignal,
): Promise<Written[]> {
  const byDatabase = new Map<string, Uint8Array[]>();
  for (const { database, name, type, options } of collections) {
    if (type === 'collection' || INTERNAL_DATABASES.has(database)) continue;
    const ns = `${database}.${name}`;
    const document = type === 'view' ? viewDocument(ns, options) : timeseriesDocument(ns, options);
    byDatabase.set(database, [...(byDatabase.get(database) ?? []), document]);
  }
  const written: Written[] = [];
  for (const [database, documents] of byDatabase) {
    const facts = {
      database,
      name: 'system.views',
      uuid: newUuid(),
      options: writeDocument([]),
      indexes: [idIndex()],
    };
    const bytes = documents.reduce((all, document) => concatenated(all, document), noBytes.bytes);
    const batch = { bytes, documents: documents.length };
    const batches = Handoff.of(batch);
    const file = await writer.write({ ...facts, documents: 0, bytes: 0 }, batches, () => undefined, signal);
    written.push({ ...facts, ...file });
  }
  return written;
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a, 0);
  bytes.set(b, a.length);
  return bytes;
}
