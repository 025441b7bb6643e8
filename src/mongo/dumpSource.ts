import { Binary, type ClientSession, type Document, type MongoClient, Timestamp } from 'mongodb';
import { INTERNAL_DATABASES } from '../core/catalogue';
import { findElement, splitDocuments } from '../core/rawDocument';
import { documentOf, stringOf } from '../core/rawValue';
import { say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { timeseriesDocument, viewDocument } from '../core/view';
import { BackupError, isAbort } from '../engine/errors';
import type {
  CollectionRead,
  DumpSource,
  ListedCollection,
  RawBatch,
  SourceDescription,
} from '../engine/ports';
import { readPosition } from './inspectSource';
import { LoadGuard } from './loadGuard';
import { type RawFind, readRaw } from './rawCursor';
import { explain, serverCode, serverCodes } from './serverErrors';

/** A batch aims at so many bytes: larger ones were slower, smaller ones cost more replies. */
const batchBytes = 4 << 20;
const mostDocuments = 50_000;
/** A rename or drop under the cursor, or a pinned time that the server no longer holds. */
const changedUnderRead: ReadonlySet<number> = new Set([
  serverCodes.snapshotUnavailable,
  serverCodes.snapshotTooOld,
  serverCodes.queryPlanKilled,
  serverCodes.namespaceNotFound,
  serverCodes.cursorNotFound,
  serverCodes.cappedPositionLost,
]);
/** Collections that are asked about at once. */
const listLanes = 8;

export interface DumpSourceOptions {
  /** Read slower while the source answers others late. */
  readonly guarded: boolean;
}

/** The data of the deployment the client reads from, collection by collection. */
export function dumpSource(
  client: MongoClient,
  description: SourceDescription,
  { guarded }: DumpSourceOptions = { guarded: true },
): DumpSource {
  const guard = guarded ? new LoadGuard(client) : undefined;
  return {
    describe: () => description,
    position: (signal) => readPosition(client, signal),
    list: (signal) => listCollections(client, signal),
    read: async (collection, at, signal) => {
      const read = await readCollection(client, collection, at, signal);
      if (!guard || read.kind === 'gone') return read;
      return { ...read, batches: guard.guarded(read.batches, signal) };
    },
  };
}

async function listCollections(client: MongoClient, signal: AbortSignal): Promise<ListedCollection[]> {
  try {
    const listed: ListedCollection[] = [];
    for (const name of await allDatabases(client)) {
      signal.throwIfAborted();
      listed.push(...(await listDatabase(client, name, signal)));
    }
    return listed;
  } catch (error) {
    throw isAbort(error) ? error : explain(error, say`listing what is to be read`);
  }
}

/** A user who may see only some databases is refused: what is left out would not be missed before it is restored. */
async function allDatabases(client: MongoClient): Promise<string[]> {
  const all = { listDatabases: 1, nameOnly: true, authorizedDatabases: false };
  const { databases } = (await client.db('admin').command(all)) as { databases: { name: string }[] };
  return databases.map(({ name }) => name).filter((name) => !INTERNAL_DATABASES.has(name));
}

async function listDatabase(
  client: MongoClient,
  database: string,
  signal: AbortSignal,
): Promise<ListedCollection[]> {
  const command = { listCollections: 1, filter: { type: 'collection' } };
  const entries = await readAll(client, database, command, signal);
  const listed: ListedCollection[] = [];
  for (let done = 0; done < entries.length; done += listLanes) {
    signal.throwIfAborted();
    const some = entries.slice(done, done + listLanes);
    const described = await Promise.all(some.map((entry) => describe(client, database, entry, signal)));
    listed.push(...described.filter((collection) => collection !== undefined));
  }
  return listed;
}

/** `undefined` of what is not backed up, or is gone. */
async function describe(
  client: MongoClient,
  database: string,
  entry: Uint8Array,
  signal: AbortSignal,
): Promise<ListedCollection | undefined> {
  const name = stringOf(findElement(entry, 'name'));
  const info = findElement(entry, 'info')?.value;
  const uuid = info && findElement(info, 'uuid')?.value;
  const options = findElement(entry, 'options')?.value;
  if (name === undefined || !uuid || !options || name === 'system.profile') return undefined;
  const hex = Buffer.from(uuid.subarray(5)).toString('hex');
  const indexes = await listIndexes(client, database, hex, signal);
  if (!indexes) return undefined;
  return { database, name, uuid: hex, options, indexes, ...(await sizeOf(database, name, client)) };
}

/** Specs of the indexes that are ready; `undefined` when the collection is gone. */
async function listIndexes(
  client: MongoClient,
  database: string,
  uuid: string,
  signal: AbortSignal,
): Promise<Uint8Array[] | undefined> {
  const byUuid = { listIndexes: uuidValue(uuid), includeBuildUUIDs: true, cursor: { batchSize: 10_000 } };
  try {
    const specs = await readAll(client, database, byUuid, signal);
    return specs.filter((spec) => !findElement(spec, 'buildUUID'));
  } catch (error) {
    if (serverCode(error) === serverCodes.namespaceNotFound) return undefined;
    throw error;
  }
}

async function readAll(
  client: MongoClient,
  database: string,
  command: Document,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const session = client.startSession({ causalConsistency: false });
  try {
    const documents: Uint8Array[] = [];
    for await (const batch of readRaw(
      { db: client.db(database), session, command, readAhead: false },
      signal,
    )) {
      documents.push(...splitDocuments(batch.bytes));
    }
    return documents;
  } finally {
    await session.endSession().catch(() => undefined);
  }
}

/** Estimates for progress only. */
async function sizeOf(
  database: string,
  name: string,
  client: MongoClient,
): Promise<{ documents: number; bytes: number }> {
  try {
    const stats = await client.db(database).command({ collStats: name });
    return { documents: Number(stats['count'] ?? 0), bytes: Number(stats['size'] ?? 0) };
  } catch {
    return { documents: 0, bytes: 0 }; // an estimate that cannot be had is not worth a failure
  }
}

async function readCollection(
  client: MongoClient,
  collection: ListedCollection,
  at: ClusterTime | undefined,
  signal: AbortSignal,
): Promise<CollectionRead> {
  if (at !== undefined) {
    const pinned = await open(client, collection, pinnedConcern(at), signal);
    if (typeof pinned !== 'string') return { kind: 'pinned', at, batches: pinned };
  }
  const fuzzy = await open(client, collection, { level: 'local' }, signal);
  if (fuzzy === 'changed') throw changed();
  if (fuzzy === 'forbidden')
    return { kind: 'fuzzy', batches: listedViews(client, collection.database, signal) };
  if (fuzzy !== 'gone') return { kind: 'fuzzy', batches: fuzzy };
  if (await isThere(client, collection, signal)) throw changed();
  return { kind: 'gone' };
}

/** Whether the database still has the collection, under whatever name. */
async function isThere(
  client: MongoClient,
  collection: ListedCollection,
  signal: AbortSignal,
): Promise<boolean> {
  const filter = { 'info.uuid': uuidValue(collection.uuid) };
  const command = { listCollections: 1, nameOnly: false, filter };
  return (await readAll(client, collection.database, command, signal)).length > 0;
}

function changed(cause?: unknown): BackupError {
  return new BackupError('sourceChanged', say`a collection changed while it was read`, {
    hint: say`Try again when it is not renamed all the time.`,
    cause,
  });
}

function pinnedConcern(at: ClusterTime): Document {
  return { level: 'snapshot', atClusterTime: new Timestamp(at) };
}

/** Opens the cursor, so that what the server refuses is known before any document is kept. */
async function open(
  client: MongoClient,
  collection: ListedCollection,
  readConcern: Document,
  signal: AbortSignal,
): Promise<AsyncIterable<RawBatch> | 'changed' | 'gone' | 'forbidden'> {
  const session = client.startSession({ causalConsistency: false });
  const find: RawFind = {
    db: client.db(collection.database),
    session,
    command: {
      find: uuidValue(collection.uuid),
      batchSize: batchSize(collection),
      noCursorTimeout: true,
      readConcern,
    },
    readAhead: true,
  };
  const batches = readRaw(find, signal);
  try {
    const first = await batches.next();
    return rest(first, batches, session);
  } catch (error) {
    await session.endSession().catch(() => undefined);
    if (serverCode(error) === serverCodes.namespaceNotFound) return 'gone';
    if (changedUnderRead.has(serverCode(error) ?? 0)) return 'changed';
    if (collection.name === 'system.views' && serverCode(error) === serverCodes.unauthorized)
      return 'forbidden';
    throw explain(error, say`reading ${collection.database}.${collection.name}`);
  }
}

/** The documents of `system.views`, which no built-in role may read, from what they make listCollections show. */
async function* listedViews(
  client: MongoClient,
  database: string,
  signal: AbortSignal,
): AsyncGenerator<RawBatch, void> {
  const command = { listCollections: 1, filter: { type: { $in: ['view', 'timeseries'] } } };
  for (const entry of await readAll(client, database, command, signal)) {
    const name = stringOf(findElement(entry, 'name'));
    const options = documentOf(findElement(entry, 'options'));
    if (name === undefined || !options) continue;
    const ns = `${database}.${name}`;
    const isView = stringOf(findElement(entry, 'type')) === 'view';
    const bytes = isView ? viewDocument(ns, options) : timeseriesDocument(ns, options);
    yield { bytes, documents: 1 };
  }
}

async function* rest(
  first: IteratorResult<RawBatch, void>,
  batches: AsyncGenerator<RawBatch, void>,
  session: ClientSession,
): AsyncGenerator<RawBatch, void> {
  try {
    if (first.done) return;
    yield first.value;
    yield* batches;
  } catch (error) {
    if (isAbort(error)) throw error;
    if (!changedUnderRead.has(serverCode(error) ?? 0)) throw explain(error, say`reading a collection`);
    throw changed(error);
  } finally {
    await batches.return();
    await session.endSession().catch(() => undefined);
  }
}

/**
 * By the average size of a document, which may be wrong: the server cuts at 16 MB in any case. It is unknown where the
 * collection was renamed while it was listed: it may be again, so as few replies as can be serve best.
 */
function batchSize({ documents, bytes }: ListedCollection): number {
  if (documents === 0 || bytes === 0) return mostDocuments;
  return Math.min(mostDocuments, Math.max(100, Math.ceil((batchBytes * documents) / bytes)));
}

function uuidValue(hex: string): Binary {
  return new Binary(Buffer.from(hex, 'hex'), Binary.SUBTYPE_UUID);
}
