import assert from 'node:assert/strict';
import { type Document, MongoClient } from 'mongodb';
import { dropAll, lookAt } from '../../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { startRewinder } from '../../support/rewinder';
import { diffOf, historyOf } from '../../support/told';

/** What is told of rare ways to change documents. */
describe('diff and history', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  const shop = () => client.db('shop');
  const orders = () => shop().collection<Document & { _id: number }>('orders');
  const applyOps = (...operations: Document[]): Promise<Document> =>
    client.db('admin').command({ applyOps: operations });

  before(async () => {
    // emptycapped is there for tests of the server only.
    set = await startReplicaSet({ args: ['--setParameter', 'enableTestCommands=1'] });
    client = new MongoClient(set.uri);
  });

  beforeEach(() => dropAll(client));

  after(async () => {
    await client.close();
    await set.stop();
  });

  it('follow what somebody sent through applyOps: it replaces, makes and passes over', async () => {
    await orders().insertMany([1, 2].map((_id) => ({ _id })));
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const { at: first } = await lookAt(client);
    await applyOps(
      { op: 'i', ns: 'shop.orders', o: { _id: 1, replaced: true } },
      { op: 'u', ns: 'shop.orders', o2: { _id: 9 }, o: { $set: { made: 1 } } },
      { op: 'd', ns: 'shop.orders', o: { _id: 77 } },
    );
    const { at: middle } = await lookAt(client);
    await applyOps({ op: 'u', ns: 'shop.orders', b: true, o2: { _id: 9 }, o: { $set: { made: 2 } } });
    const { at: last } = await lookAt(client);
    await rewinder.recorded(last);
    const diff = diffOf(rewinder.folder, 'shop.orders');
    const history = historyOf(rewinder.folder, 'shop.orders');
    assert.deepEqual(await diff(first, last), ['added 9', 'changed 1']);
    assert.deepEqual(await diff(middle, last), ['changed 9']);
    assert.deepEqual(await history(1), ['snapshot {"_id":1}', 'insert {"_id":1,"replaced":true}']);
    assert.deepEqual(await history(9), ['insert {"_id":9,"made":1}', 'update {"_id":9,"made":2}']);
    assert.deepEqual(await history(77), []);
  });

  it('follow it in what was read while it changed', async () => {
    await orders().insertMany([1, 2].map((_id) => ({ _id })));
    await using rewinder = await startRewinder(client);
    // The document is made, and one that it is made of too, after the read but before the snapshot is consistent.
    await rewinder.snapshot({
      pinned: false,
      through: (source) => ({
        ...source,
        read: async (collection, at, signal) => {
          const read = await source.read(collection, at, signal);
          if (read.kind === 'gone') return read;
          const batches = (async function* () {
            for await (const batch of read.batches) yield batch;
            await applyOps({ op: 'u', ns: 'shop.orders', o2: { _id: 9 }, o: { $set: { made: 1 } } });
          })();
          return { ...read, batches };
        },
      }),
    });
    const { at: first } = await lookAt(client);
    await orders().updateOne({ _id: 9 }, { $set: { made: 2 } });
    const { at: last } = await lookAt(client);
    await rewinder.recorded(last);
    assert.deepEqual(await diffOf(rewinder.folder, 'shop.orders')(first, last), ['changed 9']);
    const history = await historyOf(rewinder.folder, 'shop.orders')(9);
    assert.deepEqual(history, ['snapshot {"_id":9,"made":1}', 'update {"_id":9,"made":2}']);
  });

  it('refuse a collection that a snapshot of chosen namespaces does not hold', async () => {
    await orders().insertMany([1, 2].map((_id) => ({ _id })));
    // Made before the recording begins, which is at what a majority has.
    const writeConcern = { w: 'majority' } as const;
    await shop().collection<{ _id: number }>('other').insertOne({ _id: 3 }, { writeConcern });
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot({ scope: [{ database: 'shop', collection: 'orders' }] });
    const { at: first } = await lookAt(client);
    await orders().drop();
    const { at: none } = await lookAt(client);
    await shop().renameCollection('other', 'orders');
    const { at: last } = await lookAt(client);
    await rewinder.recorded(last);
    const diff = diffOf(rewinder.folder, 'shop.orders');
    assert.deepEqual(await diff(first, none), ['removed 1', 'removed 2']);
    await assert.rejects(diff(first, last), { code: 'notHeld' });
    await assert.rejects(diff(last, none), { code: 'notHeld' });
  });

  it('tell what emptycapped took', async () => {
    await shop().createCollection('orders', { capped: true, size: 4096 });
    await orders().insertMany([1, 2].map((_id) => ({ _id })));
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const { at: first } = await lookAt(client);
    await orders().insertOne({ _id: 3 });
    await shop().command({ emptycapped: 'orders' });
    const { at: empty } = await lookAt(client);
    await orders().insertMany([{ _id: 2, again: true }, { _id: 4 }]);
    const { at: last } = await lookAt(client);
    await rewinder.recorded(last);
    const diff = diffOf(rewinder.folder, 'shop.orders');
    const history = historyOf(rewinder.folder, 'shop.orders');
    assert.deepEqual(await diff(first, empty), ['removed 1', 'removed 2']);
    assert.deepEqual(await diff(first, last), ['added 4', 'changed 2', 'removed 1']);
    assert.deepEqual(await diff(empty, last), ['added 2', 'added 4']);
    assert.deepEqual(await history(1), ['snapshot {"_id":1}', 'emptycapped gone']);
    assert.deepEqual(await history(2), [
      'snapshot {"_id":2}',
      'emptycapped gone',
      'insert {"_id":2,"again":true}',
    ]);
    assert.deepEqual(await history(3), ['insert {"_id":3}', 'emptycapped gone']);
  });
});
