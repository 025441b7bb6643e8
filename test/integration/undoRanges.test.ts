import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

describe('undo of a range', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;

  before(async () => {
    recorded = await RecordedSet.start(() => Promise.resolve());
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  /** Each test has a database of its own. */
  let databases = 0;
  beforeEach(() => {
    db = recorded.client.db(`range${++databases}`);
  });

  const fill = (name: string, ...ids: readonly number[]): Promise<unknown> =>
    db.collection<Numbered>(name).insertMany(ids.map((_id) => ({ _id, in: name })));
  const content = (name: string): Promise<Document[]> =>
    db.collection(name).find().sort({ _id: 1 }).toArray();
  const namesOf = async (): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('system.'))
      .sort();

  /** Undoes what `by` does, and gives what the dry run told and what was done. */
  async function undo(by: () => Promise<unknown>, name: string | undefined, later?: () => Promise<unknown>) {
    const from = await recorded.recorded();
    await by();
    const to = await recorded.recorded();
    await later?.();
    const range = {
      from,
      to,
      namespaces: [name === undefined ? db.databaseName : `${db.databaseName}.${name}`],
    };
    const would = await recorded.run('undo', { range, dryRun: true });
    const done = await recorded.run('undo', { range, dryRun: false });
    assert.deepEqual(
      [would.restored, would.removed, would.conflicts],
      [done.restored, done.removed, done.conflicts],
      'the dry run tells the same',
    );
    return { ...done, would: would.collections };
  }

  describe('with a rename of which it names one side', () => {
    for (const name of ['a', 'b']) {
      it(`takes it back by ${name === 'a' ? 'the old' : 'the new'} name`, async () => {
        await fill('a', 1, 2);
        const { restored, removed, conflicts } = await undo(() => db.renameCollection('a', 'b'), name);
        assert.deepEqual([restored, removed, conflicts], [0, 0, []]);
        assert.deepEqual(await namesOf(), ['a']);
        assert.deepEqual((await content('a')).length, 2);
      });

      it(`brings back what was replaced, by ${name === 'a' ? 'the old' : 'the new'} name`, async () => {
        await fill('a', 1, 2);
        await fill('b', 2, 3);
        await undo(() => db.renameCollection('a', 'b', { dropTarget: true }), name);
        assert.deepEqual(
          await content('a'),
          [1, 2].map((_id) => ({ _id, in: 'a' })),
        );
        assert.deepEqual(
          await content('b'),
          [2, 3].map((_id) => ({ _id, in: 'b' })),
        );
      });
    }
  });

  it('takes back renames that pass a name on', async () => {
    await fill('a', 1);
    await fill('b', 2);
    const { conflicts } = await undo(async () => {
      await db.renameCollection('a', 'old');
      await db.renameCollection('b', 'a');
      await db.renameCollection('old', 'last');
    }, 'a');
    assert.deepEqual(conflicts, []);
    assert.deepEqual(await namesOf(), ['a', 'b']);
    assert.deepEqual(await content('a'), [{ _id: 1, in: 'a' }]);
    assert.deepEqual(await content('b'), [{ _id: 2, in: 'b' }]);
  });

  describe('in which a collection was dropped and made again', () => {
    const optionsOf = async (name: string): Promise<unknown> =>
      (await db.listCollections({ name }, { nameOnly: false }).toArray())[0]?.['options'];
    const isChecked = { n: { $exists: true } };

    it('puts its documents, its options and its indexes back', async () => {
      await db.createCollection('orders', {
        ...{ validator: isChecked, validationLevel: 'moderate', validationAction: 'warn' },
      });
      const orders = db.collection<Numbered>('orders');
      await orders.createIndex({ n: 1 }, { name: 'n', unique: true }, {});
      await orders.insertMany([
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
      ]);
      const [options, indexes] = [await optionsOf('orders'), await orders.indexes()];
      const { conflicts, collections, would } = await undo(async () => {
        await orders.drop();
        await orders.insertMany([
          { _id: 2, n: 5 },
          { _id: 3, n: 5 },
        ]);
        await orders.createIndex({ m: 1 }, { name: 'm' }, {});
      }, 'orders');
      assert.deepEqual(conflicts, []);
      assert.deepEqual(await orders.find().sort({ _id: 1 }).toArray(), [
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
      ]);
      assert.deepEqual(await optionsOf('orders'), options);
      assert.deepEqual(await orders.indexes(), indexes);
      const ns = `${db.databaseName}.orders`;
      assert.deepEqual(would, [
        `the indexes m of ${ns} would be dropped`,
        `the indexes n of ${ns} would be built again`,
        `validator, validationLevel, validationAction of ${ns} would be as before`,
      ]);
      assert.equal(collections.length, would.length);
    });

    it('says what stays', async () => {
      await db.createCollection('log', { capped: true, size: 8192 });
      const { conflicts } = await undo(async () => {
        await db.collection('log').drop();
        await db.createCollection('log');
      }, 'log');
      assert.match(conflicts[0]?.reason ?? '', /^it keeps capped, size: restore it beside/);
    });
  });

  describe('with views', () => {
    const makeView = (name: string, on = 'base'): Promise<unknown> =>
      db.createCollection(name, { viewOn: on, pipeline: [{ $match: { _id: 1 } }] });

    it('drops one that it made, unless that was defined once more', async () => {
      await fill('base', 1, 2);
      const { collections, conflicts } = await undo(
        async () => {
          await makeView('made');
          await makeView('changed');
        },
        undefined,
        () => db.command({ collMod: 'changed', viewOn: 'base', pipeline: [] }),
      );
      assert.deepEqual(collections, [`the view ${db.databaseName}.made was dropped`]);
      assert.deepEqual(conflicts, [
        { ns: `${db.databaseName}.changed`, _id: undefined, reason: 'the view changed since' },
      ]);
      assert.deepEqual(await namesOf(), ['base', 'changed']);
    });

    it('brings one back whose name a collection took', async () => {
      await fill('base', 1, 2);
      await makeView('v');
      const { conflicts, would } = await undo(async () => {
        await db.collection('v').drop();
        await fill('v', 5);
      }, 'v');
      assert.deepEqual(conflicts, []);
      assert.deepEqual(would, [
        `${db.databaseName}.v would be dropped if nothing is left in it`,
        `the view ${db.databaseName}.v would come back`,
      ]);
      assert.deepEqual(await content('v'), [{ _id: 1, in: 'base' }]);
    });

    it('says so where that collection is used', async () => {
      await fill('base', 1, 2);
      await makeView('v');
      const from = await recorded.recorded();
      await db.collection('v').drop();
      await fill('v', 5);
      const to = await recorded.recorded();
      await fill('v', 6);
      const range = { from, to, namespaces: [`${db.databaseName}.v`] };
      const { conflicts } = await recorded.run('undo', { range, dryRun: false });
      assert.deepEqual(conflicts, [
        { ns: `${db.databaseName}.v`, _id: undefined, reason: 'another collection has the name' },
      ]);
      assert.deepEqual(await content('v'), [{ _id: 6, in: 'v' }]);
    });

    it('brings a collection back whose name a view took', async () => {
      await fill('base', 1, 2);
      await fill('c', 1, 2, 3);
      const { restored, conflicts } = await undo(async () => {
        await db.collection('c').drop();
        await makeView('c');
      }, 'c');
      assert.deepEqual([restored, conflicts], [3, []]);
      assert.equal((await content('c')).length, 3);
    });

    it('says so where that view is not from the range', async () => {
      await fill('base', 1, 2);
      await fill('c', 1, 2, 3);
      const { restored, conflicts } = await undo(
        () => db.collection('c').drop(),
        'c',
        () => makeView('c'),
      );
      assert.deepEqual(restored, 0);
      assert.deepEqual(conflicts, [
        {
          ns: `${db.databaseName}.c`,
          _id: undefined,
          reason: 'a view or a time-series collection has the name',
        },
      ]);
    });

    it('brings back a view and the collection that it reads', async () => {
      await fill('base', 1, 2);
      await makeView('v');
      const { restored, conflicts } = await undo(async () => {
        await db.collection('v').drop();
        await db.collection('base').drop();
      }, undefined);
      assert.deepEqual([restored, conflicts], [2, []]);
      assert.deepEqual(await content('v'), [{ _id: 1, in: 'base' }]);
    });
  });
});
