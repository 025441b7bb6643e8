import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { EJSON } from 'bson';
import { type Db, MongoClient, type Timestamp } from 'mongodb';
import { type RecordingProcess, rewind, rewindJson, startRecording } from '../support/commandLine';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';

/** What a database held at one time. */
interface Truth {
  readonly at: string;
  readonly collections: ReadonlyMap<string, string>;
}

/** Documents hashed in the order of their `_id`, with options and indexes as the server lists them. */
async function readState(db: Db): Promise<Map<string, string>> {
  const state = new Map<string, string>();
  const infos = await db.listCollections({}, { nameOnly: false }).toArray();
  for (const info of infos.filter((i) => i.type === 'collection')) {
    const hash = createHash('sha256');
    let count = 0;
    for await (const document of db.collection(info.name).find({}, { raw: true }).sort({ _id: 1 })) {
      hash.update(document as unknown as Uint8Array);
      count += 1;
    }
    const indexes = await db.collection(info.name).listIndexes().toArray();
    const listed = EJSON.stringify({ options: info.options, indexes }, { relaxed: false });
    state.set(info.name, `${count} ${hash.digest('hex')} ${listed}`);
  }
  return state;
}

describe('the main job on the command line', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let recording: RecordingProcess;
  const truths: Truth[] = [];

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-main-'));
  });

  after(async () => {
    await recording.stop();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function remember(): Promise<void> {
    const collections = await readState(client.db('shop'));
    const hello = await client.db('admin').command({ hello: 1 });
    const ts = (hello['lastWrite'] as { opTime: { ts: Timestamp } }).opTime.ts;
    truths.push({ at: `${ts.t}:${ts.i}`, collections });
  }

  it('records while 15,000 documents change in every way', async () => {
    const shop = client.db('shop');
    const orders = shop.collection<{ _id: number | string; [field: string]: unknown }>('orders');
    await shop.createCollection('capped', { capped: true, size: 65_536, max: 50 });
    await orders.insertMany(
      Array.from({ length: 5_000 }, (_, i) => ({ _id: i, total: i * 1.5, lines: [1, 2], of: { a: 1 } })),
    );
    await orders.createIndex({ total: 1 });
    recording = await startRecording(set.uri, path.join(folder, 'repo'));
    await remember();

    await orders.insertMany(
      Array.from({ length: 10_000 }, (_, i) => ({ _id: `n${i}`, total: i, state: 'new' })),
    );
    await orders.updateMany({ total: { $lt: 2_000 } }, {
      $set: { 'of.b': 2, state: 'paid' },
      $push: { lines: 3 },
    } as object);
    await orders.updateMany({ _id: { $lt: 500 } }, [
      { $set: { total: { $add: ['$total', 1] } } },
      { $unset: 'of' },
    ]);
    await orders.replaceOne({ _id: 7 }, { replaced: true });
    await remember();

    await orders.deleteMany({ _id: { $gte: 1_000, $lt: 2_000 } });
    await shop.collection('capped').insertMany(Array.from({ length: 120 }, (_, n) => ({ n })));
    await shop.collection('draft').insertOne({ a: 1 });
    await shop.collection('draft').rename('published');
    await orders.createIndex({ state: 1, total: -1 }, { partialFilterExpression: { state: 'paid' } }, {});
    const session = client.startSession();
    await session.withTransaction(async () => {
      await orders.updateOne({ _id: 1 }, { $set: { inTransaction: true } }, { session });
      await shop.collection('published').insertOne({ b: 2 }, { session });
      await orders.deleteOne({ _id: 2 }, { session });
    });
    await session.endSession();
    await remember();

    await orders.dropIndex('total_1');
    await orders.updateMany({}, { $set: { touched: true } });
    await orders.aggregate([{ $match: { state: 'paid' } }, { $out: 'paid' }]).toArray();
    await remember();

    await orders.drop();
    await remember();
    await client.db('shop').dropDatabase();
    await client
      .db('other')
      .collection('later')
      .insertOne({ w: 1 }, { writeConcern: { w: 'majority' } });
    await recording.reaches(truths.at(-1)?.at ?? '');
    assert.equal(truths.length, 5);
  });

  for (const [index, what] of [
    'as the recording began',
    'after updates of every form',
    'after deletes, a rename, an index and a transaction',
    'after an index was dropped and $out',
    'after the collection was dropped',
  ].entries()) {
    it(`restores the database ${what}, byte for byte`, async () => {
      const truth = truths[index];
      assert.ok(truth);
      const to = `back${index}`;
      const repository = path.join(folder, 'repo');
      const report = await rewindJson<{ databases: string[]; warnings: string[] }>(
        ...['restore', '--repo', repository, '--uri', set.uri, '--at', truth.at, '--ns', 'shop', '--to', to],
      );
      assert.deepEqual(report.databases, [to]);
      assert.deepEqual(await readState(client.db(to)), truth.collections);
    });
  }

  it('restores one collection into a scratch database of its own by default', async () => {
    const truth = truths[2];
    assert.ok(truth);
    const repository = path.join(folder, 'repo');
    const words = [
      'restore',
      '--repo',
      repository,
      '--uri',
      set.uri,
      '--at',
      truth.at,
      '--ns',
      'shop.orders',
    ];
    const { databases } = await rewindJson<{ databases: string[] }>(...words);
    assert.match(databases[0] ?? '', /^shop__at_\d{8}_\d{6}$/);
    const state = await readState(client.db(databases[0]));
    assert.deepEqual([...state.keys()], ['orders']);
    assert.equal(state.get('orders'), truth.collections.get('orders'));
  });

  it('shows the same documents without a server', async () => {
    const truth = truths[2];
    assert.ok(truth);
    const repository = path.join(folder, 'repo');
    const { out } = await rewind('show', '--repo', repository, '--at', truth.at, '--ns', 'shop.orders');
    assert.equal(out.trimEnd().split('\n').length, 13_999);
    const limited = await rewind(
      ...['show', '--repo', repository, '--at', truth.at, '--ns', 'shop.orders', '--filter', '{"_id":7}'],
    );
    assert.equal(limited.out.trim(), '{"_id":{"$numberInt":"7"},"replaced":true}');
  });

  it('shows what the latest and a marked time hold', async () => {
    const repository = path.join(folder, 'repo');
    await rewindJson('mark', '--repo', repository, 'before the drop', '--at', truths[3]?.at ?? '');
    const plan = await rewindJson<{ target: string; next: { op: string; ns: string } }>(
      ...['plan', '--repo', repository, '--at', 'mark:before the drop'],
    );
    assert.equal(plan.target, truths[3]?.at);
    assert.deepEqual([plan.next.op, plan.next.ns], ['drop', 'shop.orders']);
    const later = await rewind('show', '--repo', repository, '--at', 'latest', '--ns', 'other.later');
    assert.match(later.out, /"w":\{"\$numberInt":"1"\}/);
  });

  it('verifies every byte it wrote', async () => {
    const report = await rewindJson<{ files: number; damaged: unknown[] }>(
      'verify',
      '--repo',
      path.join(folder, 'repo'),
    );
    assert.deepEqual(report.damaged, []);
    assert.ok(report.files >= 5, `${report.files} files`);
  });

  it('leaves nothing running when it is interrupted', async () => {
    const { status, out } = await recording.stop();
    assert.equal(status, 0);
    assert.equal((JSON.parse(out) as { state: string }).state, 'stopped');
  });
});
