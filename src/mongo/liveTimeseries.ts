import type { ClientSession, Document, MongoClient } from 'mongodb';
import { indexName } from '../core/indexSpec';
import { indexSteps } from '../core/indexSteps';
import { formatNamespace, type Namespace } from '../core/namespace';
import { optionsBack } from '../core/optionsBack';
import {
  BsonType,
  equalBytes,
  findElement,
  type RawElement,
  splitDocuments,
  writeDocument,
} from '../core/rawDocument';
import { documentElement, documentOf, int32Element } from '../core/rawValue';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { LiveTimeseries, TimeseriesSwap } from '../engine/portsLive';
import { inOneTransaction, type Tally } from './inOneTransaction';
import { inStep } from './inStep';
import { listIndexes } from './liveIndexes';
import { documentSequence, rawArray, rawFields, RawValue } from './rawCommand';
import { readRaw } from './rawCursor';
import { explained, serverCode } from './serverErrors';
import { checkWriteErrors } from './writeErrors';

/** Bounds of one write command. */
const commandDocuments = 1000;
const commandBytes = 8 << 20;
/** Of the first one: others write to the newest, which therefore must be taken from them early. */
const firstDocuments = 20;
const readDocuments = 200;
const majority = { writeConcern: { w: 'majority' } };
const markId = 'exchanged';

/** There once measurements changed hands, or `refused` by who found that they had not: they cannot any more, then. */
interface Mark {
  readonly _id: string;
  readonly refused?: true;
}

/** Time-series collections by the documents beneath them, which a transaction may write. */
export function liveTimeseries(client: MongoClient): LiveTimeseries {
  const made: LiveTimeseries = {
    async make(ns, like, signal) {
      signal.throwIfAborted();
      const options = like ? rawFields(await optionsOf(client, like)) : {};
      await client.db(ns.database).command({ create: ns.collection, ...options, ...majority });
      if (like) await made.likenOrDrop(ns, like, signal);
    },
    fill: (ns, from, signal) =>
      withSession(client, async (session) => {
        for await (const batch of readAll(client, bucketsOf(from), session, signal))
          await insert(client, bucketsOf(ns), [...splitDocuments(batch.bytes)], undefined);
      }),
    exchange: (swaps, mark, signal) => {
      const conflicts = { late: 0 };
      return withSession(client, (session) =>
        session.withTransaction(
          () =>
            inOneTransaction(mark, conflicts, async (tally) => {
              for (const swap of swaps) await exchangeOne(client, swap, session, tally, signal);
              await writeMark(client, mark, session);
            }),
          { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
        ),
      );
    },
    isMarked: async (mark, signal) => {
      signal.throwIfAborted();
      const marks = client.db(mark.database).collection<Mark>(mark.collection);
      const claim = { $setOnInsert: { refused: true as const } };
      const options = { upsert: true, returnDocument: 'after', writeConcern: { w: 'majority' } } as const;
      return (await marks.findOneAndUpdate({ _id: markId }, claim, options))?.refused !== true;
    },
    async likenOrDrop(ns, source, signal) {
      signal.throwIfAborted();
      if (!source) return dropIfEmpty(client, ns);
      const options = await optionsOf(client, source);
      const { names, fields } = optionsBack(options, await optionsOf(client, ns));
      if (names.length > 0)
        await client.db(ns.database).command({ collMod: ns.collection, ...rawFields(fields), ...majority });
      await likenIndexes(client, bucketsOf(ns), bucketsOf(source), options);
    },
  };
  return {
    make: (ns, like, signal) => named(ns, () => made.make(ns, like, signal)),
    fill: (ns, from, signal) => named(ns, () => made.fill(ns, from, signal)),
    exchange: (swaps, mark, signal) => named(swaps[0]?.ns ?? mark, () => made.exchange(swaps, mark, signal)),
    isMarked: (mark, signal) => named(mark, () => made.isMarked(mark, signal)),
    likenOrDrop: (ns, source, signal) => named(ns, () => made.likenOrDrop(ns, source, signal)),
  };
}

function named<T>(ns: Namespace, work: () => Promise<T>): Promise<T> {
  return explained(say`exchanging ${formatNamespace(ns)}`, undefined, work);
}

async function withSession<T>(client: MongoClient, work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = client.startSession({ causalConsistency: false });
  try {
    return await work(session);
  } finally {
    await session.endSession().catch(() => undefined);
  }
}

function bucketsOf({ database, collection }: Namespace): Namespace {
  return { database, collection: `system.buckets.${collection}` };
}

async function optionsOf(client: MongoClient, { database, collection }: Namespace): Promise<Uint8Array> {
  const [listed] = await client.db(database).listCollections({ name: collection }, { raw: true }).toArray();
  const options = listed && documentOf(findElement(listed as unknown as Uint8Array, 'options'));
  if (options) return options;
  throw new BackupError('sourceChanged', say`${database}.${collection} was dropped while it was restored`);
}

/** Reads newest first, which 5.0 sorts for. */
function readAll(
  client: MongoClient,
  { database, collection }: Namespace,
  session: ClientSession,
  signal: AbortSignal,
): ReturnType<typeof readRaw> {
  const command: Document = {
    ...{ find: collection, sort: { _id: -1 }, batchSize: readDocuments, allowDiskUse: true },
  };
  return readRaw({ db: client.db(database), session, command, readAhead: false }, signal);
}

/** The measurements of one collection, and its safety copy brought up to date; only what differs is written. */
async function exchangeOne(
  client: MongoClient,
  { ns, copy, source }: TimeseriesSwap,
  session: ClientSession,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const read = (of: Namespace | undefined): ReturnType<typeof readRaw> | undefined =>
    of && readAll(client, bucketsOf(of), session, signal);
  const writes = new Writes(client, bucketsOf(ns), session, tally);
  const kept = copy && new Writes(client, bucketsOf(copy), session, tally);
  for await (const { id, documents } of inStep([read(ns), read(source), read(copy)])) {
    const [now, wanted, copied] = documents;
    if (now && !kept)
      throw new BackupError('sourceChanged', say`${formatNamespace(ns)} was created while it was restored`, {
        hint: say`Nothing was changed. Try again.`,
      });
    if (kept) await kept.change(id, copied, now);
    await writes.change(id, now, wanted);
  }
  await writes.flush();
  await kept?.flush();
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? equalBytes(a, b) : a === b;
}

/** Gathers writes into commands of a good size. */
class Writes {
  readonly #client: MongoClient;
  readonly #ns: Namespace;
  readonly #session: ClientSession;
  readonly #tally: Tally;
  #removed: RawElement[] = [];
  #added: Uint8Array[] = [];
  #bytes = 0;
  #most = firstDocuments;

  constructor(client: MongoClient, ns: Namespace, session: ClientSession, tally: Tally) {
    this.#client = client;
    this.#ns = ns;
    this.#session = session;
    this.#tally = tally;
  }

  async change(id: RawElement, from: Uint8Array | undefined, to: Uint8Array | undefined): Promise<void> {
    if (isSame(from, to)) return;
    this.#tally.bytes += (from?.length ?? 0) + (to?.length ?? 0);
    if (from) this.#removed.push(id);
    if (to) {
      const own = Uint8Array.from(to);
      this.#added.push(own);
      this.#bytes += own.length;
    }
    if (this.#removed.length + this.#added.length >= this.#most || this.#bytes >= commandBytes)
      await this.flush();
  }

  async flush(): Promise<void> {
    await remove(this.#client, this.#ns, this.#removed, this.#session);
    await insert(this.#client, this.#ns, this.#added, this.#session);
    this.#removed = [];
    this.#added = [];
    this.#bytes = 0;
    this.#most = commandDocuments;
  }
}

async function insert(
  client: MongoClient,
  { database, collection }: Namespace,
  documents: readonly Uint8Array[],
  session: ClientSession | undefined,
): Promise<void> {
  if (documents.length === 0) return;
  const command = {
    insert: collection,
    bypassDocumentValidation: true,
    documents: documentSequence('documents', Buffer.concat(documents)),
  };
  await write(client, database, command, session);
}

async function remove(
  client: MongoClient,
  { database, collection }: Namespace,
  ids: readonly RawElement[],
  session: ClientSession,
): Promise<void> {
  if (ids.length === 0) return;
  const deletes = ids.map((id) =>
    writeDocument([documentElement('q', writeDocument([id])), int32Element('limit', 1)]),
  );
  await write(client, database, { delete: collection, deletes: rawArray(deletes) }, session);
}

async function write(
  client: MongoClient,
  database: string,
  command: Document,
  session: ClientSession | undefined,
): Promise<void> {
  const reply = await client.db(database).command(command, session ? { session } : {});
  checkWriteErrors(reply['writeErrors'], false);
}

async function writeMark(client: MongoClient, ns: Namespace, session: ClientSession): Promise<void> {
  await client.db(ns.database).collection<Mark>(ns.collection).insertOne({ _id: markId }, { session });
}

/** No bucket fits into this index: it can be built only where there is none, and keeps all out until the drop. */
const noBuckets = { key: { control: '2dsphere' }, name: 'rewind_no_buckets' };
const noGeometry = 16755;

async function dropIfEmpty(client: MongoClient, ns: Namespace): Promise<void> {
  const db = client.db(ns.database);
  try {
    await db.command({ createIndexes: bucketsOf(ns).collection, indexes: [noBuckets], ...majority });
  } catch (error) {
    if (serverCode(error) === noGeometry) return;
    throw error;
  }
  await db.command({ drop: ns.collection, ...majority });
}

async function likenIndexes(
  client: MongoClient,
  ns: Namespace,
  source: Namespace,
  options: Uint8Array,
): Promise<void> {
  const [now, wanted] = [byName(await listIndexes(client, ns)), byName(await listIndexes(client, source))];
  const drop = [...now].filter(([name, spec]) => !isSame(spec, wanted.get(name))).map(([name]) => name);
  const missing = [...wanted].filter(([name, spec]) => !isSame(spec, now.get(name))).map(([, spec]) => spec);
  const { built, changes } = indexSteps(missing, options, 'typed');
  const db = client.db(ns.database);
  if (drop.length > 0) await db.command({ dropIndexes: ns.collection, index: drop, ...majority });
  if (built.length > 0)
    await db.command({ createIndexes: ns.collection, indexes: rawArray(built), ...majority });
  for (const index of changes) {
    const change = new RawValue(BsonType.document, index);
    await db.command({ collMod: ns.collection, index: change, ...majority });
  }
}

function byName(specs: readonly Uint8Array[]): Map<string, Uint8Array> {
  return new Map(specs.map((spec) => [indexName(spec) ?? '', spec]));
}
