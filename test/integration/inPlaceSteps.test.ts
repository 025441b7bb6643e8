import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { Db, Document } from 'mongodb';
import type { Namespace } from '../../src/core/namespace';
import { safetyName, temporaryName } from '../../src/core/rewindNames';
import { parseClusterTime } from '../../src/core/time';
import { BackupError } from '../../src/engine/errors';
import { clearExchanged, type Exchange, type ExchangePorts } from '../../src/engine/exchange';
import { recover } from '../../src/engine/recoverExchange';
import { restoreInPlace } from '../../src/engine/restoreInPlace';
import { liveCollections } from '../../src/mongo/liveCollections';
import { liveTimeseries } from '../../src/mongo/liveTimeseries';
import { targetCatalogue, targetData } from '../../src/mongo/restoreTarget';
import { openReader } from '../../src/worker/open';
import { Death, Life } from '../support/life';
import { storedState } from '../support/storedState';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

function untilStep(last: number, isDone: boolean): Life {
  return new Life((_, step) => (step === last ? (isDone ? 'after' : 'before') : undefined));
}

describe('restore in place, step by step', function () {
  this.timeout(300_000);
  let recorded: RecordedSet;
  let db: Db;
  let good: string;

  /** Everything but what has no name of its own, and what a restore keeps or fills. */
  async function state(): Promise<Record<string, unknown>> {
    const own = Object.entries(await storedState(db)).filter(([name]) => !/__(before|rewind)_/.test(name));
    return Object.fromEntries(
      own.map(([name, { indexes, ...rest }]) => [
        name,
        { ...rest, names: indexes.map((index) => index.name).sort() },
      ]),
    );
  }

  const leftOver = async (): Promise<string[]> => {
    const names = await db.listCollections({ name: /__(before|rewind)_/ }, { nameOnly: true }).toArray();
    return names.flatMap(({ name }) => (name.startsWith('system.') ? [] : [name])).sort();
  };

  async function dropLeftOver(): Promise<void> {
    for (const name of await leftOver()) await db.collection(name).drop();
  }

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      await shop.collection<Numbered>('orders').insertMany([{ _id: 1 }, { _id: 2 }]);
      await shop.createCollection('seen', { viewOn: 'orders', pipeline: [] });
      const { versionArray } = await shop.admin().buildInfo();
      if ((versionArray as number[])[0]! < 5) return; // time-series collections came with 5.0
      const timeseries = { timeField: 't', metaField: 'm' } as const;
      await shop.createCollection('series', { timeseries });
      await shop.collection('series').insertMany(measurements('then', 50));
      await shop.collection('series').createIndex({ m: 1 }, { name: 'by_m' }, {});
      await shop.createCollection('gone', { timeseries });
      await shop.collection('gone').insertMany(measurements('gone', 5));
    });
    ({ db } = recorded);
    good = await recorded.recorded();
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  it('does not take what others did while it was filling for its own exchange', async () => {
    const ports = {
      collections: liveCollections(recorded.client),
      timeseries: liveTimeseries(recorded.client),
    };
    const name = (collection: string): string => `${db.databaseName}.${collection}`;
    const swap = (ns: string, safetyCopy: string | undefined): Exchange['swaps'][number] => ({
      ...{ ns: name(ns), safetyCopy: safetyCopy && name(safetyCopy), timeseries: false },
      temporary: name(temporaryName(ns, '20260101_000000')),
    });
    const swaps = [swap('kept', safetyName('kept', '20260101_000000')), swap('other', undefined)];
    await db.collection<Numbered>('kept').insertMany([{ _id: 1 }, { _id: 2 }]);
    await db.collection<Numbered>(temporaryName('kept', '20260101_000000')).insertOne({ _id: 1 });
    await db.collection<Numbered>('other').insertOne({ _id: 7 });
    const what = { swaps, views: [], mark: undefined };
    assert.equal((await recover(ports, what, false)).kind, 'asBefore');
    assert.equal(await db.collection('kept').countDocuments(), 2);
    assert.equal(await db.collection('other').countDocuments(), 1);
    assert.deepEqual(await leftOver(), []);
    for (const collection of ['kept', 'other']) await db.collection(collection).drop();
  });

  async function spoil(): Promise<void> {
    await db.collection('orders').deleteMany({});
    await db.command({ collMod: 'seen', viewOn: 'orders', pipeline: [{ $match: { _id: 1 } }] });
    await db.collection<Numbered>('newer').insertOne({ _id: 1 });
    if (!(await hasSeries())) return;
    await db.collection('series').insertMany(measurements('since', 50));
    await db.collection('series').dropIndex('by_m');
    await db.collection('gone').drop();
    await db.createCollection('fresh', { timeseries: { timeField: 't' } });
    await db.collection('fresh').insertMany(measurements('fresh', 3));
  }

  const hasSeries = async (): Promise<boolean> =>
    (await db.listCollections({ name: 'series' }).toArray()).length > 0;

  /** Dies at a step; says how many there were, and what came of it. */
  async function restoreUntil(
    life: Life,
    between: (live: ExchangePorts) => ExchangePorts = (live) => live,
  ): Promise<string> {
    const { client, repository: folder } = recorded;
    const repository = await openReader(folder);
    const live = { collections: liveCollections(client), timeseries: liveTimeseries(client) };
    const noted: { state?: string; what?: Exchange } = {};
    const ports = {
      ...{ repository, content: await repository.content() },
      collections: life.wrap(between(live).collections),
      timeseries: life.wrap(between(live).timeseries),
      target: { catalogue: life.wrap(targetCatalogue(client)), data: life.wrap(targetData(client)) },
    };
    const request = {
      ...{ at: parseClusterTime(good)!, scope: [{ database: 'shop' }], stamp: '20200101_000000' },
      ...{ protected: false, onProgress: () => undefined },
      note: (state: string, what: Exchange): Promise<void> =>
        life.step('note', () => {
          Object.assign(noted, { state, what });
          return Promise.resolve();
        }),
    };
    const run = restoreInPlace(ports, request, new AbortController().signal);
    await run.catch((error: unknown) => {
      if (!(error instanceof BackupError)) isDeath(error);
    });
    if (!noted.what) return 'nothing';
    if (noted.state === 'failed') return 'asBefore';
    if (noted.state !== 'swapped') {
      const isFilled = noted.state === 'filled';
      for (const ports of dying(live)) await recover(ports, noted.what, isFilled).catch(isDeath);
      const recovered = await recover(live, noted.what, isFilled);
      if (recovered.kind === 'asBefore') return 'asBefore';
      noted.what = recovered.what;
    }
    await clearExchanged(live, noted.what);
    return 'exchanged';
  }

  it('leaves all of it as it was, or exchanges all of it, wherever it dies', async () => {
    const whole = await state();
    await spoil();
    const spoilt = await state();
    const count = new Life();
    assert.equal(await restoreUntil(count), 'exchanged');
    assert.deepEqual(await state(), whole);
    const copies = await leftOver();
    const outcomes: string[] = [];
    for (let step = 1; step <= count.steps; step++) {
      for (const isDone of [false, true]) {
        for (const name of Object.keys(await state())) await db.collection(name).drop();
        await dropLeftOver();
        await makeWhole();
        await spoil();
        const before = await state();
        const where = `step ${step} of ${count.steps}, ${isDone ? 'done' : 'not done'}`;
        const outcome = await restoreUntil(untilStep(step, isDone));
        outcomes.push(outcome);
        if (outcome === 'exchanged') {
          assert.deepEqual(await state(), whole, where);
          assert.deepEqual(await leftOver(), copies, where);
        } else {
          assert.deepEqual(await state(), before, where);
          assert.deepEqual(await leftOver(), [], where);
        }
      }
    }
    assert.ok(Object.keys(spoilt).length > 2);
    assert.ok(outcomes.includes('asBefore') && outcomes.includes('exchanged'));
    const turn = outcomes.indexOf('exchanged');
    assert.ok(
      outcomes.slice(turn).every((outcome) => outcome === 'exchanged'),
      outcomes.join(),
    );
  });

  /** As it was at the beginning: by a restore under another name it could not be the same collections. */
  async function makeWhole(): Promise<void> {
    const life = new Life();
    assert.equal(await restoreUntil(life), 'exchanged');
    await dropLeftOver();
  }

  it('carries through what it can where a collection was dropped at the last moment', async () => {
    if (!(await hasSeries())) return;
    await dropLeftOver();
    await makeWhole();
    const whole = await state();
    await spoil();
    const dropped = (live: ExchangePorts): ExchangePorts => ({
      ...live,
      collections: {
        ...live.collections,
        async rename(changes) {
          const [first] = changes;
          assert.ok(first?.kind === 'rename');
          await db.collection(first.from.collection).drop();
          await live.collections.rename(changes);
        },
      },
    });
    assert.equal(await restoreUntil(new Life(), dropped), 'exchanged');
    assert.deepEqual(await state(), whole);
  });

  it('lets no transaction that is late exchange measurements once it was found not to have', async () => {
    if (!(await hasSeries())) return;
    await dropLeftOver();
    await makeWhole();
    const before = await state();
    const timeseries = liveTimeseries(recorded.client);
    const ns = (collection: string): Namespace => ({ database: db.databaseName, collection });
    const never = new AbortController().signal;
    assert.equal(await timeseries.isMarked(ns('late'), never), false);
    const swap = { ns: ns('series'), copy: undefined, source: ns('gone') };
    await assert.rejects(timeseries.exchange([swap], ns('late'), never));
    assert.equal(await timeseries.isMarked(ns('late'), never), false);
    await db.collection('late').drop();
    assert.deepEqual(await state(), before);
  });

  it('lets measurements be added to what came back, and keeps those of others', async () => {
    if (!(await hasSeries())) return;
    await dropLeftOver();
    await makeWhole();
    const then = await db.collection('series').countDocuments();
    await db.collection('series').insertMany(measurements('open', 40));
    const stop = new AbortController();
    let written = 0;
    const writer = (async () => {
      while (!stop.signal.aborted) {
        await db.collection('series').insertMany(measurements(`w${written}`, 10));
        written += 1;
        await setTimeout(5);
      }
    })();
    for (let round = 1; round <= 5; round++) await restoreUntil(new Life()).then(dropLeftOver);
    stop.abort();
    await writer;
    assert.equal(await restoreUntil(new Life()), 'exchanged');
    await db.collection('series').insertMany(measurements('after', 40));
    assert.equal(await db.collection('series').countDocuments({ by: 'then' }), then);
    assert.equal(await db.collection('series').countDocuments(), then + 40);
    assert.equal(await db.collection('series').countDocuments({ by: 'after' }), 40);
    assert.ok(written > 0);
  });
});

function isDeath(error: unknown): undefined {
  if (!(error instanceof Death)) throw error;
}

/** Each dies one step later; the last ones may live. */
function dying({ collections, timeseries }: ExchangePorts): ExchangePorts[] {
  return Array.from({ length: recoverySteps }, (_, step) => {
    const life = untilStep(step + 1, true);
    return { collections: life.wrap(collections), timeseries: life.wrap(timeseries) };
  });
}

const recoverySteps = 8;

/** One a second, of two sensors, so that all of them may be in buckets that are still open. */
function measurements(by: string, count: number): Document[] {
  return Array.from({ length: count }, (_, i) => ({
    t: new Date(1_790_000_000_000 + i * 1000),
    m: i % 2,
    by,
  }));
}
