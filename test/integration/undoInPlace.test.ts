import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import type { LiveCollections } from '../../src/engine/portsLive';
import { restoreInPlace } from '../../src/engine/restoreInPlace';
import { resolveTarget } from '../../src/engine/resolveTarget';
import { noting } from '../../src/worker/inPlaceNoting';
import { openReader } from '../../src/worker/open';
import { undoPorts } from '../../src/worker/undoJob';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

describe('undo of a restore in place, while which others made views', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      await shop.collection<Numbered>('orders').insertMany([{ _id: 1 }, { _id: 2 }]);
      for (const name of ['cheap', 'lost', 'changed']) await view(shop, name, 1);
    });
    ({ db } = recorded);
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const view = (shop: Db, name: string, _id: number): Promise<unknown> =>
    shop.createCollection(name, { viewOn: 'orders', pipeline: [{ $match: { _id } }] });
  const define = (name: string, _id: number): Promise<unknown> =>
    db.command({ collMod: name, viewOn: 'orders', pipeline: [{ $match: { _id } }] });
  const shown = async (): Promise<Record<string, number>> => {
    const listed = await db.listCollections({ type: 'view' }, { nameOnly: false }).toArray();
    const options = listed.map(({ name, options: of }) => [name, of as unknown as Document] as const);
    return Object.fromEntries(
      options.map(([name, of]) => [
        name,
        (of['pipeline'] as { $match: { _id: number } }[])[0]?.$match._id ?? 0,
      ]),
    );
  };

  /** Others do something between its first rename and the rest. */
  async function restore(at: string, stamp: string, others: () => Promise<unknown>): Promise<void> {
    const reader = await openReader(recorded.repository);
    const content = await reader.content();
    const own = undoPorts(recorded.client, reader, content);
    const collections: LiveCollections = {
      ...own.collections,
      rename: async ([first, ...rest]) => {
        if (first) await own.collections.rename([first]);
        await others();
        for (const change of rest) await own.collections.rename([change]).catch(() => undefined);
      },
    };
    const signal = new AbortController().signal;
    const facts = { id: `inplace-${stamp}`, at, createdMs: Date.now() };
    const request = {
      ...{ at: await resolveTarget(reader, content, at, signal), scope: [{ database: 'shop' }], stamp },
      ...{ protected: false, onProgress: () => undefined },
      note: noting(recorded.repository, facts, () => Promise.resolve()),
    };
    await restoreInPlace({ ...own, collections }, request, signal);
  }

  it('takes its own back and leaves those of others', async () => {
    const at = await recorded.recorded();
    await db.collection<Numbered>('orders').insertOne({ _id: 3 });
    await define('cheap', 2);
    await recorded.recorded();
    await restore(at, '20260101_000000', async () => {
      await view(db, 'made', 3);
      await db.collection('lost').drop();
      await define('changed', 3);
    });
    assert.deepEqual(await shown(), { cheap: 1, changed: 3, made: 3 });
    const event = await recorded.lastEvent('rename');
    assert.deepEqual([event.name, event.ns], ['restore in place', 'shop']);
    const { conflicts } = await recorded.run('undo', { event: event.id, dryRun: false });
    assert.deepEqual(conflicts, []);
    assert.deepEqual(await shown(), { cheap: 2, changed: 3, made: 3 });
    assert.equal(await db.collection('orders').countDocuments(), 3);
  });
});
