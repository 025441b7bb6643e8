import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

const documents = (...ids: readonly number[]): Numbered[] => ids.map((_id) => ({ _id }));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const content = (db: Db, name: string): Promise<Document[]> =>
  db.collection(name).find().sort({ _id: 1 }).toArray();
const fill = (db: Db, name: string, ...ids: readonly number[]): Promise<unknown> =>
  db.collection<Numbered>(name).insertMany(documents(...ids));
const namesIn = async (db: Db): Promise<string[]> =>
  (await db.listCollections({}, { nameOnly: true }).toArray())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
    .sort();

describe('undo of a command', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;

  before(async () => {
    recorded = await RecordedSet.start(() => Promise.resolve());
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const undo = async (event: string) => {
    const would = await recorded.run('undo', { event, dryRun: true });
    const done = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual(
      [would.restored, would.removed, would.conflicts],
      [done.restored, done.removed, done.conflicts],
      'the dry run tells the same',
    );
    return done;
  };

  describe('that renames to another database', () => {
    const move = (from: Db, to: Db, dropTarget = false): Promise<unknown> =>
      from.admin().command({
        renameCollection: `${from.databaseName}.a`,
        to: `${to.databaseName}.a`,
        dropTarget,
      });

    it('puts the collection back with its indexes, and keeps what was written to the new one', async () => {
      const [one, two] = [recorded.client.db('one'), recorded.client.db('two')];
      await fill(one, 'a', ...upTo(100));
      await one.collection('a').createIndex({ n: 1 }, { name: 'n' }, {});
      const indexes = await one.collection('a').indexes();
      await recorded.recorded();
      await move(one, two);
      await fill(two, 'a', 1000);
      await two.collection<Numbered>('a').updateOne({ _id: 7 }, { $set: { later: true } });
      const event = await recorded.lastEvent('rename');
      assert.equal(event.title, 'renameCollection · 100 documents · one.a → two.a');
      assert.ok(!(await recorded.events()).some((e) => e.kind === 'drop' && e.ns === 'one.a'));
      const { restored, removed, conflicts } = await undo(event.id);
      assert.deepEqual([restored, removed], [100, 99]);
      assert.deepEqual(conflicts, [
        { ns: 'two.a', _id: '{"$numberInt":"7"}', reason: 'it was changed since' },
      ]);
      assert.deepEqual(await content(one, 'a'), documents(...upTo(100)));
      assert.deepEqual(await one.collection('a').indexes(), indexes);
      assert.deepEqual(await content(two, 'a'), [{ _id: 7, later: true }, { _id: 1000 }]);
    });

    it('brings back what was replaced there, and drops nothing of others', async () => {
      const [one, two] = [recorded.client.db('third'), recorded.client.db('fourth')];
      await fill(one, 'a', 1, 2);
      await fill(two, 'a', 2, 3);
      await two.collection('a').createIndex({ m: 1 }, { name: 'm' }, {});
      await recorded.recorded();
      await move(one, two, true);
      const { conflicts } = await undo((await recorded.lastEvent('rename')).id);
      assert.deepEqual(conflicts, []);
      assert.deepEqual(await content(one, 'a'), documents(1, 2));
      assert.deepEqual(await content(two, 'a'), documents(2, 3));
      assert.deepEqual(Object.keys(await two.collection('a').indexInformation()), ['_id_', 'm']);
    });

    it('leaves nothing where all of it goes back', async () => {
      const [one, two] = [recorded.client.db('fifth'), recorded.client.db('sixth')];
      await fill(one, 'a', 1, 2);
      await recorded.recorded();
      await move(one, two);
      await undo((await recorded.lastEvent('rename')).id);
      assert.deepEqual(await content(one, 'a'), documents(1, 2));
      assert.deepEqual(await namesIn(two), []);
    });

    it('refuses one of which the original is not known, and removes nothing', async () => {
      const db = recorded.client.db('seventh');
      await fill(db, 'tmpAb1Cd.renameCollection', 1, 2);
      await db.renameCollection('tmpAb1Cd.renameCollection', 'a');
      const event = await recorded.lastEvent('rename');
      await assert.rejects(undo(event.id), /which collection seventh\.a was before is not recorded/);
      assert.deepEqual(await content(db, 'a'), documents(1, 2));
    });
  });

  describe('that drops a database', () => {
    it('brings each collection back as of its own drop', async () => {
      const db = recorded.client.db('dropped');
      await fill(db, 'a', 1);
      await fill(db, 'b', 1);
      await fill(db, 'still', 1);
      await db.createCollection('seen', { viewOn: 'b', pipeline: [] });
      await recorded.recorded();
      await db.collection('a').drop();
      await fill(db, 'b', 2);
      await fill(db, 'c', 3);
      await db.createCollection('made', { viewOn: 'c', pipeline: [] });
      await db.dropDatabase();
      const event = await recorded.lastEvent('dropDatabase');
      assert.equal(event.count, 5);
      const { restored, conflicts } = await undo(event.id);
      assert.deepEqual([restored, conflicts], [5, []]);
      assert.deepEqual(await namesIn(db), ['a', 'b', 'c', 'made', 'seen', 'still']);
      assert.deepEqual(await content(db, 'a'), documents(1));
      assert.deepEqual(await content(db, 'seen'), documents(1, 2));
      assert.deepEqual(await content(db, 'made'), documents(3));
    });

    it('leaves an earlier drop out whose name was used again', async () => {
      const db = recorded.client.db('again');
      await fill(db, 'a', 1);
      await recorded.recorded();
      await db.collection('a').drop();
      await fill(db, 'a', 2);
      await db.dropDatabase();
      const event = await recorded.lastEvent('dropDatabase');
      assert.equal(event.count, 1);
      assert.equal((await undo(event.id)).restored, 1);
      assert.deepEqual(await content(db, 'a'), documents(2));
      const drop = (await recorded.events()).find((e) => e.kind === 'drop' && e.ns === 'again.a');
      assert.equal((await undo(drop?.id ?? '')).restored, 1);
      assert.deepEqual(await content(db, 'a'), documents(1, 2));
    });

    it('brings time-series collections back with what was measured at the last moment', async function () {
      const db = recorded.client.db('measured');
      const { versionArray } = await db.admin().buildInfo();
      if ((versionArray as number[])[0]! < 5) return; // they came with 5.0
      await fill(db, 'a', 1);
      await db.createCollection('series', { timeseries: { timeField: 't' } });
      await recorded.recorded();
      await db.collection('a').drop();
      await db.collection('series').insertOne({ t: new Date(5), n: 5 });
      await db.dropDatabase();
      const { conflicts } = await undo((await recorded.lastEvent('dropDatabase')).id);
      assert.deepEqual(conflicts, []);
      assert.deepEqual(await namesIn(db), ['a', 'series']);
      const measured = await db
        .collection('series')
        .find({}, { projection: { _id: 0, n: 1 } })
        .toArray();
      assert.deepEqual(measured, [{ n: 5 }]);
    });
  });

  describe('that drops all views', () => {
    it('brings them back, and leaves others alone', async () => {
      const db = recorded.client.db('viewed');
      await fill(db, 'a', 1, 2);
      for (const name of ['one', 'two', 'three'])
        await db.createCollection(name, { viewOn: 'a', pipeline: [{ $match: { _id: 1 } }] });
      const listed = async (): Promise<unknown> =>
        (await db.listCollections({ type: 'view' }, { nameOnly: false }).toArray()).sort((a, b) =>
          a.name < b.name ? -1 : 1,
        );
      const before = await listed();
      await recorded.recorded();
      await db.collection('system.views').drop();
      assert.deepEqual(await listed(), []);
      const event = await recorded.lastEvent('drop');
      assert.equal(event.ns, 'viewed.system.views');
      const { conflicts, collections } = await undo(event.id);
      assert.deepEqual(conflicts, []);
      assert.equal(collections.length, 3);
      assert.deepEqual(await listed(), before);
      await db.collection('two').drop();
      await fill(db, 'two', 7);
      const again = await undo(event.id);
      assert.deepEqual(again.conflicts, [
        { ns: 'viewed.two', _id: undefined, reason: 'another collection has the name' },
      ]);
    });
  });

  describe('beside which others made collections', () => {
    it('leaves those of a whole database alone that is exchanged', async () => {
      const db = recorded.client.db('exchanged');
      await fill(db, 'a', 1);
      await fill(db, 'b', 1);
      await fill(db, 'gone', 1);
      await recorded.recorded();
      const stamp = '20200101_000000';
      for (const name of ['a', 'b']) await fill(db, `${name}__rewind_${stamp}`, 9);
      await recorded.recorded();
      for (const name of ['a', 'b']) {
        await db.renameCollection(name, `${name}__before_${stamp}`);
        await db.renameCollection(`${name}__rewind_${stamp}`, name);
        // Others, at the same time.
        if (name === 'a') await fill(db, 'theirs', 5);
      }
      const event = await recorded.lastEvent('rename');
      assert.deepEqual([event.ns, event.count], ['exchanged', 2]);
      const { removed, conflicts } = await undo(event.id);
      assert.deepEqual([removed, conflicts], [0, []]);
      assert.deepEqual(await content(db, 'theirs'), documents(5));
      assert.deepEqual(await content(db, 'a'), documents(1));
      assert.deepEqual(await content(db, 'b'), documents(1));
    });
  });

  describe('that inserts in batches', () => {
    it('removes those of the batches alone, and no single one in between', async () => {
      const db = recorded.client.db('batches');
      const all = db.collection<Document & { _id: number | string }>('all');
      await recorded.recorded();
      await recorded.client.withSession(async (session) => {
        for (let batch = 0; batch < 4; batch++) {
          await all.insertMany(documents(...upTo(1000).map((i) => batch * 1000 + i)), { session });
          if (batch === 1) await all.insertOne({ _id: 'x' }, { session });
        }
      });
      const event = await recorded.lastEvent('insert');
      assert.equal(event.title, 'insertMany · 4,000 documents · batches.all');
      const { removed, conflicts } = await undo(event.id);
      assert.deepEqual([removed, conflicts], [4000, []]);
      assert.deepEqual(await all.find().toArray(), [{ _id: 'x' }]);
    });
  });
});
