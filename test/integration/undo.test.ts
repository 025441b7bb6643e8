import assert from 'node:assert/strict';
import type { Collection, Document } from 'mongodb';
import { rewind, rewindJson } from '../support/commandLine';
import { RecordedSet } from '../support/timeTravel';

interface Order extends Document {
  _id: number;
}

interface Undone {
  readonly restored: number;
  readonly removed: number;
  readonly conflicts: readonly { readonly _id: unknown; readonly reason: string }[];
}

describe('undo', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let orders: Collection<Order>;

  before(async () => {
    recorded = await RecordedSet.start(async (db) => {
      const documents = Array.from({ length: 3000 }, (_, i) => ({
        _id: i,
        total: i,
        status: i % 3 === 0 ? 'old' : 'new',
      }));
      await db.collection<Order>('orders').insertMany(documents);
      await db.collection('orders').createIndex({ total: 1 }, { unique: true, name: 'by_total' }, {});
    });
    orders = recorded.db.collection<Order>('orders');
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const undo = async (event: string, dryRun = false): Promise<Undone> => {
    const { restored, removed, conflicts } = await recorded.run('undo', { event, dryRun });
    return {
      restored,
      removed,
      conflicts: conflicts.map(({ _id, reason }) => ({ _id: JSON.parse(_id ?? 'null') as unknown, reason })),
    };
  };
  const undoByCommand = (event: string, ...more: string[]): Promise<Undone> =>
    rewindJson<Undone>(
      'undo',
      '--repo',
      recorded.repository,
      '--uri',
      recorded.set.uri,
      '--event',
      event,
      ...more,
    );

  it('brings back what a deleteMany took, and leaves alone what exists again', async () => {
    const before = await recorded.documents('orders');
    await orders.deleteMany({ status: 'old' });
    await orders.insertOne({ _id: 3, total: -3, again: true });
    await orders.updateOne({ _id: 1 }, { $set: { later: true } });
    const event = await recorded.lastEvent('delete');
    assert.equal(event.count, 1000);
    assert.equal(event.ns, 'shop.orders');

    const would = await undoByCommand(event.id, '--dry-run');
    assert.deepEqual([would.restored, would.removed, would.conflicts.length], [999, 0, 1]);
    assert.equal(await orders.countDocuments(), 2001);

    const done = await undoByCommand(event.id);
    assert.deepEqual(done, {
      restored: 999,
      removed: 0,
      conflicts: [{ _id: { $numberInt: '3' }, reason: 'it exists again' }],
    });
    const expected = before.map((document) => {
      if (document['_id'] === 3) return { _id: 3, total: -3, again: true };
      return document['_id'] === 1 ? { ...document, later: true } : document;
    });
    assert.deepEqual(await recorded.documents('orders'), expected);

    await orders.replaceOne({ _id: 3 }, before[3] as Order);
    await orders.updateOne({ _id: 1 }, { $unset: { later: 1 } });
    assert.deepEqual(await recorded.documents('orders'), before);
  });

  it('does nothing twice', async () => {
    const [event] = (await recorded.events()).filter((e) => e.kind === 'delete');
    assert.deepEqual(await undo(event!.id), { restored: 0, removed: 0, conflicts: [] });
  });

  it('takes back an updateMany, sees what nobody recorded yet, and can be undone itself', async () => {
    const before = await recorded.documents('orders');
    await orders.updateMany({ status: 'new' }, [{ $set: { total: { $add: ['$total', 100_000] } } }]);
    const spoilt = await recorded.documents('orders');
    const event = await recorded.lastEvent('update');
    assert.equal(event.count, 2000);
    // Stopped: what is written now is in no recording.
    await recorded.recording.stop();
    await orders.updateOne({ _id: 4 }, { $set: { byHand: 1 } });
    await orders.deleteOne({ _id: 5 });
    const done = await undo(event.id);
    assert.deepEqual([done.restored, done.removed], [1998, 0]);
    assert.deepEqual(done.conflicts, [
      { _id: { $numberInt: '4' }, reason: 'it was changed since' },
      { _id: { $numberInt: '5' }, reason: 'it was deleted since' },
    ]);
    const expected = before
      .filter((d) => d['_id'] !== 5)
      .map((d) => (d['_id'] === 4 ? { ...spoilt[4], byHand: 1 } : d));
    assert.deepEqual(await recorded.documents('orders'), expected);

    await recorded.startAgain();
    const own = await recorded.lastEvent('update');
    assert.equal(own.count, 1998);
    assert.deepEqual(await undo(own.id), { restored: 1998, removed: 0, conflicts: [] });
    const again = spoilt.filter((d) => d['_id'] !== 5).map((d) => (d['_id'] === 4 ? { ...d, byHand: 1 } : d));
    assert.deepEqual(await recorded.documents('orders'), again);
  });

  it('takes out what an insertMany put in, but not what was changed in it', async () => {
    await orders.insertMany(Array.from({ length: 60 }, (_, i) => ({ _id: 10_000 + i, total: 900_000 + i })));
    await orders.updateOne({ _id: 10_007 }, { $set: { kept: true } });
    const event = await recorded.lastEvent('insert');
    assert.equal(event.count, 60);
    const done = await undo(event.id);
    assert.deepEqual(done, {
      restored: 0,
      removed: 59,
      conflicts: [{ _id: { $numberInt: '10007' }, reason: 'it was changed since' }],
    });
    assert.deepEqual(await orders.distinct('_id', { _id: { $gte: 10_000 } }), [10_007]);
  });

  it('puts back documents that exchanged unique values', async () => {
    const swap = recorded.db.collection<Order>('swap');
    await swap.createIndex({ seat: 1 }, { unique: true }, {});
    await swap.insertMany(Array.from({ length: 20 }, (_, i) => ({ _id: i, seat: i })));
    await recorded.recorded();
    const shift = recorded.client.startSession();
    await shift.withTransaction(async (session) => {
      await swap.updateMany({}, { $inc: { seat: 1000 } }, { session });
      for (let i = 0; i < 20; i++) {
        await swap.updateOne({ _id: i }, { $set: { seat: (i + 1) % 20 } }, { session });
      }
    });
    await shift.endSession();
    const event = await recorded.lastEvent('transaction');
    assert.equal(event.count, 40);
    const done = await undo(event.id);
    // All seats are taken in a circle: none can be the first to move.
    assert.equal(done.restored, 0);
    assert.equal(done.conflicts.length, 20);
    assert.match(done.conflicts[0]!.reason, /duplicate key/);
    await swap.updateOne({ _id: 0 }, { $set: { seat: 5000 } });
    const rest = await undo(event.id);
    assert.deepEqual([rest.restored, rest.conflicts.length], [19, 1]);
    const seats = await swap
      .find({ _id: { $gt: 0 } })
      .sort({ _id: 1 })
      .map((d) => d['seat'] as number)
      .toArray();
    assert.deepEqual(
      seats,
      Array.from({ length: 19 }, (_, i) => i + 1),
    );
  });

  it('takes back a transaction over several collections', async () => {
    const [left, right] = [recorded.db.collection<Order>('left'), recorded.db.collection<Order>('right')];
    await left.insertMany(Array.from({ length: 9 }, (_, i) => ({ _id: i, from: 'left' })));
    await right.insertOne({ _id: 100, from: 'right' });
    await recorded.recorded();
    await recorded.client.withSession((session) =>
      session.withTransaction(async () => {
        await left.deleteMany({ _id: { $lt: 6 } }, { session });
        await right.insertMany(
          Array.from({ length: 6 }, (_, i) => ({ _id: i, moved: true })),
          { session },
        );
        await right.updateOne({ _id: 100 }, { $set: { total: 6 } }, { session });
      }),
    );
    const event = await recorded.lastEvent('transaction');
    assert.deepEqual([event.count, event.ns], [13, 'shop']);
    assert.deepEqual(await undo(event.id), { restored: 7, removed: 6, conflicts: [] });
    assert.equal(await left.countDocuments({ from: 'left' }), 9);
    assert.deepEqual(await recorded.documents('right'), [{ _id: 100, from: 'right' }]);
  });

  it('brings a dropped collection back with options and indexes', async () => {
    const db = recorded.db;
    await db.createCollection('dropped', { validator: { n: { $type: 'number' } } });
    await db.collection('dropped').createIndex({ n: -1 }, { name: 'down', sparse: true }, {});
    await db
      .collection<Order>('dropped')
      .insertMany(Array.from({ length: 250 }, (_, i) => ({ _id: i, n: i })));
    const describe_ = async (): Promise<unknown> => [
      await db
        .listCollections({ name: 'dropped' })
        .map((c) => (c as { options?: unknown }).options)
        .toArray(),
      await db.collection('dropped').listIndexes().toArray(),
      await recorded.documents('dropped'),
    ];
    const before = await describe_();
    await db.collection('dropped').drop();
    const event = await recorded.lastEvent('drop');
    assert.deepEqual([event.ns, event.count], ['shop.dropped', 250]);
    assert.deepEqual(await undo(event.id, true).then((u) => u.restored), 250);
    assert.deepEqual(await db.listCollections({ name: 'dropped' }).toArray(), []);
    assert.deepEqual(await undo(event.id), { restored: 250, removed: 0, conflicts: [] });
    assert.deepEqual(await describe_(), before);
    assert.equal((await db.listCollections({ name: /__rewind_/ }).toArray()).length, 0);

    // Undoing the undo drops it again.
    const own = await recorded.lastEvent('rename');
    assert.deepEqual(await undo(own.id), { restored: 0, removed: 250, conflicts: [] });
    assert.deepEqual(await db.listCollections({ name: 'dropped' }).toArray(), []);
  });

  it('adds what a dropped collection held to the one that has its name now', async () => {
    const again = recorded.db.collection<Order>('again');
    await again.insertMany(Array.from({ length: 30 }, (_, i) => ({ _id: i, old: true })));
    await recorded.recorded();
    await again.drop();
    await again.insertMany([
      { _id: 5, fresh: true },
      { _id: 99, fresh: true },
    ]);
    const event = await recorded.lastEvent('drop');
    const done = await undo(event.id);
    assert.deepEqual(
      [done.restored, done.conflicts],
      [29, [{ _id: { $numberInt: '5' }, reason: 'it exists again' }]],
    );
    assert.deepEqual(await again.findOne({ _id: 5 }), { _id: 5, fresh: true });
    assert.equal(await again.countDocuments(), 31);
  });

  it('takes a rename back, and the collection that it replaced', async () => {
    const db = recorded.db;
    await db.collection<Order>('source').insertMany([{ _id: 1, of: 'source' }]);
    await db.collection<Order>('target').insertMany([{ _id: 7, of: 'target' }]);
    await recorded.recorded();
    await db.collection('source').rename('target', { dropTarget: true });
    await db.collection<Order>('target').insertOne({ _id: 2, later: true });
    const event = await recorded.lastEvent('rename');
    const done = await undo(event.id);
    assert.deepEqual([done.restored, done.conflicts], [1, []]);
    assert.deepEqual(await recorded.documents('source'), [
      { _id: 1, of: 'source' },
      { _id: 2, later: true },
    ]);
    assert.deepEqual(await recorded.documents('target'), [{ _id: 7, of: 'target' }]);
  });

  it('takes an $out back document by document', async () => {
    const db = recorded.db;
    await db.collection<Order>('report').insertMany([
      { _id: 1, v: 'kept' },
      { _id: 2, v: 'old' },
      { _id: 3, v: 'gone' },
    ]);
    await db.collection<Order>('input').insertMany([
      { _id: 1, v: 'kept' },
      { _id: 2, v: 'new' },
      { _id: 4, v: 'more' },
    ]);
    await recorded.recorded();
    await db
      .collection('input')
      .aggregate([{ $out: 'report' }])
      .toArray();
    await db.collection<Order>('report').insertOne({ _id: 9, later: true });
    const event = await recorded.lastEvent('out');
    assert.deepEqual([event.ns, event.count], ['shop.report', 3]);
    assert.deepEqual(await undo(event.id), { restored: 2, removed: 1, conflicts: [] });
    assert.deepEqual(await recorded.documents('report'), [
      { _id: 1, v: 'kept' },
      { _id: 2, v: 'old' },
      { _id: 3, v: 'gone' },
      { _id: 9, later: true },
    ]);
  });

  it('builds dropped indexes again', async () => {
    const before = await orders.listIndexes().toArray();
    await orders.dropIndex('by_total');
    const event = await recorded.lastEvent('index');
    await undo(event.id);
    assert.deepEqual(await orders.listIndexes().toArray(), before);
  });

  it('puts options back that a collMod changed, but not those that changed once more', async () => {
    const { db } = recorded;
    const optionsOf = async (name: string): Promise<Document | undefined> =>
      (await db.listCollections({ name }, { nameOnly: false }).toArray())[0]?.['options'];
    const isChecked = { total: { $exists: true } };
    await db.createCollection('checked', { validator: isChecked, validationLevel: 'moderate' });
    // The server writes that default out.
    const before = { ...(await optionsOf('checked')), validationAction: 'error' };
    await recorded.recorded();
    await db.command({ collMod: 'checked', validator: { total: { $gt: 5 } }, validationAction: 'warn' });
    const event = await recorded.lastEvent('collMod');
    const would = await recorded.run('undo', { event: event.id, dryRun: true });
    assert.deepEqual(would.collections, ['validator, validationAction of shop.checked would be as before']);
    assert.notDeepEqual(await optionsOf('checked'), before);
    assert.deepEqual((await undo(event.id)).conflicts, []);
    assert.deepEqual(await optionsOf('checked'), before);
    assert.deepEqual((await undo(event.id)).conflicts, []);

    await db.createCollection('open');
    await recorded.recorded();
    await db.command({ collMod: 'open', validator: isChecked });
    const closing = await recorded.lastEvent('collMod');
    await db.command({ collMod: 'open', validator: { total: 7 } });
    const { conflicts } = await undo(closing.id);
    assert.deepEqual(
      conflicts.map((c) => c.reason),
      ['validator of it changed since'],
    );
    await db.command({ collMod: 'open', validator: isChecked });
    assert.deepEqual((await undo(closing.id)).conflicts, []);
    assert.equal((await optionsOf('open'))?.['validator'], undefined);
    await db.collection('open').insertOne({ free: true });
  });

  it('puts the expiry of a TTL index back', async () => {
    const { db } = recorded;
    const spans = db.collection('spans');
    await spans.createIndex({ at: 1 }, { name: 'ttl', expireAfterSeconds: 900_000_000 }, {});
    await recorded.recorded();
    const indexes = await spans.listIndexes().toArray();
    await db.command({ collMod: 'spans', index: { name: 'ttl', expireAfterSeconds: 800_000_000 } });
    const event = await recorded.lastEvent('collMod');
    assert.notDeepEqual(await spans.listIndexes().toArray(), indexes);
    assert.deepEqual((await undo(event.id)).conflicts, []);
    assert.deepEqual(await spans.listIndexes().toArray(), indexes);
  });

  it('puts the expiry of time-series collections and the recording of pre-images back', async () => {
    const { db } = recorded;
    const { versionArray } = await db.admin().buildInfo();
    const [major = 0] = versionArray as number[];
    const optionsOf = async (name: string): Promise<Document | undefined> =>
      (await db.listCollections({ name }, { nameOnly: false }).toArray())[0]?.['options'];
    const images =
      major >= 6 ? { changeStreamPreAndPostImages: { enabled: true } } : { recordPreImages: true };
    const modified: [string, Document][] = [];
    if (major >= 5) {
      const timeseries = { timeField: 't' };
      await db.createCollection('kept', { timeseries, expireAfterSeconds: 900_000_000 });
      await db.createCollection('endless', { timeseries });
      await db.createCollection('imaged');
      await db.createCollection('unimaged', images);
      modified.push(['kept', { expireAfterSeconds: 800_000_000 }]);
      modified.push(['kept', { expireAfterSeconds: 'off' }]);
      modified.push(['endless', { expireAfterSeconds: 800_000_000 }]);
      modified.push(['imaged', images]);
      const off =
        major >= 6 ? { changeStreamPreAndPostImages: { enabled: false } } : { recordPreImages: false };
      modified.push(['unimaged', off]);
    }
    for (const [name, change] of modified) {
      await recorded.recorded();
      const before = await optionsOf(name);
      await db.command({ collMod: name, ...change });
      const event = await recorded.lastEvent('collMod');
      assert.equal(event.ns, `shop.${name}`);
      const after = await optionsOf(name);
      assert.notDeepEqual(after, before, name);
      assert.deepEqual((await undo(event.id)).conflicts, [], name);
      assert.deepEqual(await optionsOf(name), before, name);
      const again = await recorded.lastEvent('collMod');
      assert.notEqual(again.id, event.id, 'the undo is an event');
      assert.deepEqual((await undo(again.id)).conflicts, [], name);
      assert.deepEqual(await optionsOf(name), after, name);
    }
  });

  it('says that the limits of a capped collection stay', async () => {
    const { db } = recorded;
    const { versionArray } = await db.admin().buildInfo();
    if ((versionArray as number[])[0]! < 6) return; // before that nothing changes them
    await db.createCollection('trail', { capped: true, size: 8192 });
    await recorded.recorded();
    await db.command({ collMod: 'trail', cappedSize: 4096 });
    const event = await recorded.lastEvent('collMod');
    const { conflicts } = await undo(event.id);
    assert.match(conflicts[0]?.reason ?? '', /^it keeps size: restore it beside/);
  });

  it('brings a whole database back', async () => {
    const other = recorded.client.db('other');
    await other.collection<Order>('a').insertMany([{ _id: 1 }, { _id: 2 }]);
    await other.collection<Order>('b').insertMany([{ _id: 3 }]);
    await other.createCollection('seen', { viewOn: 'a', pipeline: [{ $match: { _id: 2 } }] });
    await recorded.recorded();
    await other.dropDatabase();
    const event = await recorded.lastEvent('dropDatabase');
    assert.deepEqual([event.ns, event.count], ['other', 3]);
    assert.deepEqual(await undo(event.id), { restored: 3, removed: 0, conflicts: [] });
    assert.deepEqual(await other.collection('seen').find().toArray(), [{ _id: 2 }]);
    assert.deepEqual(await other.collection('b').find().toArray(), [{ _id: 3 }]);
  });

  it('takes back a whole migration, and keeps what was written after it', async () => {
    const app = recorded.client.db('app');
    const people = app.collection<Order>('people');
    await people.insertMany(Array.from({ length: 40 }, (_, i) => ({ _id: i, name: `n${i}` })));
    await app.collection<Order>('legacy').insertMany([{ _id: 1 }, { _id: 2 }]);
    await app.collection<Order>('notes').insertOne({ _id: 1, text: 'old' });
    const from = await recorded.recorded();
    await people.updateMany({}, { $set: { full: true }, $unset: { name: 1 } });
    await people.createIndex({ full: 1 });
    await app.collection('legacy').drop();
    await app.collection('notes').rename('memos');
    await app.collection<Order>('memos').updateOne({ _id: 1 }, { $set: { text: 'new' } });
    await app.collection<Order>('fresh').insertMany([{ _id: 1 }, { _id: 2 }]);
    const to = await recorded.recorded();
    await people.insertOne({ _id: 100, later: true });
    await people.updateOne({ _id: 7 }, { $set: { later: true } });
    const range = { from, to, namespaces: ['app'] };
    const would = await recorded.run('undo', { range, dryRun: true });
    assert.deepEqual([would.restored, would.removed, would.conflicts.length], [39 + 2 + 1, 2, 1]);
    const words = ['--from', from, '--to', to, '--ns', 'app', '--dry-run', '--json'];
    const { out } = await rewind('undo', '--repo', recorded.repository, '--uri', recorded.set.uri, ...words);
    const told = JSON.parse(out) as Undone;
    assert.deepEqual([told.restored, told.removed, told.conflicts.length], [42, 2, 1]);
    const done = await recorded.run('undo', { range, dryRun: false });
    assert.deepEqual([done.restored, done.removed], [42, 2]);
    assert.deepEqual(done.conflicts, [
      { ns: 'app.people', _id: '{"$numberInt":"7"}', reason: 'it was changed since' },
    ]);
    const names = await app
      .listCollections({}, { nameOnly: true })
      .map((c) => c.name)
      .toArray();
    assert.deepEqual(names.sort(), ['legacy', 'notes', 'people']);
    assert.deepEqual(await app.collection('notes').find().toArray(), [{ _id: 1, text: 'old' }]);
    assert.deepEqual(Object.keys(await people.indexInformation()), ['_id_']);
    assert.deepEqual(await people.findOne({ _id: 6 }), { _id: 6, name: 'n6' });
    assert.deepEqual(await people.findOne({ _id: 100 }), { _id: 100, later: true });
  });

  it('says which events there are when it is given another one', async () => {
    const { status, err } = await rewind(
      'undo',
      '--repo',
      recorded.repository,
      '--uri',
      recorded.set.uri,
      '--event',
      '1.1-drop',
    );
    assert.equal(status, 1);
    assert.match(err, /there is no event 1\.1-drop\. The latest ones: \d+\.\d+-/);
  });
});
