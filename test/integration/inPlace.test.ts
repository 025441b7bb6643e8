import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Db, Document } from 'mongodb';
import type { CopyProgress, RestoreInPlaceReport } from '../../src/protocol/job';
import { runJob } from '../../src/worker/jobs';
import { rewind, rewindJson } from '../support/commandLine';
import { projectRoot } from '../support/projectRoot';
import { storedState } from '../support/storedState';
import { RecordedSet } from '../support/timeTravel';
import { waitFor } from '../support/waitFor';

type Numbered = Document & { _id: number };

/** One a minute, from seven sensors. */
function measurements(from: number, to: number): Document[] {
  return Array.from({ length: to - from }, (_, i) => ({
    t: new Date(1_790_000_000_000 + (from + i) * 60_000),
    m: (from + i) % 7,
    value: from + i,
  }));
}

describe('restore in place', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;
  let good: string;
  let whole: Record<string, unknown>;
  let views: Record<string, unknown>;
  let hasTimeseries: boolean;

  const state = (): Promise<Record<string, unknown>> => storedState(db);

  const withoutCopies = (all: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !/__(before|rewind)_/.test(name)));

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      const documents = Array.from({ length: 4000 }, (_, i) => ({ _id: i, total: i, note: 'x'.repeat(300) }));
      await shop.collection<Numbered>('orders').insertMany(documents);
      await shop.collection('orders').createIndex({ total: 1 }, { unique: true, name: 'by_total' }, {});
      await shop.createCollection('checked', { validator: { n: { $type: 'int' } } });
      await shop.collection<Numbered>('checked').insertMany([{ _id: 1, n: 1 }]);
      await shop.createCollection('cheap', {
        viewOn: 'orders',
        pipeline: [{ $match: { total: { $lt: 3 } } }],
      });
      await shop.createCollection('sorted', { viewOn: 'orders', pipeline: [], collation: { locale: 'de' } });
      await shop.createCollection('both', { viewOn: 'orders', pipeline: [] });
      await shop.createCollection('same', { viewOn: 'orders', pipeline: [] });
      const { versionArray } = await shop.admin().buildInfo();
      hasTimeseries = (versionArray as number[])[0]! >= 5; // they came with 5.0
      if (!hasTimeseries) return;
      const timeseries = { timeField: 't', metaField: 'm', granularity: 'minutes' } as const;
      await shop.createCollection('series', { timeseries, expireAfterSeconds: 1_000_000_000 });
      await shop.collection('series').insertMany(measurements(0, 600));
      await shop.collection('series').createIndex({ m: 1, t: 1 }, { name: 'by_m' }, {});
      await shop.createCollection('gone', { timeseries });
      await shop.collection('gone').insertMany(measurements(0, 20));
    });
    ({ db } = recorded);
    await db.collection<Numbered>('orders').updateMany({ _id: { $lt: 100 } }, { $set: { seen: true } });
    good = await recorded.recorded();
    whole = await state();
    await db.collection('orders').deleteMany({ total: { $gte: 10 } });
    await db.collection('orders').dropIndex('by_total');
    await db.collection('checked').drop();
    await db.collection<Numbered>('newer').insertOne({ _id: 1 });
    await db.command({ collMod: 'cheap', viewOn: 'orders', pipeline: [{ $match: { total: 1 } }] });
    await db.collection('sorted').drop();
    await db.createCollection('sorted', { viewOn: 'orders', pipeline: [], collation: { locale: 'sv' } });
    await db.collection('both').drop();
    await db.collection<Numbered>('both').insertOne({ _id: 1 });
    await db.createCollection('since', { viewOn: 'orders', pipeline: [] });
    if (hasTimeseries) await spoilMeasurements();
    await recorded.recorded();
  });

  /** Some are more than they were and some are gone, in buckets that are still open as well. */
  async function spoilMeasurements(): Promise<void> {
    await db.collection('series').insertMany(measurements(600, 700));
    await db.collection('series').deleteMany({ m: 3 });
    await db.collection('series').dropIndex('by_m');
    await db.command({ collMod: 'series', expireAfterSeconds: 900_000_000 });
    await db.collection('gone').drop();
    await db.createCollection('fresh', { timeseries: { timeField: 't' } });
    await db.collection('fresh').insertMany(measurements(0, 5));
  }

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  /** The definitions of the views. */
  async function viewsNow(): Promise<Record<string, unknown>> {
    const found = (await db.listCollections({ type: 'view' }).toArray()) as {
      name: string;
      options?: unknown;
    }[];
    return Object.fromEntries(found.map(({ name, options }) => [name, options]));
  }

  const inPlace = (namespaces: string[], signal?: AbortSignal, onProgress?: (p: CopyProgress) => void) =>
    runJob(
      'restoreInPlace',
      { repository: recorded.repository, uri: recorded.set.uri, at: good, namespaces },
      onProgress ?? (() => undefined),
      signal ?? new AbortController().signal,
    );

  it('leaves everything as it is when it is aborted at any step', async () => {
    const spoilt = await state();
    const steps = new Set<string>();
    await inPlace(['shop'], undefined, (p) => steps.add(p.phase)).then((report) =>
      recorded.run('undoRestore', { id: report.id }),
    );
    await dropCopies();
    assert.deepEqual(await state(), spoilt);
    assert.deepEqual([...steps].sort(), ['indexes', 'load', 'replay']);
    for (const step of steps) {
      const abort = new AbortController();
      const run = inPlace(['shop'], abort.signal, (p) => {
        if (p.phase === step) abort.abort();
      });
      await assert.rejects(run, (error: Error) => /abort|cancel/i.test(`${error.name} ${error.message}`));
      assert.deepEqual(await state(), spoilt, step);
    }
    const notes = await recorded.run('inPlaceRestores', {});
    assert.deepEqual(
      notes.map((note) => note.state),
      ['undone', 'swapped', 'failed', 'failed', 'failed'],
    );
  });

  it('leaves all of it as it was, or has exchanged all of it, at whatever step its process is killed', async () => {
    const spoilt = await state();
    const find = async (name: RegExp): Promise<string | undefined> =>
      (await db.listCollections({ name }, { nameOnly: true }).toArray())[0]?.name;
    const filling = (): Promise<string | undefined> => find(/^orders__rewind_/);
    const countIn = async (): Promise<number> => db.collection((await filling()) ?? 'none').countDocuments();
    const isMarked = async (): Promise<boolean> => {
      const mark = await find(/__exchanged__rewind_/);
      return mark !== undefined && (await db.collection(mark).countDocuments()) > 0;
    };
    const steps: [string, () => Promise<boolean>][] = [
      ['made', async () => (await filling()) !== undefined],
      ['filling', async () => (await countIn()) > 0],
      ['filled', async () => (await countIn()) === 4000],
      [
        'indexed',
        async () => 'by_total' in (await db.collection((await filling()) ?? 'none').indexInformation()),
      ],
      ['copied', async () => (await find(/^series__before_/)) !== undefined],
      ['marked', isMarked],
      ['exchanged', async () => (await find(/^orders__before_/)) !== undefined],
    ];
    for (const [step, isReached] of steps) {
      const words = ['restore', '--repo', recorded.repository, '--uri', recorded.set.uri, '--at', good];
      const program = path.join(projectRoot, 'dist', 'cli.js');
      const child = spawn(process.execPath, [program, ...words, '--ns', 'shop', '--in-place']);
      const gone = once(child, 'exit');
      // A step that is over before it is seen shows as the exchange.
      await waitFor(step, async () => (await isReached()) || (await find(/^orders__before_/)) !== undefined, {
        everyMs: 2,
      });
      child.kill('SIGKILL');
      await gone;
      const hasBegun = (await isMarked()) || (await find(/^orders__before_/)) !== undefined;
      const left = await state();
      if ((left['gone'] as { documents: [] } | undefined)?.documents.length === 0) delete left['gone']; // made just before
      if (!hasBegun) assert.deepEqual(withoutCopies(left), withoutCopies(spoilt), step);
      await assert.rejects(recorded.run('undoRestore', { id: 'inplace-0' }), /no restore in place/);
      const last = (await recorded.run('inPlaceRestores', {})).at(-1);
      assert.equal(last?.state, hasBegun ? 'swapped' : 'failed', step);
      assert.deepEqual(withoutCopies(await state()), hasBegun ? whole : withoutCopies(spoilt), step);
      if (hasBegun) await recorded.run('undoRestore', { id: last.id });
      await dropCopies();
      assert.deepEqual(await state(), spoilt, step);
    }
  });

  it('exchanges collections, indexes, options and views, and keeps what was there', async () => {
    const spoilt = await state();
    views = await viewsNow();
    const words = [
      '--repo',
      recorded.repository,
      '--uri',
      recorded.set.uri,
      '--at',
      good,
      '--ns',
      'shop',
      '--in-place',
    ];
    const report = await rewindJson<RestoreInPlaceReport>('restore', ...words);
    const after = await state();
    assert.deepEqual(withoutCopies(after), whole);
    const copies = Object.fromEntries(report.safetyCopies.map((copy) => [copy.ns, copy.safetyCopy.slice(5)]));
    const replaced = ['shop.both', 'shop.newer', 'shop.orders', 'shop.pulse'];
    if (hasTimeseries) replaced.push('shop.fresh', 'shop.series');
    assert.deepEqual(Object.keys(copies).sort(), replaced.sort());
    assert.ok(report.warnings.includes('shop.since did not exist at that time'));
    assert.ok(report.warnings.includes('the view shop.cheap is defined as at that time again'));
    for (const name of hasTimeseries ? ['series', 'fresh'] : [])
      assert.deepEqual(after[copies[`shop.${name}`] ?? ''], spoilt[name]);
    assert.deepEqual(after[copies['shop.orders'] ?? ''], spoilt['orders']);
    assert.deepEqual(after[copies['shop.newer'] ?? ''], spoilt['newer']);
  });

  it('is one event, and undoing that gives the names back', async () => {
    const event = await recorded.lastEvent('rename');
    assert.equal(event.name, 'restore in place');
    await db.collection<Numbered>('orders').insertOne({ _id: 77_777, total: -7 });
    const undone = await recorded.run('undo', { event: event.id, dryRun: false });
    assert.deepEqual(undone.conflicts, []);
    const now = await state();
    assert.equal((now['orders'] as { documents: unknown[] }).documents.length, 10);
    assert.ok(now['newer']);
    for (const name of ['cheap', 'sorted', 'same', 'since'])
      assert.deepEqual((now[name] as { options: unknown }).options, views[name], name);
    const kept = Object.keys(now).filter((name) => name.startsWith('orders__before_'));
    assert.equal(kept.length, 1);
    assert.ok(
      await db.collection<Numbered>(kept[0]!).findOne({ _id: 77_777 }),
      'later writes are in the copy',
    );
    await dropCopies();
  });

  it('restores one collection alone, and is undone by its id', async () => {
    const spoilt = await state();
    const report = await inPlace(['shop.orders']);
    assert.deepEqual([report.documents, report.databases, report.safetyCopies.length], [4000, ['shop'], 1]);
    assert.deepEqual((await state())['orders'], whole['orders']);
    assert.deepEqual((await state())['newer'], spoilt['newer']);
    await recorded.run('undoRestore', { id: report.id });
    assert.deepEqual(withoutCopies(await state()), withoutCopies(spoilt));
    await assert.rejects(recorded.run('undoRestore', { id: report.id }), /that could be undone/);
    await dropCopies();
  });

  it('PBM-805: goes on recording in the same lineage, and keeps what was before restorable', async () => {
    await recorded.recorded();
    const { ranges, gaps } = await recorded.run('status', {});
    assert.deepEqual([ranges.length, gaps.length], [1, 0]);
    const words = ['restore', '--repo', recorded.repository, '--uri', recorded.set.uri, '--at', good];
    await rewindJson(...words, '--ns', 'shop', '--to', 'earlier');
    const earlier = recorded.client.db('earlier').collection('orders');
    assert.equal(await earlier.countDocuments(), 4000);
    assert.equal(await earlier.countDocuments({ seen: true }), 100);
    await recorded.client.db('earlier').dropDatabase();
  });

  it('refuses protected connections, no names, and time-series collections of another form', async () => {
    const spoilt = await state();
    const params = { at: good, namespaces: ['shop'] };
    await assert.rejects(recorded.run('restoreInPlace', { ...params, protected: true }), {
      code: 'protected',
    });
    const [event] = await recorded.events();
    const undo = recorded.run('undo', { event: event!.id, dryRun: false, protected: true });
    await assert.rejects(undo, { code: 'protected' });
    await assert.rejects(recorded.run('restoreInPlace', { at: good, namespaces: [] }), { code: 'badInput' });
    const words = ['restore', '--repo', recorded.repository, '--uri', recorded.set.uri, '--at', good];
    const wrong = await rewind(...words, '--ns', 'shop', '--in-place', '--to', 'other');
    assert.equal(wrong.status, 2);
    assert.deepEqual(await state(), spoilt);
    if (!hasTimeseries) return;
    await db.collection('series').drop();
    await db.createCollection('series', { timeseries: { timeField: 'other' } });
    await assert.rejects(recorded.run('restoreInPlace', params), /series has other time-series options/);
    await db.collection('series').drop();
    await db.createCollection('series', { viewOn: 'orders', pipeline: [] });
    await assert.rejects(recorded.run('restoreInPlace', params), /series is a time-series collection only/);
    await db.collection('series').drop();
  });

  async function dropCopies(): Promise<void> {
    const copies = { name: { $regex: /^(?!system\.).*__before_/ } };
    for (const { name } of await db.listCollections(copies).toArray()) await db.collection(name).drop();
  }
});
