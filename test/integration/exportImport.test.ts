import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Db, MongoClient } from 'mongodb';
import { rewind, rewindJson, startRecording } from '../support/commandLine';
import { operationTime } from '../support/clusterTimes';
import { databaseState } from '../support/databaseState';
import { mongoTools } from '../support/mongoTools';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { serverVersion } from '../support/serverVersion';

const oddName = 'a/b %+ü.X';

interface Imported {
  readonly mark: string;
  readonly snapshot: { readonly documents: number; readonly consistentAt: string };
}

async function fill(shop: Db, version: number): Promise<void> {
  const orders = shop.collection<{ _id: number; [field: string]: unknown }>('orders');
  await orders.insertMany(
    Array.from({ length: 3_000 }, (_, i) => ({
      _id: i,
      total: i / 2,
      at: [i % 90, i % 45],
      sku: `s${i % 7}`,
      of: { a: i },
    })),
  );
  await orders.createIndexes([
    { key: { total: 1, sku: -1 }, name: 'by total' },
    { key: { sku: 1 }, partialFilterExpression: { total: { $gt: 10 } }, name: 'partial' },
    { key: { 'of.a': 1 }, sparse: true, unique: true },
    { key: { sku: 'text', note: 'text' }, weights: { sku: 10, note: 2 }, default_language: 'german' },
    { key: { sku: 'hashed' } },
    { key: { at: '2d' }, min: -200, max: 200, bits: 20 },
    { key: { place: '2dsphere' } },
    { key: { 'of.$**': 1 } },
    { key: { gone: 1 }, expireAfterSeconds: 100_000 },
    { key: { hidden: 1 }, hidden: true },
    { key: { word: 1 }, collation: { locale: 'sv', strength: 2 } },
  ]);
  await shop.createCollection('log', { capped: true, size: 1 << 20, max: 500 });
  await shop.collection('log').insertMany(Array.from({ length: 900 }, (_, n) => ({ n })));
  await shop.createCollection('words', {
    collation: { locale: 'de', strength: 1 },
    validator: { w: { $type: 'string' } },
  });
  await shop.collection('words').insertOne({ w: 'Öl' });
  if (version >= 5.3) {
    await shop.createCollection('clustered', { clusteredIndex: { key: { _id: 1 }, unique: true } });
    await shop.collection('clustered').insertMany([{ a: 1 }, { a: 2 }]);
  }
  await shop.createCollection('empty');
  await shop.collection(oddName).insertOne({ odd: true });
  await shop.createCollection('cheap', { viewOn: 'orders', pipeline: [{ $match: { total: { $lt: 5 } } }] });
  if (version < 5) return;
  await shop.createCollection('readings', {
    timeseries: { timeField: 'ts', metaField: 'sensor', granularity: 'minutes' },
    expireAfterSeconds: 1_000_000_000,
  });
  await shop.collection('readings').createIndex({ 'sensor.id': 1, ts: -1 });
  await shop.collection('readings').insertMany(
    Array.from({ length: 200 }, (_, i) => ({
      ts: new Date(Date.now() - i * 1000),
      sensor: { id: i % 3 },
      value: i,
    })),
  );
}

async function change(shop: Db, version: number): Promise<string> {
  const orders = shop.collection<{ _id: number }>('orders');
  await orders.updateMany({ _id: { $lt: 400 } }, { $set: { paid: true, 'of.b': [1, 2] } });
  await orders.deleteMany({ _id: { $gte: 2_900 } });
  await orders.insertOne({ _id: 99_999 });
  await shop.collection('log').insertMany(Array.from({ length: 50 }, (_, n) => ({ later: n })));
  if (version >= 5)
    await shop.collection('readings').insertOne({ ts: new Date(), sensor: { id: 9 }, value: 1 });
  return operationTime(
    await shop.command({ insert: 'late', documents: [{ x: 1 }], writeConcern: { w: 'majority' } }),
  );
}

describe('export and import', function () {
  this.timeout(60_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  const tools = mongoTools();
  let truth: Record<string, string>;
  let version: number;
  const at = (name: string): string => path.join(folder, name);

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-export-'));
    const shop = client.db('shop');
    version = await serverVersion(client);
    await fill(shop, version);
    await using recording = await startRecording(set.uri, at('repo'));
    const last = await change(shop, version);
    truth = await databaseState(shop);
    await recording.reaches(last);
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Restores all of shop from a repository and compares. */
  async function restoresTruth(repository: string, time: string, name: string): Promise<void> {
    await rewindJson(
      ...['restore', '--uri', set.uri, '--repo', repository, '--at', time, '--ns', 'shop', '--to', name],
    );
    const restored = await databaseState(client.db(name));
    assert.deepEqual(restored, truth);
    await client.db(name).dropDatabase();
  }

  it('writes a mongodump directory without a server', async () => {
    const report = await rewindJson<{ documents: number; collections: number; warnings: string[] }>(
      ...['export', '--repo', at('repo'), '--at', 'latest', '--out', at('dump')],
    );
    if (version >= 5) assert.deepEqual(report.warnings, []);
    const names = (await readdir(path.join(at('dump'), 'shop'))).sort();
    assert.ok(names.includes('a%2Fb%20%25%2B%C3%BC.X.bson'), names.join());
    if (version < 5) return;
    assert.ok(names.includes('system.buckets.readings.bson') && names.includes('readings.metadata.json'));
    assert.ok(names.includes('cheap.metadata.json') && !names.includes('cheap.bson'));
    const metadata = await readFile(path.join(at('dump'), 'shop', 'readings.metadata.json'), 'utf8');
    const { indexes, type } = JSON.parse(metadata) as { indexes: { key: object }[]; type: string };
    assert.equal(type, 'timeseries');
    assert.deepEqual(
      indexes.map((i) => Object.keys(i.key)),
      [['sensor.id', 'ts']],
    );
  });

  it('refuses a folder that is not empty, and leaves it as it is', async () => {
    const before = await readdir(at('dump'));
    const { status, err } = await rewind(
      'export',
      '--repo',
      at('repo'),
      '--at',
      'latest',
      '--out',
      at('dump'),
    );
    assert.equal(status, 1);
    assert.match(err, /is not empty/);
    assert.deepEqual(await readdir(at('dump')), before);
  });

  it('takes its own export in again, restorable at its mark', async () => {
    const report = await rewindJson<Imported>('import', '--dump', at('dump'), '--repo', at('imported'));
    await restoresTruth(at('imported'), `mark:${report.mark}`, 'imported');
    await restoresTruth(at('imported'), 'latest', 'imported');
    const { status } = await rewind('verify', '--repo', at('imported'));
    assert.equal(status, 0);
  });

  it('keeps a dump beside what is recorded in one repository', async () => {
    const report = await rewindJson<Imported>('import', '--dump', at('dump'), '--repo', at('repo'));
    await restoresTruth(at('repo'), `mark:${report.mark}`, 'beside');
    await restoresTruth(at('repo'), 'latest', 'beside');
  });

  it('names what happened once, and not what a dump tells of it again', async () => {
    const words = ['events', '--repo', at('repo')];
    const { events } = await rewindJson<{ events: readonly unknown[] }>(...words);
    assert.notEqual(events.length, 0);
    await cp(at('dump'), at('oplogged'), { recursive: true });
    const oplog = client.db('local').collection('oplog.rs').find({ ns: 'shop.orders' }, { raw: true });
    await writeFile(path.join(at('oplogged'), 'oplog.bson'), Buffer.concat((await oplog.toArray()) as never));
    await rewindJson('import', '--dump', at('oplogged'), '--repo', at('repo'));
    assert.deepEqual((await rewindJson<{ events: readonly unknown[] }>(...words)).events, events);
  });

  it('says what is wrong with a dump that is none', async () => {
    for (const [dump, message] of [
      ['nowhere', /there is no dump at/],
      ['repo/config.json', /no archive of mongodump/],
    ] as const) {
      const { status, err } = await rewind('import', '--dump', at(dump), '--repo', at('other'));
      assert.equal(status, 1);
      assert.match(err, message);
    }
  });

  it('mongodb_consistent_backup#316: reads what gzip packed, whatever it is called', async () => {
    await cp(at('dump'), at('packed'), { recursive: true });
    for (const name of await readdir(path.join(at('packed'), 'shop'))) {
      const file = path.join(at('packed'), 'shop', name);
      if (name.endsWith('.bson')) await writeFile(file, gzipSync(await readFile(file)));
    }
    const report = await rewindJson<Imported>('import', '--dump', at('packed'), '--repo', at('unpacked'));
    await restoresTruth(at('unpacked'), `mark:${report.mark}`, 'unpacked');
  });

  if (tools) {
    it('is what mongorestore takes', async () => {
      await tools.restore('--uri', set.uri, '--nsFrom', 'shop.*', '--nsTo', 'again.*', at('dump'));
      const restored = await databaseState(client.db('again'));
      assert.deepEqual(restored, truth);
      await client.db('again').dropDatabase();
    });

    for (const options of [
      ['--out', 'd1'],
      ['--out', 'd2', '--gzip'],
      ['--archive', 'a1'],
      ['--archive', 'a2', '--gzip'],
      ['--out', 'd3', '--oplog'],
      ['--archive', 'a3', '--oplog', '--gzip'],
    ]) {
      it(`takes in what mongodump ${options.join(' ')} writes`, async () => {
        const [kind = '', name = '', ...flags] = options;
        const only = flags.includes('--oplog') ? [] : ['--db', 'shop'];
        await tools.dump('--uri', set.uri, `${kind}=${at(name)}`, ...flags, ...only);
        const report = await rewindJson<Imported>(
          ...['import', '--dump', at(name), '--repo', at(`from-${name}`)],
        );
        await restoresTruth(at(`from-${name}`), `mark:${report.mark}`, `from_${name}`);
      });
    }
  }
});
