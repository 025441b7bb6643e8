import assert from 'node:assert/strict';
import type { Collection, Document } from 'mongodb';
import type { RestoreVersionReport } from '../../src/protocol/job';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

describe('restoring one version of a document', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let orders: Collection<Numbered>;
  const times: string[] = [];

  before(async () => {
    recorded = await RecordedSet.start(async (db) => {
      await db.collection<Numbered>('orders').insertMany([{ _id: 1, a: 1 }, { _id: 2 }]);
      await db.createCollection('trail', { capped: true, size: 100_000, max: 3 });
    });
    orders = recorded.db.collection('orders');
    for (const change of [
      () => orders.updateOne({ _id: 1 }, { $set: { a: 2, more: { deep: [1, 2] } } }),
      () => orders.updateOne({ _id: 1 }, { $set: { 'more.deep.1': 5 } }),
      () => orders.deleteOne({ _id: 1 }),
    ]) {
      await change();
      times.push(await recorded.recorded());
    }
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const restore = async (
    version: { at: string; id?: string; ns?: string; protected?: boolean },
    seen?: string | null,
  ): Promise<RestoreVersionReport> => {
    const { at, id = '1', ns = 'shop.orders', protected: isProtected = false } = version;
    const asSeen = seen === undefined ? {} : { seen };
    return recorded.run('restoreVersion', { ns, id, at, protected: isProtected, ...asSeen });
  };
  const versionAt = async (op: string): Promise<string> => {
    const { versions } = await recorded.run('history', { ns: 'shop.orders', id: '1' });
    return versions.findLast((v) => v.op === op)!.at;
  };

  it('brings a deleted document back byte for byte, and looks first without writing', async () => {
    const at = await versionAt('update');
    const { document, ...look } = await restore({ at });
    assert.deepEqual(look, { current: null, fields: [], isSame: false });
    assert.match(document, /"deep":\[\{"\$numberInt":"1"\},\{"\$numberInt":"5"\}\]/);
    assert.equal(await orders.countDocuments({ _id: 1 }), 0);
    await restore({ at }, null);
    assert.deepEqual(await orders.findOne({ _id: 1 }), { _id: 1, a: 2, more: { deep: [1, 5] } });
  });

  it('puts an earlier version in the place of a later one, and does nothing where it is there', async () => {
    const at = await versionAt('snapshot');
    const look = await restore({ at });
    assert.deepEqual(look.fields, ['a', 'more']);
    assert.equal((await restore({ at }, look.current)).isSame, false);
    assert.deepEqual(await orders.findOne({ _id: 1 }), { _id: 1, a: 1 });
    const { document, ...same } = await restore({ at });
    assert.deepEqual(same, { current: document, fields: [], isSame: true });
    assert.deepEqual(await orders.findOne({ _id: 2 }), { _id: 2 });
  });

  const now = async (): Promise<string | null> => (await restore({ at: await versionAt('update') })).current;

  it('writes over nothing that was not looked at', async () => {
    const at = await versionAt('snapshot');
    const before = await now();
    await orders.updateOne({ _id: 1 }, { $set: { byHand: true } });
    await assert.rejects(restore({ at }, before), { code: 'sourceChanged' });
    await assert.rejects(restore({ at }, null), { code: 'sourceChanged' });
    assert.deepEqual(await orders.findOne({ _id: 1 }), { _id: 1, a: 1, byHand: true });
  });

  it('refuses where the document was not there, where no collection is, and on protected connections', async () => {
    await assert.rejects(restore({ at: times[2]! }), { code: 'notFound' });
    const at = await versionAt('snapshot');
    await assert.rejects(restore({ at, protected: true }, await now()), { code: 'protected' });
    await orders.rename('moved');
    await assert.rejects(restore({ at }, null), { code: 'notFound', message: /no collection any more/ });
    await recorded.db.collection('moved').rename('orders');
  });

  it('inserts nothing into a capped collection: it would push out newer documents', async () => {
    const trail = recorded.db.collection<Numbered>('trail');
    await trail.insertMany([1, 2, 3].map((_id) => ({ _id })));
    await recorded.recorded();
    const { versions } = await recorded.run('history', { ns: 'shop.trail', id: '1' });
    const at = versions.find((v) => v.document !== undefined)!.at;
    await trail.insertMany([4, 5].map((_id) => ({ _id })));
    await recorded.recorded();
    await assert.rejects(restore({ ns: 'shop.trail', at }, null), { code: 'targetExists' });
    assert.deepEqual(
      (await trail.find().toArray()).map(({ _id }) => _id),
      [3, 4, 5],
    );
  });
});
