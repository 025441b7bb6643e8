import {
  type AnyBulkWriteOperation,
  type ClientSession,
  type Collection,
  type CollectionInfo,
  type Db,
  type Document,
  GridFSBucket,
  type MongoClient,
} from 'mongodb';
import type { Random } from './random';
import { randomDocument, randomFilter, randomId, randomReplacement, randomUpdate } from './workloadDocuments';

/** What one lane of a workload works with. */
export interface World {
  readonly client: MongoClient;
  /** `4.4`, `5`, `6`. */
  readonly version: number;
  readonly random: Random;
}

type Work = (world: World) => Promise<unknown>;
type Weighted = readonly [weight: number, item: readonly [name: string, work: Work]];

const databases = ['w_one', 'w_two', 'w_ünï'];
const plain = ['a', 'b', 'c', 'A', 'sp ace', 'dots.in.a.name.', 'ünï😀', 'long'.repeat(25)];
const capped = ['cap', 'cap2'];
const clustered = ['clu'];
const timeseries = ['ts', 'ts2'];
const views = ['v1', 'v2', 'v.3'];

/** All kinds of writes that a server of this version knows, by weight. */
export function operationsFor(version: number): readonly Weighted[] {
  const since = (first: number, weighted: readonly Weighted[]): readonly Weighted[] =>
    version >= first ? weighted : [];
  return [
    ...always,
    ...since(5, ofTimeseries),
    ...since(6, newIn6),
    ...(version < 6 ? [weigh(2, 'collMod recordPreImages', collModPreImages)] : []),
    ...(version < 5 ? [weigh(1, 'geoHaystack index', geoHaystack)] : []),
  ];
}

function weigh(weight: number, name: string, work: Work): Weighted {
  return [weight, [name, work]];
}

const db = ({ client, random }: World): Db =>
  client.db(
    random.weighted([
      [5, 'w_one'],
      [4, 'w_two'],
      [2, 'w_ünï'],
    ]),
  );
const some = (world: World): Collection =>
  db(world).collection(
    world.random.weighted([
      [12, () => world.random.pick(plain)],
      [2, () => world.random.pick(capped)],
      [2, () => 'clu'],
    ])(),
  );
const document = ({ random, version }: World): Document => randomDocument(random, version);
const maybe = (r: Random, probability: number, options: Document): Document =>
  r.chance(probability) ? options : {};

const always: readonly Weighted[] = [
  weigh(30, 'insertOne', (w) => some(w).insertOne(document(w))),
  weigh(14, 'insertMany', (w) =>
    some(w).insertMany(
      Array.from({ length: 1 + w.random.int(30) }, () => document(w)),
      { ordered: w.random.chance(0.3) },
    ),
  ),
  weigh(50, 'updateOne', (w) => {
    const { update, ...rest } = randomUpdate(w.random, w.version);
    return some(w).updateOne(randomFilter(w.random), update, {
      ...rest,
      upsert: w.random.chance(0.1),
    });
  }),
  weigh(14, 'updateMany', (w) => {
    const { update, ...rest } = randomUpdate(w.random, w.version);
    return some(w).updateMany(randomFilter(w.random), update, rest);
  }),
  weigh(12, 'replaceOne', (w) =>
    some(w).replaceOne(randomFilter(w.random), randomReplacement(w.random, w.version), {
      upsert: w.random.chance(0.3),
    }),
  ),
  weigh(12, 'deleteOne', (w) => some(w).deleteOne(randomFilter(w.random))),
  weigh(2, 'deleteMany', (w) => some(w).deleteMany({ n: { $lt: w.random.int(40) } })),
  weigh(6, 'findOneAndUpdate', (w) => {
    const { update, ...rest } = randomUpdate(w.random, w.version);
    const options = {
      ...rest,
      upsert: w.random.chance(0.2),
      returnDocument: w.random.pick(['before', 'after'] as const),
    };
    return some(w).findOneAndUpdate(randomFilter(w.random), update, options);
  }),
  weigh(3, 'findOneAndDelete', (w) => some(w).findOneAndDelete(randomFilter(w.random))),
  weigh(3, 'findOneAndReplace', (w) =>
    some(w).findOneAndReplace(randomFilter(w.random), randomReplacement(w.random, w.version)),
  ),
  weigh(8, 'bulkWrite', bulkWrite),
  weigh(8, 'transaction', transaction),
  weigh(0.3, 'large transaction', largeTransaction),
  weigh(3, 'applyOps', applyOps),
  weigh(2, 'GridFS upload', gridFs),
  weigh(1, 'system.js', (w) =>
    db(w)
      .collection('system.js')
      .replaceOne(
        { _id: `f${w.random.int(5)}` } as Document,
        { value: `function(){return ${w.random.int(9)}}` },
        { upsert: true },
      ),
  ),
  weigh(6, 'create', create),
  weigh(3, 'drop and create with the same UUID', createAgain),
  weigh(3, 'create capped', (w) =>
    db(w).command({
      create: w.random.pick(capped),
      capped: true,
      size: w.random.pick([4_096, 20_000, 200_000]),
      ...maybe(w.random, 0.5, { max: 1 + w.random.int(40) }),
      ...maybe(w.random, 0.2, { collation: { locale: 'fr' } }),
    }),
  ),
  weigh(6, 'insert capped', (w) =>
    db(w)
      .collection(w.random.pick(capped))
      .insertMany(
        Array.from({ length: 1 + w.random.int(20) }, (): Document => ({
          ...document(w),
          _id: w.random.int(1e6),
        })),
      ),
  ),
  weigh(3, 'create view', (w) => {
    const viewOn = w.random.weighted([
      [4, () => w.random.pick(plain)],
      [1, () => w.random.pick(views)],
      [1, () => 'ts'],
    ])();
    return db(w).command({
      create: w.random.pick(views),
      viewOn,
      pipeline: pipeline(w.random),
      ...maybe(w.random, 0.1, { collation: { locale: 'de' } }),
    });
  }),
  weigh(1, 'collMod view', (w) =>
    db(w).command({
      collMod: w.random.pick(views),
      viewOn: w.random.pick(plain),
      pipeline: pipeline(w.random),
    }),
  ),
  weigh(3, 'drop', (w) =>
    db(w).command({
      drop: w.random.weighted([
        [6, () => w.random.pick(plain)],
        [2, () => w.random.pick(views)],
        [1, () => w.random.pick([...capped, ...clustered, ...timeseries])],
      ])(),
    }),
  ),
  weigh(0.3, 'dropDatabase', (w) => db(w).dropDatabase()),
  weigh(4, 'rename', (w) => {
    const from = w.random.weighted([
      [6, () => w.random.pick(plain)],
      [1, () => w.random.pick(capped)],
      [1, () => 'clu'],
    ])();
    return rename(w, db(w).databaseName, from, w.random.pick(plain), undefined);
  }),
  weigh(1.5, 'rename to another database', (w) =>
    rename(
      w,
      w.random.pick(databases),
      w.random.weighted([
        [4, () => w.random.pick(plain)],
        [1, () => w.random.pick(capped)],
      ])(),
      w.random.pick(plain),
      w.random.pick(databases),
    ),
  ),
  weigh(10, 'createIndexes', createIndexes),
  weigh(2, 'unique index that may fail', (w) =>
    some(w).createIndex({ [w.random.pick(['n', 's', 'sub.x'])]: 1 }, { unique: true }, {}),
  ),
  weigh(5, 'dropIndexes', async (w) => {
    const collection = some(w);
    const names = (await collection.indexes())
      .map((i) => i['name'] as string)
      .filter((name) => name !== '_id_');
    const index = w.random.weighted<unknown>([
      [6, w.random.pick(names)],
      [1, '*'],
      [1, names.slice(0, 2)],
    ]);
    return db(w).client.db(collection.dbName).command({ dropIndexes: collection.collectionName, index });
  }),
  weigh(4, 'collMod index', collModIndex),
  weigh(3, 'collMod validator', (w) =>
    w.random.chance(0.2)
      ? collMod(w, { validator: {}, ...maybe(w.random, 0.5, { validationLevel: 'off' }) })
      : collMod(w, {
          ...maybe(w.random, 0.7, { validator: validator(w.random) }),
          ...maybe(w.random, 0.5, { validationLevel: w.random.pick(['moderate', 'strict', 'off']) }),
          ...maybe(w.random, 0.5, { validationAction: w.random.pick(['warn', 'warn', 'error']) }),
        }),
  ),
  weigh(1, 'convertToCapped', (w) =>
    db(w).command({
      convertToCapped: w.random.pick([...plain, ...capped]),
      size: w.random.pick([10_000, 100_000]),
    }),
  ),
  weigh(1, 'cloneCollectionAsCapped', (w) =>
    db(w).command({
      cloneCollectionAsCapped: w.random.pick(plain),
      toCollection: w.random.pick(['cap2', 'cloned']),
      size: 50_000,
    }),
  ),
  weigh(2, '$out', (w) =>
    some(w)
      .aggregate([
        { $match: { n: { $gte: w.random.int(60) } } },
        { $set: { out: 1 } },
        { $out: w.random.pick([...plain, 'outcome']) },
      ])
      .toArray(),
  ),
  weigh(1, '$out to another database', (w) =>
    some(w)
      .aggregate([{ $limit: 20 }, { $out: { db: w.random.pick(databases), coll: w.random.pick(plain) } }])
      .toArray(),
  ),
  weigh(2, '$merge', (w) => {
    const whenMatched = w.random.pick([
      'replace',
      'merge',
      'keepExisting',
      [{ $set: { merged: '$$new.n' } }],
    ]);
    return some(w)
      .aggregate([
        { $sort: { _id: 1 } },
        { $limit: 10 },
        { $set: { m: w.random.int(9) } },
        {
          $merge: { into: { db: w.random.pick(databases), coll: w.random.pick(plain) }, whenMatched },
        },
      ])
      .toArray();
  }),
  weigh(1, 'mapReduce', (w) =>
    db(w).command({
      mapReduce: w.random.pick(plain),
      map: 'function(){emit(this.n%5, 1)}',
      reduce: 'function(k,v){return v.length}',
      out: { [w.random.pick(['replace', 'merge', 'reduce'])]: 'mr' },
    }),
  ),
];

const ofTimeseries: readonly Weighted[] = [
  weigh(4, 'create time-series', (w) =>
    db(w).command({
      create: w.random.pick(timeseries),
      timeseries: {
        timeField: 't',
        ...maybe(w.random, 0.8, { metaField: 'm' }),
        ...maybe(w.random, 0.5, { granularity: w.random.pick(['seconds', 'minutes']) }),
      },
      ...maybe(w.random, 0.3, { expireAfterSeconds: 1e9 }),
    }),
  ),
  weigh(12, 'insert time-series', (w) =>
    db(w)
      .collection(w.random.pick(timeseries))
      .insertMany(
        Array.from({ length: 1 + w.random.int(20) }, () => ({
          t: new Date(1.6e12 + w.random.int(1e7)),
          m: { s: w.random.int(5) },
          v: w.random.int(100),
          ...maybe(w.random, 0.2, { odd: w.random.text(5) }),
        })),
      ),
  ),
  weigh(1, 'delete time-series', (w) =>
    db(w)
      .collection(w.random.pick(timeseries))
      .deleteMany({ 'm.s': w.random.int(5) }),
  ),
  weigh(2, 'index time-series', (w) =>
    db(w)
      .collection(w.random.pick(timeseries))
      .createIndex(w.random.pick<Record<string, 1 | -1>>([{ 'm.s': 1 }, { t: -1 }, { 'm.s': 1, t: 1 }])),
  ),
  weigh(1, 'collMod time-series', (w) =>
    db(w).command({
      collMod: w.random.pick(timeseries),
      ...w.random.pick<Document>([
        { timeseries: { granularity: 'minutes' } },
        { timeseries: { granularity: 'hours' } },
        { expireAfterSeconds: 2e9 },
        { expireAfterSeconds: 'off' },
      ]),
    }),
  ),
];

const newIn6: readonly Weighted[] = [
  weigh(2, 'create clustered', (w) =>
    db(w).command({
      create: 'clu',
      clusteredIndex: { key: { _id: 1 }, unique: true, ...maybe(w.random, 0.5, { name: 'cl' }) },
      ...maybe(w.random, 0.3, { expireAfterSeconds: 1e9 }),
    }),
  ),
  weigh(1, 'collMod clustered', (w) =>
    db(w).command({ collMod: 'clu', expireAfterSeconds: w.random.pick<unknown>(['off', 5e8, 6e8]) }),
  ),
  weigh(3, 'collMod capped', (w) =>
    db(w).command({
      collMod: w.random.pick(capped),
      ...maybe(w.random, 0.6, { cappedSize: w.random.pick([5_000, 60_001, 300_000]) }),
      ...maybe(w.random, 0.6, { cappedMax: w.random.pick([3, 10, 100, 0]) }),
    }),
  ),
  weigh(2, 'collMod changeStreamPreAndPostImages', (w) =>
    collMod(w, { changeStreamPreAndPostImages: { enabled: w.random.chance(0.6) } }),
  ),
  weigh(3, 'collMod unique', async (w) => {
    const collection = some(w);
    const name = `uni_${w.random.int(3)}`;
    if (w.random.chance(0.5)) await collection.createIndex({ u: 1, n: 1, _id: 1 }, { name }, {});
    await db(w)
      .client.db(collection.dbName)
      .command({ collMod: collection.collectionName, index: { name, prepareUnique: true } });
    if (w.random.chance(0.5))
      await db(w)
        .client.db(collection.dbName)
        .command({ collMod: collection.collectionName, index: { name, unique: true } });
  }),
];

function collMod(w: World, change: Document): Promise<Document> {
  const { dbName, collectionName } = some(w);
  return w.client.db(dbName).command({ collMod: collectionName, ...change });
}

function collModPreImages(w: World): Promise<Document> {
  return collMod(w, { recordPreImages: w.random.chance(0.6) });
}

function geoHaystack(w: World): Promise<Document> {
  return db(w).command({
    createIndexes: w.random.pick(plain),
    indexes: [{ key: { xy: 'geoHaystack', n: 1 }, name: 'hay', bucketSize: 5 }],
  });
}

async function collModIndex(w: World): Promise<Document> {
  const collection = some(w);
  const indexes = await collection.indexes();
  const index = w.random.pick(indexes);
  const change = w.random.pick<Document>([
    { hidden: true },
    { hidden: false },
    ...('expireAfterSeconds' in index || (w.version >= 6 && isPlain(index))
      ? [{ expireAfterSeconds: 1e6 + w.random.int(1e6) }]
      : []),
  ]);
  const which = w.random.chance(0.8) ? { name: index['name'] as string } : { keyPattern: index['key'] };
  return w.client
    .db(collection.dbName)
    .command({ collMod: collection.collectionName, index: { ...which, ...change } });
}

/** 6.0 breaks down when a wildcard index is made to expire. */
function isPlain({ key }: Document): boolean {
  const directions = Object.entries(key as Document);
  return (
    directions.length === 1 &&
    directions.every(([name, way]) => !name.includes('$') && typeof way === 'number')
  );
}

function validator(r: Random): Document {
  return r.pick<Document>([
    { n: { $exists: true } },
    { $jsonSchema: { bsonType: 'object', properties: { n: { bsonType: ['int', 'double', 'long'] } } } },
    { $or: [{ n: { $gte: 0 } }, { s: { $type: 'string' } }] },
  ]);
}

function create(w: World): Promise<Document> {
  const r = w.random;
  return db(w).command({
    create: r.pick(plain),
    ...maybe(r, 0.3, { validator: validator(r), ...maybe(r, 0.5, { validationAction: 'warn' }) }),
    ...maybe(r, 0.25, { collation: { locale: r.pick(['de', 'sv', 'en']), strength: 2 } }),
    ...maybe(r, 0.1, { storageEngine: { wiredTiger: { configString: 'block_compressor=zlib' } } }),
    ...maybe(r, 0.1, {
      indexOptionDefaults: { storageEngine: { wiredTiger: { configString: 'prefix_compression=false' } } },
    }),
    ...(w.version >= 6
      ? maybe(r, 0.2, { changeStreamPreAndPostImages: { enabled: true } })
      : maybe(r, 0.2, { recordPreImages: true })),
  });
}

function pipeline(r: Random): Document[] {
  return r.pick<Document[]>([
    [],
    [{ $match: { n: { $gte: 1 } } }, { $sort: { b: 1, a: -1 } }],
    [{ $lookup: { from: 'b', localField: 'n', foreignField: 'n', as: 'found' } }, { $unionWith: 'c' }],
    [{ $project: { s: 1, first: { $arrayElemAt: ['$arr', 0] } } }],
  ]);
}

async function rename(
  w: World,
  database: string,
  from: string,
  to: string,
  other: string | undefined,
): Promise<unknown> {
  return w.client.db('admin').command({
    renameCollection: `${database}.${from}`,
    to: `${other ?? database}.${to}`,
    dropTarget: w.random.chance(0.5),
  });
}

function createIndexes(w: World): Promise<Document> {
  const r = w.random;
  const n = r.int(4);
  const specs: readonly Document[] = [
    { key: { n: 1 }, name: 'n_1' },
    { key: { n: r.pick([1, -1, 1.5]), s: 1 }, name: `n_s_${n}` },
    { key: { 'sub.x': 1, '10': 1, '9': -1 }, name: 'numbers' },
    { key: { u: 1 }, name: 'u_sparse', unique: true, sparse: true },
    { key: { u: 1 }, name: 'u_partial', unique: true, partialFilterExpression: { u: { $gt: 200 } } },
    { key: { at: 1 }, name: `ttl_${n}`, expireAfterSeconds: 1e7 },
    {
      key: { s: 'text', 'sub.y.z': 'text' },
      name: 'text',
      weights: { s: 5 },
      default_language: 'german',
      collation: { locale: 'simple' },
    },
    { key: { loc: '2dsphere' }, name: 'loc' },
    { key: { xy: '2d' }, name: 'xy', min: -500, max: 500, bits: 20 },
    { key: { n: 'hashed' }, name: 'hashed' },
    { key: { '$**': 1 }, name: 'wild', wildcardProjection: { arr: 0, _id: 0 } },
    { key: { 'sub.$**': 1 }, name: 'wildsub' },
    { key: { s: 1 }, name: `s_${n}`, collation: { locale: r.pick(['sv', 'fr']), strength: 1 } },
    { key: { s: 1 }, name: 'simple', collation: { locale: 'simple' } },
    { key: { arr: 1 }, name: 'arr', hidden: true },
    { key: { 'items.q': 1, n: 1 }, name: 'items', background: true },
    { key: { bits: 1 }, name: 'old', v: 1 },
    {
      key: { [`f${r.int(30)}`]: 1 },
      name: `f_${n}`,
      storageEngine: { wiredTiger: { configString: 'prefix_compression=false' } },
    },
    ...(w.version >= 6 ? [{ key: { n: 1, w: 1 }, name: 'prep', prepareUnique: true }] : []),
  ];
  const { dbName, collectionName } = some(w);
  const indexes = Array.from(
    {
      length: r.weighted([
        [5, 1],
        [2, 2],
        [1, 3],
      ]),
    },
    () => r.pick(specs),
  );
  return w.client.db(dbName).command({ createIndexes: collectionName, indexes });
}

function bulkWrite(w: World): Promise<unknown> {
  const operations = Array.from({ length: 2 + w.random.int(12) }, (): AnyBulkWriteOperation => {
    const filter = { _id: randomId(w.random) } as Document;
    const { update, arrayFilters } = randomUpdate(w.random, w.version);
    return w.random.weighted<AnyBulkWriteOperation>([
      [3, { insertOne: { document: document(w) } }],
      [
        4,
        {
          updateOne: {
            filter,
            update,
            upsert: w.random.chance(0.2),
            ...(arrayFilters ? { arrayFilters } : {}),
          },
        },
      ],
      [1, { replaceOne: { filter, replacement: randomReplacement(w.random, w.version) } }],
      [1, { deleteOne: { filter } }],
    ]);
  });
  return some(w).bulkWrite(operations, { ordered: w.random.chance(0.5) });
}

async function transaction(w: World): Promise<void> {
  await inTransaction(w, async (session) => {
    const count = 1 + w.random.int(8);
    for (let i = 0; i < count; i++) {
      const collection = some(w);
      await w.random.weighted<() => Promise<unknown>>([
        [4, () => collection.insertOne(document(w), { session })],
        [
          4,
          () => {
            const { update, ...rest } = randomUpdate(w.random, w.version);
            return collection.updateOne(randomFilter(w.random), update, { ...rest, session });
          },
        ],
        [2, () => collection.deleteOne({ _id: randomId(w.random) } as Document, { session })],
        [
          1,
          () =>
            collection.findOneAndUpdate(
              { _id: randomId(w.random) } as Document,
              { $inc: { n: 1 } },
              { session },
            ),
        ],
        [0.4, () => db(w).createCollection(w.random.pick(plain), { session })],
        [0.4, () => collection.createIndex({ n: 1 }, {}, { session })],
      ])();
    }
  });
}

/** More than one oplog entry: several entries of 16 MB at most. */
async function largeTransaction(w: World): Promise<void> {
  await inTransaction(w, async (session) => {
    const collection = some(w);
    for (let i = 0; i < 3; i++) {
      const big = w.random
        .text(8)
        .repeat(1 << 20)
        .slice(0, 6 << 20);
      await collection.insertOne({ _id: `big${w.random.int(4)}`, big } as Document, { session });
    }
  });
  const { collectionName, dbName } = some(w);
  await w.client
    .db(dbName)
    .collection(collectionName)
    .deleteMany({ big: { $exists: true } });
}

async function inTransaction(w: World, work: (session: ClientSession) => Promise<void>): Promise<void> {
  await using session = w.client.startSession();
  session.startTransaction();
  try {
    await work(session);
    if (w.random.chance(0.2)) await session.abortTransaction();
    else await session.commitTransaction();
  } finally {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
  }
}

/** What tools that replay logs send: operations that name no UUID, in one entry or in entries of their own. */
function applyOps(w: World): Promise<Document> {
  const { namespace } = some(w);
  const other = some(w).namespace;
  const operations = Array.from({ length: 1 + w.random.int(6) }, (): Document => {
    const ns = w.random.pick([namespace, other]);
    const { _id, ...rest } = document(w) as { _id: unknown };
    return w.random.pick<Document>([
      { op: 'i', ns, o: { _id, ...rest } },
      { op: 'u', ns, o2: { _id }, o: { $set: { applied: w.random.int(100) } } },
      { op: 'd', ns, o: { _id } },
    ]);
  });
  return w.client
    .db('admin')
    .command({ applyOps: operations, allowAtomic: w.random.chance(0.6), alwaysUpsert: w.random.chance(0.5) });
}

/** As `mongorestore --drop --preserveUUID` does it; another lane may take the name in between. */
async function createAgain(w: World): Promise<Document> {
  const name = w.random.pick(plain);
  const database = db(w);
  const [listed] = await database.listCollections({ name, type: 'collection' }).toArray();
  const ui = (listed as CollectionInfo | undefined)?.info?.uuid;
  await database.collection(name).drop();
  const create = { op: 'c', ns: `${database.databaseName}.$cmd`, ui, o: { create: name } };
  return w.client.db('admin').command({ applyOps: [create] });
}

async function gridFs(w: World): Promise<void> {
  const bucket = new GridFSBucket(db(w), { chunkSizeBytes: 1_000 });
  const stream = bucket.openUploadStream(`file${w.random.int(5)}`);
  await new Promise((resolve, reject) =>
    stream.once('error', reject).end(w.random.text(2_500), () => resolve(undefined)),
  );
  if (w.random.chance(0.4)) await bucket.delete(stream.id);
}
