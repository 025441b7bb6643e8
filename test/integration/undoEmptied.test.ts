import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import type { LiveDocuments } from '../../src/engine/portsLive';
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
});
