import assert from 'node:assert/strict';
import { Timestamp } from 'bson';
import { MongoClient } from 'mongodb';
import { startReplicaSet } from '../../support/replicaSet';
import { startRewinder } from '../../support/rewinder';
import { firstDifference, quietTime, readTruth } from '../../support/truth';

interface Order {
  readonly _id: number;
  readonly arr: number[];
  readonly sub?: unknown;
  readonly empty?: Timestamp;
}

describe('restore by a user without the right to apply operations', function () {
  this.timeout(120_000);

  it('gives the same, with readWrite and dbAdmin on the target alone', async () => {
    const auth = { user: 'root', password: 'secret' };
    await using set = await startReplicaSet({ auth, args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    const root = new MongoClient(set.uri);
    const roles = ['readWrite', 'dbAdmin'].map((role) => ({ role, db: 'back' }));
    await root.db('admin').command({ createUser: 'dev', pwd: 'secret', roles });
    const dev = new MongoClient(set.uri.replace('root:', 'dev:'));
    try {
      const orders = root.db('shop').collection<Order>('orders');
      await orders.insertMany([1, 2, 3, 4].map((_id) => ({ _id, arr: [1, 2, 3], sub: { a: 1 } })));
      await root.db('shop').createCollection('log', { capped: true, size: 4096 });
      await using rewinder = await startRewinder(root);
      await rewinder.snapshot();
      await orders.updateOne({ _id: 1 }, { $push: { arr: { $each: [9], $slice: -2 } }, $unset: { sub: 1 } });
      await orders.updateOne({ _id: 2 }, { $set: { empty: new Timestamp({ t: 0, i: 0 }), sub: 5 } });
      await orders.deleteOne({ _id: 3 });
      await orders.createIndex({ 'sub.a': 1 }, { unique: true, sparse: true }, {});
      await root
        .db('shop')
        .collection('log')
        .insertMany([{ n: 1 }, { n: 2 }]);
      await root
        .db('shop')
        .createCollection('view', { viewOn: 'orders', pipeline: [{ $match: { _id: 1 } }] });
      const at = await quietTime(root);
      await rewinder.recorded(at);
      await rewinder.restore({ at, renames: [{ from: 'shop', to: 'back' }] }, dev);
      const truth = await readTruth(root);
      const there = new Map([...truth].filter(([ns]) => ns.startsWith('back.')));
      const source = new Map([...truth].filter(([ns]) => ns.startsWith('shop.')));
      const difference = firstDifference(source, there, (ns) => ns.replace('shop.', 'back.'));
      assert.equal(difference, undefined);
    } finally {
      await root.close();
      await dev.close();
    }
  });
});
