import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Document } from 'bson';
import { MongoClient } from 'mongodb';
import { readOplogEntry } from '../../../src/core/oplogEntry';
import { splitDocuments } from '../../../src/core/rawDocument';
import { quote } from '../../../src/core/say';
import { BackupError } from '../../../src/engine/errors';
import type { DumpSource, RawBatch, RepositoryReader } from '../../../src/engine/ports';
import { dropAll, lookAt, proveRestore } from '../../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { type Rewinder, startRewinder } from '../../support/rewinder';
import { quietTime } from '../../support/truth';

/** What a restore says where it cannot give everything, and what it refuses before it writes. */
describe('what a restore says', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  const shop = () => client.db('shop');
  const orders = () => shop().collection('orders');
  const databases = async (): Promise<string[]> =>
    (await client.db().admin().listDatabases({ nameOnly: true })).databases.map((d) => d.name);
  const failsWith = (code: string, text: RegExp) => (error: unknown) =>
    error instanceof BackupError && error.code === code && text.test(error.message);

  before(async () => {
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  beforeEach(() => dropAll(client));

  async function recorded(rewinder: Rewinder, act: () => Promise<unknown>): Promise<void> {
    await rewinder.snapshot();
    await act();
    await rewinder.recorded(await quietTime(client));
  }

  it('warns that a transaction comes back in part, in the scope of one collection', async () => {
    await orders().insertOne({ n: 0 });
    await shop().collection('stock').insertOne({ n: 0 });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, () =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          await orders().insertOne({ n: 1 }, { session });
          await shop().collection('stock').insertOne({ n: 1 }, { session });
        }),
      ),
    );
    const moment = await lookAt(client);
    const scope = [{ database: 'shop', collection: 'orders' }];
    const [warning = '', ...more] = await proveRestore(client, rewinder, moment, { scope });
    assert.match(warning, /^a transaction also wrote outside .* shop\.stock\)/);
    assert.deepEqual(more, []);
    assert.deepEqual(await proveRestore(client, rewinder, moment, { scope: [{ database: 'shop' }] }), []);
  });

  it('leaves out buckets whose time-series collection lost its name to an ordinary one, and says so', async () => {
    const { version } = (await client.db().admin().buildInfo()) as { version: string };
    if (Number.parseInt(version, 10) < 5) return; // has no time series
    await shop()
      .collection('weather')
      .insertMany([{ t: new Date() }, { t: new Date() }]);
    const timeseries = { timeField: 't', granularity: 'seconds', bucketMaxSpanSeconds: 3600 };
    const create = { create: 'system.buckets.weather', clusteredIndex: true, timeseries };
    await client.db('admin').command({ applyOps: [{ op: 'c', ns: 'shop.$cmd', o: create }] });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, () => orders().insertOne({ n: 1 }));
    const renames = [{ from: 'shop', to: 'shop__r' }];
    const { warnings } = await rewinder.restore({ at: await quietTime(client), scope: [], renames }, client);
    assert.match(warnings.join(), /^shop\.system\.buckets\.weather is left out[^,]*, and [^,]*$/);
    const weather = (database: string): Promise<Document[]> =>
      client.db(database).collection('weather').find().toArray();
    assert.deepEqual(await weather('shop__r'), await weather('shop'));
    assert.equal((await weather('shop__r')).length, 2);
  });

  it('warns that the feature compatibility version was changed in between', async () => {
    const { featureCompatibilityVersion: now } = (await client
      .db('admin')
      .command({ getParameter: 1, featureCompatibilityVersion: 1 })) as {
      featureCompatibilityVersion: { version: string };
    };
    const older = { '4.4': '4.2', '5.0': '4.4', '6.0': '5.0', '7.0': '6.0', '8.0': '7.0' }[now.version];
    const change = (version: string | undefined): Promise<Document> =>
      client.db('admin').command({
        setFeatureCompatibilityVersion: version,
        ...(Number.parseInt(now.version, 10) >= 7 ? { confirm: true } : {}),
      });
    await orders().insertOne({ n: 0 });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, async () => {
      await change(older);
      await change(now.version);
    });
    const { warnings } = await rewinder.plan({ at: await quietTime(client) });
    assert.equal(warnings.filter((w) => w.startsWith('the feature compatibility version became')).length, 2);
  });

  it('says which view reads what is not restored', async () => {
    await orders().insertOne({ n: 0 });
    await shop().createCollection('paid', {
      viewOn: 'orders',
      pipeline: [{ $lookup: { from: 'stock', localField: 'n', foreignField: 'n', as: 's' } }],
    });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, () => orders().insertOne({ n: 1 }));
    const at = await quietTime(client);
    const { warnings } = await rewinder.plan({ at, scope: [{ database: 'shop', collection: 'paid' }] });
    assert.deepEqual(warnings, [
      'the view shop.paid reads orders, which is not restored into shop',
      'the view shop.paid reads stock, which is not restored into shop',
    ]);
  });

  it('lets a view read what it reads under the new name', async () => {
    await orders().insertMany([{ n: 1 }, { n: 2 }]);
    await shop().createCollection('big', {
      viewOn: 'orders',
      pipeline: [{ $match: { n: 2 } }, { $unionWith: { coll: 'orders', pipeline: [{ $match: { n: 1 } }] } }],
    });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, () => orders().insertOne({ n: 2 }));
    const renames = [
      { from: 'shop', to: 'back' },
      { from: 'shop.orders', to: 'back.old_orders' },
    ];
    const { warnings } = await rewinder.restore({ at: await quietTime(client), renames });
    assert.deepEqual(warnings, []);
    const seen = await client.db('back').collection('big').find().sort({ n: 1 }).toArray();
    assert.deepEqual(
      seen.map((d) => d['n'] as number),
      [1, 2, 2],
    );
  });

  it('refuses names that a server refuses and two for one, before it writes', async () => {
    await orders().insertOne({ n: 0 });
    await client.db('other').collection('orders').insertOne({ n: 0 });
    await using rewinder = await startRewinder(client);
    await recorded(rewinder, () => orders().insertOne({ n: 1 }));
    const at = await quietTime(client);
    const before = await databases();
    const restore = (...renames: { from: string; to: string }[]): Promise<unknown> =>
      rewinder.restore({ at, renames });
    const other = { from: 'other', to: 'x' };
    await assert.rejects(
      restore(other, { from: 'shop', to: 'x' }),
      failsWith('badInput', /both become x\.orders/),
    );
    await assert.rejects(
      restore(other, { from: 'shop', to: 'X' }),
      failsWith('badInput', /differ only in case/),
    );
    await assert.rejects(
      restore(other, { from: 'shop', to: 'y'.repeat(64) }),
      failsWith('badInput', /63 bytes/),
    );
    await assert.rejects(restore(other, { from: 'shop', to: 'admin' }), failsWith('badInput', /admin/));
    await assert.rejects(restore(other, { from: 'shop', to: 'a b' }), failsWith('badInput', /no name/));
    await assert.rejects(
      restore(other, { from: 'shop.orders', to: `x.${'y'.repeat(300)}` }),
      failsWith('badInput', /255 bytes/),
    );
    await assert.rejects(
      restore(other, { from: 'shop.orders', to: 'x.system.orders' }),
      failsWith('badInput', /for MongoDB itself/),
    );
    assert.deepEqual(await databases(), before);
  });

  for (const applier of ['server', 'own'] as const) {
    for (const lost of ['insert', 'update and delete'] as const) {
      it(`takes a lost ${lost} for damage, and leaves nothing behind (applier: ${applier})`, async () => {
        await orders().insertOne({ _id: 1, n: 0 } as Document);
        await using rewinder = await startRewinder(client);
        await recorded(rewinder, async () => {
          await orders().insertOne({ _id: 2, n: 0 } as Document);
          if (lost === 'insert') await orders().deleteOne({ _id: 2 } as Document);
          else await orders().updateOne({ _id: 2 } as Document, { $set: { n: 1 } });
        });
        const at = await quietTime(client);
        const renames = [{ from: 'shop', to: 'back' }];
        const through = (reader: RepositoryReader): RepositoryReader => ({
          ...reader,
          readSegment: (...args) => withoutInsertOf2(reader.readSegment(...args)),
        });
        const restoring = rewinder.restore({ at, renames, through, foldAll: applier === 'own' });
        await assert.rejects(restoring, failsWith('damaged', /shop\.orders/));
        assert.ok(!(await databases()).includes('back'));
      });
    }
  }

  it('refuses a collection that took the name of one in the snapshot, where the snapshot does not hold it', async () => {
    await orders().insertOne({ n: 0 });
    await shop().collection('secret').insertOne({ n: 0 });
    await using rewinder = await startRewinder(client);
    const scope = [{ database: 'shop', collection: 'orders' }];
    await rewinder.snapshot({ scope });
    await client
      .db('admin')
      .command({ renameCollection: 'shop.secret', to: 'shop.orders', dropTarget: true });
    const at = await quietTime(client);
    await rewinder.recorded(at);
    await assert.rejects(
      rewinder.plan({ at, scope }),
      failsWith('notHeld', /shop\.orders is, since .*does not hold/),
    );
  });

  it('holds the views and time-series collections of a snapshot of one namespace', async () => {
    await orders().insertOne({ n: 0 });
    await shop().createCollection('paid', { viewOn: 'orders', pipeline: [] });
    await using rewinder = await startRewinder(client);
    const scope = [{ database: 'shop', collection: 'paid' }];
    await rewinder.snapshot({ scope });
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment, { scope });
  });

  it('reads a collection again where the server let go of the pinned time, and keeps one file of it', async () => {
    await orders().insertMany(Array.from({ length: 9_000 }, (_, n) => ({ n })));
    await using rewinder = await startRewinder(client);
    const how: string[] = [];
    const snapshot = await rewinder.snapshot({
      through: (source) => lettingGo(source, how, () => orders().insertOne({ n: -1 })),
    });
    assert.equal(how.at(-1), 'fuzzy');
    const files = await readdir(path.join(rewinder.folder, 'snapshots', snapshot.id, 'shop'));
    assert.deepEqual(files.sort(), ['orders.bson.zst', 'orders.metadata.json']);
    await orders().deleteMany({ n: { $lt: 100 } });
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
  });
});

async function* withoutInsertOf2(batches: AsyncIterable<RawBatch>): AsyncGenerator<RawBatch> {
  for await (const { bytes } of batches) {
    const kept = [...splitDocuments(bytes)].filter((document) => {
      const { op, o } = readOplogEntry(document);
      return op !== 'i' || !Buffer.from(o).includes(Buffer.from([0x10, 0x5f, 0x69, 0x64, 0, 2, 0, 0, 0]));
    });
    yield { bytes: Buffer.concat(kept), documents: kept.length };
  }
}

/** Breaks the first read after its first batch, as a server does that no longer has the time pinned. */
function lettingGo(source: DumpSource, how: string[], meanwhile: () => Promise<unknown>): DumpSource {
  return {
    ...source,
    async read(...args) {
      const read = await source.read(...args);
      how.push(read.kind);
      if (read.kind === 'gone' || how.length > 1) return read;
      return { ...read, batches: firstOf(read.batches, meanwhile) };
    },
  };
}

async function* firstOf(
  batches: AsyncIterable<RawBatch>,
  meanwhile: () => Promise<unknown>,
): AsyncGenerator<RawBatch> {
  for await (const batch of batches) {
    yield batch;
    await meanwhile();
    throw new BackupError('sourceChanged', quote('a collection changed while it was read'));
  }
}
