import assert from 'node:assert/strict';
import { type Binary, type Document, MongoClient } from 'mongodb';
import { dropAll, lookAt, type Moment, proveRestore } from '../../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { type Rewinder, startRewinder } from '../../support/rewinder';
import { diffOf, historyOf } from '../../support/told';

/** As `mongorestore --drop --preserveUUID` does it. */
describe('a collection that is dropped and made again with its UUID', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  const shop = () => client.db('shop');
  const orders = () => shop().collection<Document & { _id: number }>('orders');
  const insert = (...ids: number[]): Promise<unknown> => orders().insertMany(ids.map((_id) => ({ _id })));

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
  });

  beforeEach(() => dropAll(client));

  after(async () => {
    await client.close();
    await set.stop();
  });

  async function makeAgain(name = 'orders'): Promise<void> {
    const [{ info }] = (await shop().listCollections({ name: 'orders' }).toArray()) as unknown as [
      { info: { uuid: Binary } },
    ];
    await orders().drop();
    const create = { op: 'c', ns: 'shop.$cmd', ui: info.uuid, o: { create: name } };
    await client.db('admin').command({ applyOps: [create] });
  }

  /** Restores by both appliers, from the snapshot and from bases made of the log, each of the one before. */
  async function prove(rewinder: Rewinder, moments: readonly Moment[]): Promise<void> {
    await rewinder.recorded(moments.at(-1)!.at);
    await rewinder.stopRecording();
    const proveAll = async (some: readonly Moment[]): Promise<void> => {
      for (const moment of some) {
        await proveRestore(client, rewinder, moment);
        await proveRestore(client, rewinder, moment, { foldAll: true });
      }
    };
    await proveAll(moments);
    for (const [index, moment] of moments.entries()) {
      await rewinder.base(moment.at);
      await proveAll(moments.slice(index));
    }
  }

  for (const [how, pinned] of [
    ['read at one time', true],
    ['read while it changed', false],
  ] as const) {
    it(`comes back with what was written since alone, ${how}`, async () => {
      await insert(1, 2, 3);
      await using rewinder = await startRewinder(client);
      await rewinder.snapshot({ pinned });
      const moments = [await lookAt(client)];
      await insert(4);
      await makeAgain();
      moments.push(await lookAt(client));
      await insert(1);
      await orders().updateOne({ _id: 1 }, { $set: { again: true } });
      moments.push(await lookAt(client));
      await insert(5);
      await makeAgain();
      await insert(7, 8);
      moments.push(await lookAt(client));
      await prove(rewinder, moments);
    });
  }

  it('is compared as a whole, and its documents were gone in between', async () => {
    await insert(1, 2, 3);
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    await insert(4);
    const { at: first } = await lookAt(client);
    await makeAgain();
    const { at: empty } = await lookAt(client);
    await orders().insertOne({ _id: 1, again: true });
    await insert(5);
    const { at: last } = await lookAt(client);
    await rewinder.recorded(last);
    const diff = diffOf(rewinder.folder, 'shop.orders');
    const history = historyOf(rewinder.folder, 'shop.orders');
    assert.deepEqual(await diff(first, last), [
      'added 5',
      'changed 1',
      'removed 2',
      'removed 3',
      'removed 4',
    ]);
    assert.deepEqual(await diff(last, first), ['added 2', 'added 3', 'added 4', 'changed 1', 'removed 5']);
    assert.deepEqual(await diff(first, empty), ['removed 1', 'removed 2', 'removed 3', 'removed 4']);
    assert.deepEqual(await diff(empty, last), ['added 1', 'added 5']);
    assert.deepEqual(await history(1), ['snapshot {"_id":1}', 'drop gone', 'insert {"_id":1,"again":true}']);
    assert.deepEqual(await history(2), ['snapshot {"_id":2}', 'drop gone']);
    assert.deepEqual(await history(4), ['insert {"_id":4}', 'drop gone']);
  });

  it('may be made under another name and be renamed', async () => {
    await insert(1, 2, 3);
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const moments = [await lookAt(client)];
    await makeAgain('passing');
    await shop().collection<{ _id: number }>('passing').insertOne({ _id: 2 });
    moments.push(await lookAt(client));
    await shop().renameCollection('passing', 'orders');
    moments.push(await lookAt(client));
    await prove(rewinder, moments);
    const diff = diffOf(rewinder.folder, 'shop.orders');
    const history = historyOf(rewinder.folder, 'shop.orders');
    assert.deepEqual(await diff(moments[0]!.at, moments[2]!.at), ['removed 1', 'removed 3']);
    assert.deepEqual(await history(1), ['snapshot {"_id":1}', 'drop gone']);
    assert.deepEqual(await history(2), ['snapshot {"_id":2}', 'drop gone', 'rename {"_id":2}']);
  });

  it('stays as it is where it is there already', async () => {
    await insert(1, 2);
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot();
    const [{ info }] = (await shop().listCollections({ name: 'orders' }).toArray()) as unknown as [
      { info: { uuid: Binary } },
    ];
    const create = { op: 'c', ns: 'shop.$cmd', ui: info.uuid, o: { create: 'orders' } };
    await client.db('admin').command({ applyOps: [create] });
    await insert(3);
    await prove(rewinder, [await lookAt(client)]);
  });
});
