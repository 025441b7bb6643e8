import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import type { Undone, UndoPorts } from '../../src/engine/undoing';
import { RecordedSet } from '../support/timeTravel';
import { ofEvent, undoMeanwhile } from '../support/undoing';

describe('undo while others write', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;
  let major: number;

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      const { versionArray } = await shop.admin().buildInfo();
      major = (versionArray as number[])[0]!;
    });
    ({ db } = recorded);
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const undo = (
    id: string,
    meanwhile?: (own: UndoPorts) => Partial<UndoPorts>,
    signal?: AbortSignal,
  ): Promise<Undone> => undoMeanwhile(recorded, ofEvent(id), meanwhile, signal);

  const drop = async (): Promise<string> => (await recorded.lastEvent('drop')).id;

  describe('to a time-series collection that comes back', () => {
    const series = () => db.collection('series');
    const measure = (n: number) => series().insertOne({ m: n, t: new Date(n), n });
    const values = async (): Promise<number[]> => (await series().distinct('n')).sort() as number[];
    const isThere = async (): Promise<boolean> =>
      (await db.listCollections({ name: 'series' }, { nameOnly: true }).toArray()).length > 0;

    /** One that holds 1 and 2, and is dropped. */
    async function dropped(): Promise<string> {
      if (await isThere()) await series().drop();
      await db.createCollection('series', { timeseries: { timeField: 't', metaField: 'm' } });
      await series().createIndex({ n: 1 }, { name: 'by_n' }, {});
      await measure(1);
      await measure(2);
      await recorded.recorded();
      await series().drop();
      return drop();
    }

    /** Something happens after the first write into it. */
    const onWrite =
      (then: () => unknown) =>
      (own: UndoPorts): Partial<UndoPorts> => {
        let first = true;
        return {
          documents: {
            ...own.documents,
            write: async (...what) => {
              const refused = await own.documents.write(...what);
              if (first) {
                first = false;
                await then();
              }
              return refused;
            },
          },
        };
      };
    const fails = (): never => {
      throw new Error('no room left');
    };

    it('keeps what they write, with indexes and an exact count', async () => {
      if (major < 5) return; // they came with 5.0
      const { restored, conflicts } = await undo(
        await dropped(),
        onWrite(() => measure(3)),
      );
      assert.deepEqual([restored, conflicts], [2, []]);
      assert.deepEqual(await values(), [1, 2, 3]);
      const indexes = await series().listIndexes().toArray();
      assert.ok(indexes.some((index: Document) => index['name'] === 'by_n'));
    });

    it('is dropped again when the undo fails or is aborted', async () => {
      if (major < 5) return;
      const event = await dropped();
      await assert.rejects(undo(event, onWrite(fails)), /^Error: no room left$/);
      assert.equal(await isThere(), false);
      const abort = new AbortController();
      const aborting = onWrite(() => {
        abort.abort();
      });
      await assert.rejects(undo(event, aborting, abort.signal), { name: 'AbortError' });
      assert.equal(await isThere(), false);
      assert.equal((await undo(event)).restored, 2);
      assert.deepEqual(await values(), [1, 2]);
    });

    it('stays with what others wrote when the undo fails, and says so', async () => {
      if (major < 5) return;
      const event = await dropped();
      const failing = onWrite(async () => {
        await measure(3);
        fails();
      });
      await assert.rejects(
        undo(event, failing),
        /no room left; shop\.series stays, since others wrote to it/,
      );
      assert.deepEqual(await values(), [3]);
      assert.deepEqual((await undo(event)).conflicts, []);
      assert.deepEqual(await values(), [1, 2, 3]);
    });

    it('stays where others made it in the last moment', async () => {
      if (major < 5) return;
      const event = await dropped();
      const making = (own: UndoPorts): Partial<UndoPorts> => {
        const { catalogue } = own.target;
        return {
          target: {
            ...own.target,
            catalogue: {
              ...catalogue,
              create: async (...what) => {
                await series().insertOne({ n: 9 });
                return catalogue.create(...what);
              },
            },
          },
        };
      };
      await assert.rejects(undo(event, making), /already exists/);
      assert.deepEqual(await values(), [9]);
    });
  });

  it('says what it is warned of', async () => {
    await db.collection('first').insertOne({ n: 1 });
    await recorded.recorded();
    await recorded.run('snapshot', { namespaces: [] });
    await db.collection('first').rename('second');
    await recorded.recorded();
    await db.collection('second').drop();
    const { collections } = await undo(await drop());
    assert.deepEqual(collections.map(String), [
      'shop.second came back with options and indexes',
      'shop.second was called shop.first when the snapshot was taken',
    ]);
  });
});
