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
});
