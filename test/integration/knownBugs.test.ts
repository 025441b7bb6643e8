import assert from 'node:assert/strict';
import type { Document } from 'bson';
import { type Collection, MongoClient } from 'mongodb';
import { quote } from '../../src/core/say';
import { BackupError } from '../../src/engine/errors';
import type { DumpSource, RawBatch } from '../../src/engine/ports';
import { takeSnapshot } from '../../src/engine/takeSnapshot';
import { dumpSource } from '../../src/mongo/dumpSource';
import { inspectSource } from '../../src/mongo/inspectSource';
import { fileRepository } from '../../src/storage/fileRepository';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';
import { dropAll, lookAt, type Moment, proveHistory, proveRestore } from '../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { startRewinder } from '../support/rewinder';
import { quietTime, readTruth } from '../support/truth';

type Numbered = Document & { _id: number };

/** What broke in other tools, each with the number or the address of its report. */
describe('reports about other tools', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let major: number;
  const shop = () => client.db('shop');
  const orders = (): Collection<Numbered> => shop().collection<Numbered>('orders');
  const numbered = (count: number, more: (n: number) => Document = () => ({})): Numbered[] =>
    Array.from({ length: count }, (_, n) => ({ _id: n, ...more(n) }));
  const index = (key: Record<string, 1 | -1>, options: Document = {}): Promise<unknown> =>
    orders().createIndex(key, options, {});
  const failsWith = (code: string, text: RegExp) => (error: unknown) =>
    error instanceof BackupError && error.code === code && text.test(error.message);

  before(async () => {
    set = await startReplicaSet({
      args: ['--setParameter', 'ttlMonitorEnabled=false', '--setParameter', 'enableTestCommands=1'],
    });
    client = new MongoClient(set.uri);
    await client.db('admin').command({ setParameter: 1, wiredTigerEngineRuntimeConfig: 'cache_size=1G' });
    const { version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
    major = Number.parseInt(version, 10);
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  beforeEach(() => dropAll(client));

  it('mongo-tools#358 (TOOLS-2041): a unique key that changed hands while it was read', async () => {
    await orders().insertMany(numbered(12_000, (n) => ({ a: n, text: 'x'.repeat(900) })));
    await index({ a: 1 }, { unique: true });
    await using rewinder = await startRewinder(client);
    const swap = async (): Promise<void> => {
      await orders().deleteOne({ _id: 0 });
      await orders().insertOne({ _id: 99_999, a: 0 });
    };
    const snapshot = await rewinder.snapshot({
      pinned: false,
      through: (source) => afterFirstBatch(source, swap),
    });
    assert.equal(snapshot.collections.find((c) => c.name === 'orders')?.documents, 12_001);
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
  });

  it('mongo-tools#358: an index that was dropped since the snapshot does not come back', async () => {
    await proveHistory(client, {
      before: async () => {
        await orders().insertMany(numbered(5, (n) => ({ a: n })));
        await index({ a: 1 }, { unique: true });
      },
      after: [() => orders().dropIndex('a_1'), () => orders().insertOne({ _id: 9, a: 1 })],
    });
  });

  it('mongo-tools#236, wal-g#1911, wal-g#1913: index builds on documents, on nothing, and several at once', async () => {
    const three = [
      { key: { a: 1 }, name: 'a', collation: { locale: 'de', strength: 1 } },
      { key: { b: 1 }, name: 'b', partialFilterExpression: { b: { $gt: 1 } } },
      { key: { s: 'text' }, name: 's', weights: { s: 3 } },
    ];
    await proveHistory(client, {
      before: () => orders().insertMany(numbered(50, (n) => ({ a: n, s: `word ${n}` }))),
      after: [
        () => index({ a: -1 }, { hidden: true }),
        () => shop().command({ createIndexes: 'orders', indexes: three }),
        () => shop().command({ createIndexes: 'empty', indexes: three }),
        () => index({ same: 1 }, { unique: true }).catch(() => 'refused, and nothing is left of it'),
      ],
    });
  });

  it('TOOLS-2958, PBM-1459, mongo-tools#883: a change finds its index by name, not by its key', async () => {
    await proveHistory(client, {
      before: async () => {
        await index({ a: 1 }, { name: 'plain' });
        await index({ a: 1 }, { name: 'german', collation: { locale: 'de' } });
        await index({ a: 1, b: 1 }, { name: 'ab' });
        await index({ b: 1, a: 1 }, { name: 'ba' });
        await index({ at: 1 }, { name: 'ttl', expireAfterSeconds: 100 });
      },
      after: [
        () => orders().dropIndex('german'),
        () => orders().dropIndex('ab'),
        () => shop().command({ collMod: 'orders', index: { name: 'ttl', expireAfterSeconds: 50 } }),
        () => shop().command({ collMod: 'orders', index: { keyPattern: { at: 1 }, expireAfterSeconds: 60 } }),
        () => shop().command({ collMod: 'orders', index: { name: 'ba', hidden: true } }),
        ...(major >= 6
          ? [() => shop().command({ collMod: 'orders', index: { name: 'plain', expireAfterSeconds: 7 } })]
          : []),
      ],
    });
  });

  it('mongodump "cannot dump with oplog while renames occur": renames in a loop while the snapshot is taken', async () => {
    await orders().insertMany(numbered(10_000));
    await using rewinder = await startRewinder(client);
    const renaming = { done: false, count: 0 };
    const loop = (async () => {
      for (; !renaming.done; renaming.count++) {
        const [from, to] = renaming.count % 2 === 0 ? ['orders', 'moved'] : ['moved', 'orders'];
        await client.db('admin').command({ renameCollection: `shop.${from}`, to: `shop.${to}` });
      }
    })();
    await rewinder.snapshot();
    await rewinder.snapshot({ pinned: false });
    renaming.done = true;
    await loop;
    assert.ok(renaming.count > 0);
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
  });

  it('PBM-1398: a rename in the log, before and after, under either name', async () => {
    await orders().insertMany(numbered(3));
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const seen: Moment[] = [];
    const see = async (): Promise<void> => void seen.push(await lookAt(client));
    await orders().insertOne({ _id: 10 });
    await see();
    await client.db('admin').command({ renameCollection: 'shop.orders', to: 'shop.renamed' });
    await shop().collection<Numbered>('renamed').insertOne({ _id: 11 });
    await see();
    await orders().insertOne({ _id: 12 });
    await client.db('admin').command({ renameCollection: 'shop.renamed', to: 'other.renamed' });
    await see();
    await rewinder.recorded(seen.at(-1)!.at);
    for (const moment of seen) {
      for (const ns of ['shop.orders', 'shop.renamed', 'other.renamed']) {
        if (!moment.truth.has(ns)) continue;
        const [database = '', collection = ''] = ns.split('.');
        await proveRestore(client, rewinder, moment, { scope: [{ database, collection }] });
      }
    }
  });

  it('meteor#4947, mongo-connector#695, mongo-connector#296: $out, mapReduce and convertToCapped replace at once', async () => {
    await proveHistory(client, {
      before: async () => {
        await orders().insertMany(numbered(10, (n) => ({ n })));
        await shop().collection('result').insertOne({ old: true });
        await shop().collection('result').createIndex({ n: 1 }, {}, {});
      },
      after: [
        () => shop().collection('result').insertOne({ old: 'still' }),
        () =>
          orders()
            .aggregate([{ $match: { n: { $gt: 3 } } }, { $out: 'result' }])
            .toArray(),
        () =>
          shop().command({
            mapReduce: 'orders',
            map: 'function () { emit(this.n % 2, 1) }',
            reduce: 'function (key, values) { return values.length }',
            out: { replace: 'result' },
          }),
        () => shop().command({ convertToCapped: 'result', size: 4096 }),
      ],
    });
  });

  it('PBM-1008: a collection born after the snapshot, asked for alone', async () => {
    await shop().collection('other').insertOne({ n: 1 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    await shop().createCollection('orders', { collation: { locale: 'fr' } });
    await orders().insertMany(numbered(5));
    await index({ a: 1 });
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment, { scope: [{ database: 'shop', collection: 'orders' }] });
  });

  it('PBM-1296, PBM-921, TOOLS-3745: a time-series collection made while recording, under another name', async () => {
    if (major < 5) return;
    const timeseries = { timeField: 't', metaField: 'm' };
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    await shop().createCollection('m', { timeseries, expireAfterSeconds: 100 });
    const rows = Array.from({ length: 30 }, (_, v) => ({ t: new Date(1.6e12 + v * 1e6), m: v % 3, v }));
    await shop().collection('m').insertMany(rows);
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
    await rewinder.restore({ at: moment.at, renames: [{ from: 'shop.m', to: 'back.measured' }] });
    const names = (await client.db('back').listCollections().toArray()).map((c) => c.name);
    assert.deepEqual(names.sort(), ['measured', 'system.buckets.measured', 'system.views']);
    assert.equal((await client.db('back').collection('measured').find().toArray()).length, 30);
  });

  it('TOOLS-3411, TOOLS-1786: views keep the order of their fields, before and after the snapshot', async () => {
    const sorted = [{ $sort: { b: 1, a: -1 } }, { $match: { z: 1, a: { $gt: 0 }, '10': 1 } }];
    await proveHistory(client, {
      before: async () => {
        await orders().insertMany(numbered(3));
        await shop().createCollection('early', { viewOn: 'orders', pipeline: sorted });
      },
      after: [
        () => shop().createCollection('late', { viewOn: 'early', pipeline: sorted }),
        () => client.db('fresh').createCollection('first', { viewOn: 'nothing', pipeline: [] }),
        () => shop().command({ collMod: 'early', viewOn: 'orders', pipeline: [{ $sort: { a: 1, b: 1 } }] }),
        () => shop().collection('late').drop(),
      ],
    });
  });

  it('TOOLS-4070: documents that a later validator would refuse', async () => {
    await proveHistory(client, {
      before: () => orders().insertMany(numbered(3)),
      after: [
        () => shop().command({ collMod: 'orders', validator: { x: { $exists: true } } }),
        () => orders().insertOne({ _id: 10 }, { bypassDocumentValidation: true }),
        () => orders().updateOne({ _id: 1 }, { $set: { n: 1 } }, { bypassDocumentValidation: true }),
      ],
    });
  });

  it('MongoShake#928, MongoShake#329, meteor#10420, wal-g#530: transactions, all or nothing', async () => {
    const transaction = (size: number): Promise<unknown> =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          const text = 'x'.repeat(size);
          for (const n of [1, 2, 3]) await orders().insertOne({ _id: size + n, text }, { session });
          await orders().updateOne({ _id: 0 }, { $inc: { done: 1 } }, { session });
          await shop().collection('stock').insertOne({ size }, { session });
        }),
      );
    await orders().insertMany(numbered(3));
    await shop().collection('stock').insertOne({ n: 0 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const seen = [await lookAt(client)];
    for (const size of [10, 6_000_000]) {
      await transaction(size);
      seen.push(await lookAt(client));
    }
    await rewinder.recorded(seen.at(-1)!.at);
    for (const moment of seen) await proveRestore(client, rewinder, moment);
    // In the middle of the second one's entries there is nothing of it.
    const entries = await client
      .db('local')
      .collection('oplog.rs')
      .find({ 'o.partialTxn': true }, { projection: { ts: 1 } })
      .toArray();
    assert.ok(entries.length > 0);
    const between = { at: timeOf(entries.at(-1)!), truth: seen[1]!.truth };
    await proveRestore(client, rewinder, between);
    const scope = [{ database: 'shop', collection: 'orders' }];
    const warnings = await proveRestore(client, rewinder, seen.at(-1)!, { scope });
    assert.match(warnings.join(), /2 transactions also wrote outside/);
  });

  it('PBM-1223: a transaction that was open when the snapshot was taken', async () => {
    await orders().insertMany(numbered(3));
    await using session = client.startSession();
    session.startTransaction();
    await orders().insertOne({ _id: 100 }, { session });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const before = await lookAt(client);
    await orders().updateOne({ _id: 1 }, { $set: { n: 1 } }, { session });
    await session.commitTransaction();
    const afterwards = await lookAt(client);
    await rewinder.recorded(afterwards.at);
    await proveRestore(client, rewinder, before);
    await proveRestore(client, rewinder, afterwards);
  });

  it('MongoShake#956, mongo-tools#1150: a lost position under the cursor is no gap', async () => {
    await orders().insertOne({ _id: 0 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const failCommands = ['getMore'];
    await client.db('admin').command({
      configureFailPoint: 'failCommand',
      mode: { times: 2 },
      data: { failCommands, errorCode: 136, namespace: 'local.oplog.rs', appName: undefined },
    });
    await orders().insertMany(numbered(50).map(({ _id }) => ({ _id: _id + 1 })));
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
    await rewinder.stopRecording();
    const { lineages } = await fileRepository(rewinder.folder).content();
    assert.deepEqual(
      lineages.map((l) => l.start.gap),
      [undefined],
    );
    await proveRestore(client, rewinder, moment);
  });

  it('mongo-oplog#19, mongo-oplog#22, mongo-oplog#51: cursors and sessions that are killed, again and again', async () => {
    await orders().insertOne({ _id: 0 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    for (let round = 1; round <= 4; round++) {
      await orders().insertMany(numbered(20).map(({ _id }) => ({ _id: round * 100 + _id })));
      await client.db('admin').command({ killAllSessions: [] });
    }
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
  });

  it('monstache#584, mongo-stream#6: dropDatabase and everything anew, as a restore of a dump does', async () => {
    await proveHistory(client, {
      before: () => orders().insertMany(numbered(3)),
      after: [
        () =>
          shop()
            .dropDatabase()
            .then(() => client.db('keep').collection('x').insertOne({ n: 1 })),
        () => orders().insertMany(numbered(2, () => ({ again: true }))),
        () =>
          orders()
            .drop()
            .then(() => orders().insertMany(numbered(1, () => ({ third: true })))),
      ],
    });
  });

  it('meteor#14763, DBZ-6883, PeerDB#3108: an update of 9 MB on a document of 9 MB', async () => {
    await proveHistory(client, {
      before: () => orders().insertOne({ _id: 1, text: 'x'.repeat(9_000_000) }),
      after: [() => orders().updateOne({ _id: 1 }, { $set: { text: 'y'.repeat(9_400_000) } })],
    });
  });

  it('mongo-connector#696, PBM-1391: dropped and made again under the same name, and the instant in between', async () => {
    await orders().insertMany(numbered(4));
    await client.db('keep').collection('x').insertOne({ n: 1 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const seen: Moment[] = [];
    for (const step of [() => orders().drop(), () => orders().insertOne({ _id: 1, second: true })]) {
      await step();
      seen.push(await lookAt(client));
    }
    await rewinder.recorded(seen.at(-1)!.at);
    for (const moment of seen) await proveRestore(client, rewinder, moment);
    const [first] = await shop().listCollections().toArray();
    const renames = [{ from: 'shop', to: 'scratch' }];
    await rewinder.restore({ at: seen.at(-1)!.at, scope: [{ database: 'shop' }], renames });
    const [copy] = await client.db('scratch').listCollections().toArray();
    assert.notDeepEqual(uuidOf(copy), uuidOf(first));
  });

  it('MongoShake#40, mongo-connector#133: an update never makes half a document', async () => {
    await orders().insertOne({ _id: 1, n: 1 });
    await using rewinder = await startRewinder(client);
    const snapshot = await rewinder.snapshot();
    await orders().updateOne({ _id: 1 }, { $set: { n: 2 } });
    const at = await quietTime(client);
    await rewinder.recorded(at);
    const restoring = rewinder.restore({
      at,
      renames: [{ from: 'shop', to: 'back' }],
      through: (reader) => ({
        ...reader,
        async *readCollection() {
          // The snapshot lost its documents.
        },
      }),
    });
    assert.equal(snapshot.collections.length, 1);
    await assert.rejects(restoring, failsWith('damaged', /shop\.orders .*found no document/));
    assert.deepEqual(await client.db('back').listCollections().toArray(), []);
  });

  it('PBM-701: a target later than what is recorded is refused, with the last usable time', async () => {
    await orders().insertOne({ _id: 1 });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    await rewinder.stopRecording();
    await orders().insertOne({ _id: 2 });
    const at = await quietTime(client);
    await assert.rejects(
      rewinder.plan({ at }),
      failsWith('targetOutOfRange', /not recorded.*last usable time before it: \d+:\d+/),
    );
  });

  it('PBM-686: the first restorable time can be restored', async () => {
    await orders().insertMany(numbered(3));
    const moment = await lookAt(client);
    await using rewinder = await startRewinder(client);
    const { consistentAt } = await rewinder.snapshot();
    await orders().insertOne({ _id: 9 });
    await rewinder.recorded(await quietTime(client));
    await proveRestore(client, rewinder, { ...moment, at: consistentAt });
  });

  it('PBM-1538, automongobackup#54: a snapshot without its log, or that failed, does not exist', async () => {
    await orders().insertOne({ _id: 1 });
    await using rewinder = await startRewinder(client);
    await rewinder.recorded(await quietTime(client));
    const { lineages } = await fileRepository(rewinder.folder).content();
    const broken = {
      lineage: lineages[0]!.start,
      waitFor: () => Promise.reject(new BackupError('gap', quote('the recording broke off'))),
    };
    const source = dumpSource(client, await inspectSource(client));
    const options = {
      scope: [],
      without: new Set<string>(),
      pinned: true,
      now: Date.now,
      onProgress: () => undefined,
    };
    const taking = takeSnapshot(
      source,
      broken,
      fileSnapshotStore(rewinder.folder),
      options,
      new AbortController().signal,
    );
    await assert.rejects(taking, failsWith('gap', /broke off/));
    assert.deepEqual((await fileRepository(rewinder.folder).content()).snapshots, []);
  });

  it('leaves the source as it was', async () => {
    await orders().insertMany(numbered(3));
    const before = await readTruth(client);
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    await rewinder.snapshot({ pinned: false });
    assert.deepEqual(await readTruth(client), before);
  });
});

function timeOf(entry: Document): Moment['at'] {
  return (entry as { ts: { toBigInt(): bigint } }).ts.toBigInt() as Moment['at'];
}

function uuidOf(listed: unknown): unknown {
  return (listed as { info: { uuid: unknown } }).info.uuid;
}

/** Does something after the first batch of the first collection was read. */
function afterFirstBatch(source: DumpSource, work: () => Promise<void>): DumpSource {
  return {
    ...source,
    async read(...args) {
      const read = await source.read(...args);
      return read.kind === 'gone' ? read : { ...read, batches: interrupted(read.batches, work) };
    },
  };
}

async function* interrupted(
  batches: AsyncIterable<RawBatch>,
  work: () => Promise<void>,
): AsyncGenerator<RawBatch> {
  let first = true;
  for await (const batch of batches) {
    yield batch;
    if (first) await work();
    first = false;
  }
}
