import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import type { LiveDocuments } from '../../src/engine/portsLive';
import { Random } from '../support/random';
import { RecordedSet } from '../support/timeTravel';
import { ofEvent, undoMeanwhile } from '../support/undoing';

type Numbered = Document & { _id: number };

describe('undo of an emptied capped collection', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;

  before(async () => {
    // emptycapped is there for tests of the server only.
    recorded = await RecordedSet.start(() => Promise.resolve(), {
      args: ['--setParameter', 'enableTestCommands=1'],
    });
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  let databases = 0;
  beforeEach(() => {
    db = recorded.client.db(`emptied${++databases}`);
  });

  const log = () => db.collection<Numbered>('log');
  const add = (...ids: readonly number[]): Promise<unknown> =>
    log().insertMany(ids.map((_id) => ({ _id, text: 'x'.repeat(20) })));
  const ids = async (): Promise<number[]> => (await log().find().toArray()).map(({ _id }) => _id);

  /** Holds 3, 1 and 2 in this order, and is emptied. */
  async function emptied(): Promise<string> {
    await db.createCollection('log', { capped: true, size: 4096, max: 4 });
    await add(3, 1, 2);
    await recorded.recorded();
    await db.command({ emptycapped: 'log' });
    return (await recorded.lastEvent('delete')).id;
  }

  it('brings its documents back in their order, and is done once', async () => {
    const event = await emptied();
    const would = await recorded.run('undo', { event, dryRun: true });
    assert.deepEqual([would.restored, would.conflicts], [3, []]);
    assert.deepEqual(await ids(), []);
    const { restored, conflicts, changes } = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual([restored, conflicts, changes.length], [3, [], 3]);
    assert.deepEqual(await ids(), [3, 1, 2]);
    const again = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual([again.restored, again.unchanged, again.conflicts], [0, 3, []]);
    assert.deepEqual(await ids(), [3, 1, 2]);
  });

  it('brings back what it held after others that it had given up', async () => {
    await db.createCollection('log', { capped: true, size: 4096, max: 3 });
    await add(1, 2, 3, 4, 5);
    await recorded.recorded();
    await db.command({ emptycapped: 'log' });
    const { id } = await recorded.lastEvent('delete');
    await recorded.run('undo', { event: id, dryRun: false });
    assert.deepEqual(await ids(), [3, 4, 5]);
  });

  it('keeps the order of documents that servers would change where they are inserted', async () => {
    const { versionArray } = await db.admin().buildInfo();
    if ((versionArray as number[])[0]! < 5) return; // such names are refused
    await db.createCollection('log', { capped: true, size: 4096 });
    const documents = [{ _id: 3 }, { _id: 1, $price: 7 }, { _id: 2 }];
    for (const document of documents) await log().insertOne(document);
    await recorded.recorded();
    await db.command({ emptycapped: 'log' });
    const { id } = await recorded.lastEvent('delete');
    await recorded.run('undo', { event: id, dryRun: false });
    assert.deepEqual(await log().find().toArray(), documents);
  });

  it('leaves one alone that is used again, and says why', async () => {
    const event = await emptied();
    await add(9);
    for (const dryRun of [true, false]) {
      const { restored, conflicts } = await recorded.run('undo', { event, dryRun });
      assert.deepEqual(restored, 0);
      assert.deepEqual(conflicts, [
        {
          ns: `${db.databaseName}.log`,
          _id: undefined,
          reason: 'it is capped and has other documents now, which what comes back could push out',
        },
      ]);
    }
    assert.deepEqual(await ids(), [9]);
  });

  it('leaves one alone that could not hold all of it any more, and says so', async () => {
    const { versionArray } = await db.admin().buildInfo();
    if ((versionArray as number[])[0]! < 6) return; // limits cannot be changed
    const event = await emptied();
    await db.command({ collMod: 'log', cappedMax: 2 });
    const { restored, conflicts } = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual(
      [restored, conflicts.map(({ reason }) => reason)],
      [0, ['its limits are narrower now: it would not hold all that comes back']],
    );
    assert.deepEqual(await ids(), []);
  });

  it('says so where it is gone', async () => {
    const event = await emptied();
    await log().drop();
    await add(1);
    const { conflicts } = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual(
      conflicts.map(({ reason }) => reason),
      ['the collection does not exist any more'],
    );
    assert.deepEqual(await ids(), [1]);
  });

  it('stops where others write to it meanwhile, and pushes nothing of theirs out', async () => {
    const event = await emptied();
    let first = true;
    const { conflicts } = await undoMeanwhile(recorded, ofEvent(event), ({ documents }) => ({
      documents: {
        ...documents,
        write: async (...what: Parameters<LiveDocuments['write']>) => {
          if (first) await add(9);
          first = false;
          return documents.write(...what);
        },
      },
    }));
    assert.equal(conflicts.length, 1);
    assert.deepEqual(await ids(), [9, 3, 1]);
  });

  it('goes on with what was cut short', async () => {
    const event = await emptied();
    await assert.rejects(
      undoMeanwhile(recorded, ofEvent(event), ({ documents }) => ({
        documents: {
          ...documents,
          write: async (...what: Parameters<LiveDocuments['write']>) => {
            await documents.write(...what);
            throw new Error('no room left');
          },
        },
      })),
      /no room left/,
    );
    assert.deepEqual(await ids(), [3, 1]);
    const { restored, conflicts } = await recorded.run('undo', { event, dryRun: false });
    assert.deepEqual([restored, conflicts], [1, []]);
    assert.deepEqual(await ids(), [3, 1, 2]);
  });

  describe('in a range', () => {
    /** Of all that the database holds by then. */
    async function undone(from: string, to: string) {
      const range = { from, to, namespaces: [db.databaseName] };
      const would = await recorded.run('undo', { range, dryRun: true });
      const done = await recorded.run('undo', { range, dryRun: false });
      const counts = ({ restored, removed, unchanged, conflicts }: typeof done): unknown => {
        return { restored, removed, unchanged, conflicts };
      };
      assert.deepEqual(counts(would), counts(done), 'the dry run tells the same');
      return done;
    }

    it('brings them back in their order as they were before all of it, and is done once', async () => {
      await db.createCollection('log', { capped: true, size: 4096, max: 4 });
      await add(3, 1, 2);
      const from = await recorded.recorded();
      await add(4, 5);
      await log().updateOne({ _id: 2 }, { $set: { text: 'y'.repeat(20) } });
      await db.command({ emptycapped: 'log' });
      await add(6);
      await db.renameCollection('log', 'moved');
      await db.command({ emptycapped: 'moved' });
      const to = await recorded.recorded();
      const { restored, conflicts } = await undone(from, to);
      assert.deepEqual([restored, conflicts], [3, []]);
      assert.deepEqual(
        await log().find().toArray(),
        [3, 1, 2].map((_id) => ({ _id, text: 'x'.repeat(20) })),
      );
      const again = await undone(from, to);
      assert.deepEqual([again.restored, again.unchanged, again.conflicts], [0, 3, []]);
      assert.deepEqual(await ids(), [3, 1, 2]);
    });

    it('goes on with what was cut short', async () => {
      await db.createCollection('log', { capped: true, size: 4096, max: 4 });
      await add(3, 1, 2);
      const from = await recorded.recorded();
      await db.command({ emptycapped: 'log' });
      const to = await recorded.recorded();
      await add(3, 1);
      const { restored, conflicts } = await undone(from, to);
      assert.deepEqual([restored, conflicts], [1, []]);
      assert.deepEqual(await ids(), [3, 1, 2]);
    });

    it('leaves one alone that was used after it, and says why', async () => {
      await db.createCollection('log', { capped: true, size: 4096, max: 4 });
      await add(3, 1, 2);
      const from = await recorded.recorded();
      await db.command({ emptycapped: 'log' });
      const to = await recorded.recorded();
      await add(9);
      const { restored, removed, conflicts } = await undone(from, to);
      assert.deepEqual([restored, removed], [0, 0]);
      assert.deepEqual(
        conflicts.map(({ _id, reason }) => [_id, reason]),
        [[undefined, 'it is capped and has other documents now, which what comes back could push out']],
      );
      assert.deepEqual(await ids(), [9]);
    });

    it('inserts nothing where the range goes on in it', async () => {
      await db.createCollection('log', { capped: true, size: 4096, max: 4 });
      await add(3, 1, 2);
      const from = await recorded.recorded();
      await db.command({ emptycapped: 'log' });
      await add(9);
      const to = await recorded.recorded();
      const range = { from, to, namespaces: [db.databaseName] };
      const { restored, conflicts } = await recorded.run('undo', { range, dryRun: false });
      assert.equal(restored, 0);
      const reasons = conflicts.filter(({ reason }) => reason.startsWith('it is capped: what comes back'));
      assert.equal(reasons.length, 3);
    });

    const firstSeed = Number(process.env['MONGO_REWIND_FIRST_SEED'] ?? 1);
    const seeds = Number(process.env['MONGO_REWIND_SEEDS'] ?? 6);
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      it(`gives all back, whatever else was done (MONGO_REWIND_FIRST_SEED=${seed})`, async () => {
        const random = new Random(seed);
        const namesIn = async (): Promise<string[]> =>
          (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
        /** In natural order. */
        const state = async (): Promise<Record<string, Document[]>> => {
          const all = (await namesIn()).map(
            async (name) => [name, await db.collection(name).find().toArray()] as const,
          );
          return Object.fromEntries(await Promise.all(all));
        };
        let next = 0;
        const insert = (name: string): Promise<unknown> =>
          db.collection<Numbered>(name).insertOne({ _id: (next++ * 7) % 1000, n: 0 });
        for (const name of ['a', 'b', 'c']) {
          await db.createCollection(name, { capped: true, size: 4096, max: 3 + random.int(6) });
          for (let n = random.int(12); n > 0; n--) await insert(name);
        }
        const before = await state();
        const from = await recorded.recorded();
        const done: string[] = [];
        const act = async (kind: 'insert' | 'update' | 'empty' | 'rename' | 'drop'): Promise<void> => {
          const there = await namesIn();
          const name = random.pick(there);
          const free = ['a', 'b', 'c', 'd'].find((one) => !there.includes(one));
          done.push(`${kind} ${name}`);
          if (kind === 'insert') await insert(name);
          else if (kind === 'update') await db.collection(name).updateMany({}, { $inc: { n: 1 } });
          else if (kind === 'empty') await db.command({ emptycapped: name });
          else if (kind === 'rename' && free !== undefined) await db.renameCollection(name, free);
          else if (kind === 'drop' && there.length > 2) await db.collection(name).drop();
        };
        for (let n = 4 + random.int(12); n > 0; n--) {
          await act(
            random.weighted([
              [6, 'insert'],
              [2, 'update'],
              [2, 'empty'],
              [3, 'rename'],
              [1, 'drop'],
            ] as const),
          );
        }
        for (const name of await namesIn()) await db.command({ emptycapped: name });
        await act('rename');
        const to = await recorded.recorded();
        const { conflicts } = await undone(from, to);
        assert.deepEqual([conflicts, await state()], [[], before], done.join('; '));
        const again = await undone(from, to);
        assert.deepEqual([again.restored, again.removed, again.conflicts], [0, 0, []], done.join('; '));
        assert.deepEqual(await state(), before, done.join('; '));
      });
    }
  });
});
