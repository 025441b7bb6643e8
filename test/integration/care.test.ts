import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { putVerified } from '../../src/storage/careRecords';
import { nextBase } from '../../src/worker/baseJob';
import { openReader } from '../../src/worker/open';
import { operationTime } from '../support/clusterTimes';
import { rewind, rewindJson, startRecording } from '../support/commandLine';
import { databaseState } from '../support/databaseState';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { serverVersion } from '../support/serverVersion';
import { waitFor } from '../support/waitFor';

interface Found {
  readonly atMs: number;
  readonly ok: boolean;
}

interface Status {
  readonly snapshots: readonly { readonly id: string }[];
  readonly ranges: readonly { readonly from: string; readonly to: string }[];
  readonly verified?: Found & { readonly restored?: Found };
}

interface Verified {
  readonly damaged: readonly unknown[];
  readonly restored: {
    readonly ok: boolean;
    readonly documents: number;
    readonly differences: readonly unknown[];
  };
}

const due = { shareOfBase: 0, leastBytes: 0, mostBytes: 0, maxAgeMs: 0, leastBytesByAge: 0 };

describe('care for a repository', function () {
  this.timeout(60_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;
  let version: number;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-care-'));
    repository = path.join(folder, 'repo');
    const shop = client.db('shop');
    await shop
      .collection<{ _id: number }>('orders')
      .insertMany(Array.from({ length: 2_000 }, (_, _id) => ({ _id, n: _id })));
    version = await serverVersion(client);
    // 4.4 does not log what it trims: there bases are always taken from the server.
    const log = version < 5 ? {} : { capped: true, size: 65_536, max: 40 };
    await shop.createCollection('log', log);
    if (version >= 5)
      await shop.createCollection('readings', { timeseries: { timeField: 'ts', metaField: 'm' } });
    await shop.createCollection('few', { viewOn: 'orders', pipeline: [{ $limit: 3 }] });
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Changes of every kind; gives the time of the last one. */
  async function change(shop: Db, round: number): Promise<string> {
    const orders = shop.collection<{ _id: number | string }>('orders');
    await orders.updateMany(
      { _id: { $gte: round * 50, $lt: round * 50 + 120 } },
      { $inc: { n: 1 }, $set: { [`r${round}`]: { a: [1] } } },
    );
    await orders.deleteMany({ _id: { $gte: 1_900 - round * 10, $lt: 1_905 - round * 10 } });
    await orders.insertOne({ _id: `round ${round}` });
    await shop.collection('log').insertMany(Array.from({ length: 25 }, (_, n) => ({ round, n })));
    if (version >= 5)
      await shop.collection('readings').insertMany([
        { ts: new Date(), m: round, v: 1 },
        { ts: new Date(), m: round, v: 2 },
      ]);
    await orders.createIndex({ [`r${round}.a`]: 1 });
    await shop.collection(`made${round}`).insertOne({ round });
    if (round > 1) await shop.collection(`made${round - 1}`).rename(`renamed${round - 1}`);
    if (round > 2) await shop.collection(`renamed${round - 2}`).drop();
    await shop.createCollection(`view${round}`, { viewOn: 'log', pipeline: [] });
    const session = client.startSession();
    await session.withTransaction(async () => {
      await orders.updateOne({ _id: 700 + round }, { $set: { inTransaction: round } }, { session });
      await shop.collection('inTransaction').insertOne({ round }, { session });
    });
    await session.endSession();
    return operationTime(
      await shop.command({ insert: 'last', documents: [{ round }], writeConcern: { w: 'majority' } }),
    );
  }

  async function restoresNow(shop: Db): Promise<void> {
    await rewindJson(
      'restore',
      '--uri',
      set.uri,
      '--repo',
      repository,
      '--at',
      'latest',
      '--ns',
      'shop',
      '--to',
      'again',
    );
    assert.deepEqual(await databaseState(client.db('again')), await databaseState(shop));
    await client.db('again').dropDatabase();
  }

  it('restores on trial beside a running recorder, compares, drops it, and remembers', async () => {
    const shop = client.db('shop');
    await using recording = await startRecording(set.uri, repository);
    await recording.reaches(await change(shop, 1));
    const before = (await client.db('admin').admin().listDatabases()).databases.map((d) => d.name);
    const { damaged, restored } = await rewindJson<Verified>(
      'verify',
      '--repo',
      repository,
      '--restore',
      '--uri',
      set.uri,
    );
    assert.deepEqual([damaged, restored.differences, restored.ok], [[], [], true]);
    assert.ok(restored.documents > 2_000);
    const after = (await client.db('admin').admin().listDatabases()).databases.map((d) => d.name);
    assert.deepEqual(after, before);
    const { verified } = await rewindJson<Status>('status', '--repo', repository);
    assert.ok(verified?.ok === true && Date.now() - verified.atMs < 60_000);
  });

  it('makes bases without the server that restore to the same', async () => {
    const shop = client.db('shop');
    for (const round of [2, 3]) {
      const recording = await startRecording(set.uri, repository);
      await recording.reaches(await change(shop, round));
      await recording.stop();
      const content = await (await openReader(repository)).content();
      const lineage = content.lineages.at(-1)?.start.id ?? '';
      const refuse = (): Promise<never> => Promise.reject(new Error('the server was asked'));
      await nextBase(repository, content, lineage, refuse, new AbortController().signal, due);
      const { snapshots } = await (await openReader(repository)).content();
      assert.equal(snapshots.length, round);
      assert.equal(snapshots.at(-1)?.madeFrom, snapshots.at(-2)?.madeFrom ?? snapshots.at(-2)?.id);
      await restoresNow(shop);
    }
    const { restored } = await rewindJson<Verified>(
      'verify',
      '--repo',
      repository,
      '--restore',
      '--uri',
      set.uri,
    );
    assert.deepEqual(restored.differences, []);
  });

  it('prunes beside a running recorder, which goes on', async () => {
    const shop = client.db('shop');
    const { snapshots: before, ranges } = await rewindJson<Status>('status', '--repo', repository);
    await rewindJson('mark', 'kept', '--repo', repository, '--at', ranges[0]?.from ?? '');
    // The window begins at a whole second: only then is the newest snapshot surely before it.
    const newest = Number(ranges.at(-1)?.to.split(':')[0]) * 1000;
    await waitFor('the window to begin after the newest snapshot', () => Date.now() >= newest + 2_000);
    await using recording = await startRecording(set.uri, repository);
    await rewindJson('prune', '--repo', repository, '--keep', '1s');
    await recording.reaches(await change(shop, 4));
    const { snapshots } = await rewindJson<Status>('status', '--repo', repository);
    assert.ok(snapshots.length < before.length, `${snapshots.length} of ${before.length}`);
    await restoresNow(shop);
    await rewindJson('plan', '--repo', repository, '--at', 'mark:kept');
    assert.equal((await rewind('verify', '--repo', repository)).status, 0);
  });

  it('keeps what the last test restore found when it verifies without one', async () => {
    const found = async () => (await rewindJson<Status>('status', '--repo', repository)).verified;
    const atMs = Date.now();
    await putVerified(repository, { atMs, ok: true, restored: { atMs, ok: false } });
    assert.equal((await rewind('verify', '--repo', repository)).status, 0);
    const verified = await found();
    assert.ok(verified && verified.ok && verified.atMs >= atMs);
    assert.deepEqual(verified.restored, { atMs, ok: false });
    await rewindJson('verify', '--repo', repository, '--restore', '--uri', set.uri);
    assert.equal((await found())?.restored?.ok, true);
  });

  it('tells wrong usage from failure', async () => {
    for (const words of [['--keep', 'soon'], [], ['--keep', '1d', '--max-bytes', '1k'], ['--keep', '0h']]) {
      assert.equal((await rewind('prune', '--repo', repository, ...words)).status, 2);
    }
    assert.equal((await rewind('verify', '--repo', repository, '--restore')).status, 2);
    assert.equal((await rewind('prune', '--repo', path.join(folder, 'none'), '--keep', '1d')).status, 1);
  });
});
