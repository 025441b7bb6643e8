import assert from 'node:assert/strict';
import type { Document } from 'bson';
import { MongoClient } from 'mongodb';
import { dropAll, type History, lookAt, proveHistory, proveRestore } from '../../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { startRewinder } from '../../support/rewinder';

/** Collections and indexes in states that no single command makes. */
describe('restore of collections and indexes', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let major: number;
  const shop = () => client.db('shop');
  const log = () => shop().collection('log');
  const numbered = (from: number, count: number): Document[] =>
    Array.from({ length: count }, (_, i) => ({ _id: from + i, text: 'x'.repeat((from + i) % 50) }));
  const prove = (history: History): Promise<readonly string[]> => proveHistory(client, history);

  before(async () => {
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
    const { version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
    major = Number.parseInt(version, 10);
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  it('keeps the order of a capped collection and what it trimmed', async () => {
    const warnings = await prove({
      before: async () => {
        await shop().createCollection('log', { capped: true, size: 4096, max: 20 });
        await log().insertMany(numbered(100, 15));
      },
      after: [
        () => log().insertMany(numbered(0, 10)),
        () =>
          log()
            .updateMany({}, { $set: { text: undefined } })
            .catch(() => undefined),
        () => log().insertMany(numbered(50, 30)),
        () => client.db('admin').command({ renameCollection: 'shop.log', to: 'shop.old' }),
      ],
    });
    const aboutTrims = warnings.filter((warning) => warning.includes('does not log what'));
    assert.equal(aboutTrims.length, major < 5 ? 1 : 0);
  });

  it('reads a capped collection while it is written, without a document twice or out of order', async () => {
    await dropAll(client);
    await shop().createCollection('log', { capped: true, size: 1 << 20, max: 500 });
    await log().insertMany(numbered(0, 500));
    await using rewinder = await startRewinder(client);
    let next = 500;
    const reading = { done: false };
    const writing = (async () => {
      while (!reading.done) {
        await log().insertMany(numbered(next, 40));
        next += 40;
      }
    })();
    await rewinder.snapshot({ pinned: false });
    reading.done = true;
    await writing;
    await log().insertMany(numbered(next, 10));
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
    await proveRestore(client, rewinder, moment, { foldAll: true });
  });

  it('keeps more than new limits of a capped collection allow, until the next insert', async () => {
    if (major < 6) return;
    await prove({
      before: async () => {
        await shop().createCollection('log', { capped: true, size: 100_000, max: 100 });
        await log().insertMany(numbered(0, 80));
      },
      after: [
        () => shop().command({ collMod: 'log', cappedSize: 1_000 }),
        () => shop().command({ collMod: 'log', cappedMax: 5 }),
        () => log().insertMany(numbered(500, 1)),
        () => shop().command({ collMod: 'log', cappedSize: 200_000, cappedMax: 0 }),
        () => log().insertMany(numbered(600, 50)),
      ],
    });
  });

  it('keeps what a capped collection has after applyOps, and says that it cannot know', async () => {
    const byApplyOps = (_id: number): Promise<unknown> =>
      client.db('admin').command({ applyOps: [{ op: 'i', ns: 'shop.log', o: { _id } }] });
    const history: History = {
      before: async () => {
        await shop().createCollection('log', { capped: true, size: 4096, max: 20 });
        await log().insertMany(numbered(0, 12));
      },
      after: [
        () => byApplyOps(50),
        () => log().insertMany(numbered(100, 15)),
        () => byApplyOps(200),
        ...(major < 6 ? [] : [() => log().updateMany({}, { $set: { text: 'y'.repeat(900) } })]),
        ...(major < 6 ? [] : [() => shop().command({ collMod: 'log', cappedMax: 5 })]),
      ],
    };
    const warnings = await prove(history);
    assert.equal(warnings.filter((warning) => warning.includes('does not log what')).length, 1);
  });

  it('keeps the newest document of a capped collection, however large, also when applyOps wrote there', async () => {
    if (major < 5) return; // refused
    const large = (_id: number): Document => ({ _id, text: 'x'.repeat(20_000) });
    await prove({
      before: async () => {
        await shop().createCollection('log', { capped: true, size: 4096 });
        await log().insertMany(numbered(0, 12));
      },
      after: [
        () => log().insertOne(large(100)),
        () => client.db('admin').command({ applyOps: [{ op: 'i', ns: 'shop.log', o: { _id: 200 } }] }),
        () => log().insertOne(large(300)),
      ],
    });
  });

  it('converts to capped, and loses the indexes', async () => {
    await prove({
      before: async () => {
        await log().insertMany(numbered(0, 100));
        await log().createIndex({ text: 1 }, {}, {});
      },
      after: [
        () => shop().command({ convertToCapped: 'log', size: 4096 }),
        () => log().insertMany(numbered(200, 5)),
        () => shop().command({ cloneCollectionAsCapped: 'log', toCollection: 'clone', size: 8192 }),
      ],
    });
  });

  it('makes a capped collection that is clustered, as a clone was', async () => {
    if (major < 6) return;
    await prove({
      before: async () => {
        await shop().createCollection('log', { clusteredIndex: { key: { _id: 1 }, unique: true } });
        await log().insertMany(numbered(0, 20));
      },
      after: [
        () => shop().command({ cloneCollectionAsCapped: 'log', toCollection: 'clone', size: 8192 }),
        () => shop().collection('clone').insertMany(numbered(100, 20)),
      ],
    });
  });

  it('hides an index as a collMod did', async () => {
    await prove({
      before: () => log().createIndex({ a: 1, b: -1 }, { name: 'ab' }, {}),
      after: [
        () => shop().command({ collMod: 'log', index: { name: 'ab', hidden: true } }),
        () =>
          log().createIndex({ c: 1 }, { name: 'c', hidden: true, unique: true, expireAfterSeconds: 100 }, {}),
        () => shop().command({ collMod: 'log', index: { name: 'c', expireAfterSeconds: 5_000 } }),
        () => shop().command({ collMod: 'log', index: { name: 'ab', hidden: false } }),
      ],
    });
  });

  it('makes two unique indexes on one key, as two collMods did', async () => {
    if (major < 6) return;
    const unique = async (name: string): Promise<void> => {
      await log().createIndex({ a: 1, b: 1 }, { name }, {});
      await shop().command({ collMod: 'log', index: { name, prepareUnique: true } });
    };
    await prove({
      before: () => log().insertMany(numbered(0, 5).map((d, i) => ({ ...d, a: i, b: i }))),
      after: [
        () => unique('one'),
        () => shop().command({ collMod: 'log', index: { name: 'one', unique: true } }),
        () => unique('two'),
        () => shop().command({ collMod: 'log', index: { name: 'two', unique: true } }),
      ],
    });
  });

  it('brings a temporary collection back as one', async () => {
    await prove({
      after: [
        () =>
          client
            .db('admin')
            .command({ applyOps: [{ op: 'c', ns: 'shop.$cmd', o: { create: 'passing', temp: true } }] }),
        () => shop().collection('passing').insertOne({ n: 1 }),
      ],
    });
  });

  it('keeps functions, an index of the first version for _id, and collations', async () => {
    await prove({
      before: async () => {
        const idIndex = { v: 1, key: { _id: 1 }, name: '_id_' };
        await shop().command({ create: 'old', idIndex });
        await shop().createCollection('words', { collation: { locale: 'sv', strength: 2 } });
      },
      after: [
        () => shop().collection('words').createIndex({ w: 1 }, { name: 'swedish' }, {}),
        () =>
          shop()
            .collection('words')
            .createIndex({ w: 1 }, { name: 'simple', collation: { locale: 'simple' } }, {}),
        () => shop().collection('words').createIndex({ x: 1 }, { name: 'first version', version: 1 }, {}),
        () =>
          shop()
            .collection('system.js')
            .insertOne({ _id: 'twice', value: 'function (x) { return 2 * x }' } as Document),
      ],
    });
  });

  it('follows time-series collections with their indexes and limits', async () => {
    if (major < 5) return;
    const measure = (day: number): Document[] =>
      Array.from({ length: 20 }, (_, i) => ({
        t: new Date(1.7e12 + day * 864e5 + i),
        m: { s: i % 3 },
        v: i,
      }));
    const weather = () => shop().collection('weather');
    const timeseries = { timeField: 't', metaField: 'm', granularity: 'seconds' } as const;
    await prove({
      before: async () => {
        await shop().createCollection('weather', { timeseries, expireAfterSeconds: 1e9 });
        await weather().insertMany(measure(1));
      },
      after: [
        () => weather().insertMany(measure(2)),
        () => weather().createIndex({ 'm.s': 1, t: -1 }, {}, {}),
        () => weather().deleteMany({ 'm.s': 1 }),
        () => shop().command({ collMod: 'weather', timeseries: { granularity: 'minutes' } }),
        () => shop().command({ collMod: 'weather', expireAfterSeconds: 'off' }),
        () => shop().createCollection('second', { timeseries: { timeField: 'when' } }),
      ],
    });
  });
});

describe('restore after emptycapped', () => {
  it('begins with what came after', async () => {
    // The command is there for tests of the server only.
    await using set = await startReplicaSet({
      args: ['--setParameter', 'ttlMonitorEnabled=false', '--setParameter', 'enableTestCommands=1'],
    });
    const client = new MongoClient(set.uri);
    const shop = client.db('shop');
    const insert = (from: number): Promise<unknown> =>
      shop.collection<{ _id: number }>('log').insertMany([0, 1, 2, 3, 4].map((n) => ({ _id: from + n })));
    try {
      await proveHistory(client, {
        before: async () => {
          await shop.createCollection('log', { capped: true, size: 4096 });
          await insert(0);
        },
        after: [() => insert(5), () => shop.command({ emptycapped: 'log' }), () => insert(3)],
      });
    } finally {
      await client.close();
    }
  });
});
