import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { safetyCopyOf } from '../../src/core/rewindNames';
import { Random } from '../support/random';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

const firstSeed = Number(process.env['MONGO_REWIND_FIRST_SEED'] ?? 1);
const seeds = Number(process.env['MONGO_REWIND_SEEDS'] ?? 6);
const names = ['a', 'b', 'c', 'd', 'e'];

/** Renames, drops and writes at random. */
describe('undo of any range', function () {
  this.timeout(300_000);
  let recorded: RecordedSet;

  before(async () => {
    recorded = await RecordedSet.start(() => Promise.resolve());
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const namesIn = async (db: Db): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();

  async function stateOf(db: Db): Promise<Record<string, unknown>> {
    const state: Record<string, unknown> = {};
    for (const name of await namesIn(db)) {
      const documents = await db.collection(name).find().sort({ _id: 1 }).toArray();
      const indexes = (await db.collection(name).indexes()).map((index) => index.name ?? '');
      state[name] = { documents, indexes: indexes.sort() };
    }
    return state;
  }

  /** What was done, for who reads of a failure. */
  async function change(db: Db, random: Random, n: number): Promise<string> {
    const there = await namesIn(db);
    const from = random.pick(there);
    const to = random.pick(names);
    const free = names.find((name) => !there.includes(name));
    const kind =
      there.length === 0
        ? 'insert'
        : random.weighted([
            [3, 'rename'],
            [4, 'exchange'],
            [2, 'replace'],
            [1, 'drop'],
            [3, 'insert'],
            [2, 'update'],
            [2, 'delete'],
            [1, 'index'],
          ] as const);
    switch (kind) {
      case 'rename':
        if (free === undefined) return 'nothing';
        await db.renameCollection(from, free);
        return `${from} to ${free}`;
      case 'exchange': {
        const other = random.pick(there);
        if (other === from) return 'nothing';
        await db.renameCollection(from, 'passing');
        await db.renameCollection(other, from);
        await db.renameCollection('passing', other);
        return `${from} and ${other} exchanged`;
      }
      case 'replace':
        if (from === to) return 'nothing';
        await db.renameCollection(from, to, { dropTarget: true });
        return `${from} over ${to}`;
      case 'drop':
        await db.collection(from).drop();
        return `drop ${from}`;
      case 'insert':
        await db.collection<Numbered>(to).insertOne({ _id: 100 + n, n });
        return `insert ${100 + n} into ${to}`;
      case 'update':
        await db.collection<Numbered>(from).updateMany({ _id: { $lt: 3 } }, { $set: { n } });
        return `update ${from}`;
      case 'delete':
        await db.collection<Numbered>(from).deleteOne({});
        return `delete from ${from}`;
      case 'index':
        await db.collection(from).createIndex({ [`n${n}`]: 1 });
        return `index of ${from}`;
    }
  }

  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    it(`gives all back (MONGO_REWIND_FIRST_SEED=${seed})`, async () => {
      const random = new Random(seed);
      const db = recorded.client.db(`any${seed}`);
      for (const name of names.slice(0, 2 + random.int(4)))
        await db.collection<Numbered>(name).insertMany([1, 2, 3].map((_id) => ({ _id, in: name })));
      const before = await stateOf(db);
      const from = await recorded.recorded();
      const done: string[] = [];
      for (let n = 0; n < 3 + random.int(8); n++) done.push(await change(db, random, n));
      const to = await recorded.recorded();
      const after = await stateOf(db);
      const range = { from, to, namespaces: [db.databaseName] };
      const would = await recorded.run('undo', { range, dryRun: true });
      assert.deepEqual(await stateOf(db), after, 'a dry run changes nothing');
      const { conflicts, restored, removed, collections } = await recorded.run('undo', {
        range,
        dryRun: false,
      });
      const isKept = (await namesIn(db)).some((name) => safetyCopyOf(name) !== undefined);
      // What the range made under a name that a collection gets back steps aside, which is told.
      for (const name of (await namesIn(db)).filter((one) => safetyCopyOf(one) !== undefined)) {
        assert.ok(
          collections.some((told) => told.endsWith(`is kept as ${db.databaseName}.${name}`)),
          name,
        );
        await db.collection(name).drop();
      }
      assert.deepEqual([conflicts, await stateOf(db)], [[], before], done.join('; '));
      assert.deepEqual(
        [would.restored, would.removed, would.conflicts],
        [restored, removed, conflicts],
        done.join('; '),
      );
      const undoing = { ...range, from: to, to: await recorded.recorded() };
      const again = await recorded.run('undo', { range, dryRun: false });
      assert.deepEqual([again.restored, again.removed, again.conflicts], [0, 0, []], done.join('; '));
      if (isKept) return;
      await recorded.run('undo', { range: undoing, dryRun: false });
      const own = Object.entries(await stateOf(db)).filter(([name]) => safetyCopyOf(name) === undefined);
      assert.deepEqual(Object.fromEntries(own), after, `the undo is undone: ${done.join('; ')}`);
    });
  }
});
