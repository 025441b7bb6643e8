import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { parseClusterTime } from '../../src/core/time';
import { eventById } from '../../src/engine/events';
import type { LiveCollections } from '../../src/engine/portsLive';
import type { Undone } from '../../src/engine/undoing';
import { RecordedSet } from '../support/timeTravel';
import { undoMeanwhile } from '../support/undoing';

type Numbered = Document & { _id: number };

describe('undoing what made a collection', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;
  let hasTimeseries: boolean;

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      const { versionArray } = await shop.admin().buildInfo();
      hasTimeseries = (versionArray as number[])[0]! >= 5; // they came with 5.0
    });
    ({ db } = recorded);
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const fresh = () => db.collection<Numbered>('fresh');
  const names = async (): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray())
      .map(({ name }) => name)
      .filter((name) => name !== 'pulse' && name !== 'system.views')
      .sort();

  async function made(by: () => Promise<unknown>): Promise<{ from: string; to: string }> {
    for (const name of await names()) if (!name.startsWith('system.')) await db.collection(name).drop();
    const from = await recorded.recorded();
    await by();
    return { from, to: await recorded.recorded() };
  }

  /** Takes it back while others write at calls of it. */
  async function undo(
    { from, to }: { from: string; to: string },
    scope: string,
    meanwhile: (own: LiveCollections) => Partial<LiveCollections> = () => ({}),
  ): Promise<Undone> {
    const times = { from: parseClusterTime(from)!, to: parseClusterTime(to)! };
    const range = { kind: 'range', ...times, scope: [{ database: 'shop', collection: scope }] } as const;
    return undoMeanwhile(
      recorded,
      () => range,
      ({ collections }) => ({ collections: { ...collections, ...meanwhile(collections) } }),
    );
  }

  it('drops it, by its own name on the timeline, and can be undone itself', async () => {
    const span = await made(() => fresh().insertMany([{ _id: 1 }, { _id: 2 }]));
    const { removed, collections } = await undo(span, 'fresh');
    assert.equal(removed, 2);
    assert.deepEqual(collections.map(String), ['shop.fresh was dropped: nothing was left in it']);
    assert.deepEqual(await names(), []);
    const drop = await recorded.lastEvent('drop');
    assert.equal(drop.ns, 'shop.fresh');
    await recorded.run('undo', { event: drop.id, dryRun: false });
    assert.deepEqual(await names(), ['fresh']);
  });

  it('needs no notes of restores in place', async () => {
    await made(() => fresh().insertOne({ _id: 1 }));
    await fresh().drop();
    const drop = await recorded.lastEvent('drop');
    await undoMeanwhile(recorded, (content) => ({
      kind: 'event',
      event: eventById(content, drop.id),
      exchanges: () => Promise.reject(new Error('they were read')),
    }));
    assert.deepEqual(await recorded.documents('fresh'), [{ _id: 1 }]);
  });

  it('keeps a document that comes when the others are gone', async () => {
    const span = await made(() => fresh().insertOne({ _id: 1 }));
    const { collections, conflicts } = await undo(span, 'fresh', (own) => ({
      count: async (ns, ...how) => {
        const count = await own.count(ns, ...how);
        if (ns.collection === 'fresh') await fresh().insertOne({ _id: 7 });
        return count;
      },
    }));
    assert.deepEqual([collections, conflicts], [[], []]);
    assert.deepEqual(await names(), ['fresh']);
    assert.deepEqual(await recorded.documents('fresh'), [{ _id: 7 }]);
  });

  it('keeps what comes while it is put aside', async () => {
    const span = await made(() => fresh().insertOne({ _id: 1 }));
    const { collections } = await undo(span, 'fresh', (own) => ({
      rename: async (changes) => {
        await own.rename(changes);
        await fresh().insertOne({ _id: 7 });
      },
    }));
    assert.deepEqual(collections.map(String), ['shop.fresh was dropped: nothing was left in it']);
    assert.deepEqual(await names(), ['fresh']);
    assert.deepEqual(await recorded.documents('fresh'), [{ _id: 7 }]);
    const drop = await recorded.lastEvent('drop');
    const { removed } = await recorded.run('undo', { event: drop.id, dryRun: false });
    assert.equal(removed, 0);
    assert.deepEqual(await recorded.documents('fresh'), [{ _id: 7 }]);
  });

  it('keeps and tells both, when documents come before and after', async () => {
    const span = await made(() => fresh().insertOne({ _id: 1 }));
    let came = 0;
    const { conflicts, collections } = await undo(span, 'fresh', (own) => ({
      rename: async (changes) => {
        if (came === 0) await fresh().insertOne({ _id: 7 + came++ });
        await own.rename(changes);
        if (came === 1) await fresh().insertOne({ _id: 7 + came++ });
      },
    }));
    assert.deepEqual(collections, []);
    const aside = (await names()).find((name) => name.startsWith('fresh__before_'))!;
    assert.deepEqual(await names(), ['fresh', aside]);
    assert.deepEqual(await recorded.documents(aside), [{ _id: 7 }]);
    assert.deepEqual(await recorded.documents('fresh'), [{ _id: 8 }]);
    assert.deepEqual(
      conflicts.map(({ ns, reason }) => [ns, String(reason)]),
      [['shop.fresh', `it was written to while it was dropped: shop.${aside} has what came first`]],
    );
  });

  it('drops a time-series collection, and keeps one with later measurements', async () => {
    if (!hasTimeseries) return;
    const series = async (): Promise<void> => {
      await db.createCollection('series', { timeseries: { timeField: 't', metaField: 'm' } });
      await db.collection('series').insertMany([1, 2].map((n) => ({ m: n, t: new Date(n), n })));
    };
    const all = await made(series);
    const { collections } = await undo(all, 'series');
    assert.deepEqual(collections.map(String), ['shop.series was dropped: nothing was left in it']);
    assert.deepEqual(await names(), []);

    const some = await made(series);
    await db.collection('series').insertOne({ m: 3, t: new Date(3), n: 3 });
    const kept = await undo(some, 'series');
    assert.deepEqual(kept.collections, []);
    assert.deepEqual(await names(), ['series', 'system.buckets.series']);
    const left = await db
      .collection('series')
      .find({}, { projection: { _id: 0, n: 1 } })
      .toArray();
    assert.deepEqual(left, [{ n: 3 }]);
  });
});
