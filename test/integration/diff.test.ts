import assert from 'node:assert/strict';
import { type Document, Long } from 'mongodb';
import type { DiffProgress } from '../../src/protocol/job';
import { runJob } from '../../src/worker/jobs';
import { rewind, rewindJson } from '../support/commandLine';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

describe('diff', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let start: string;
  let middle: string;
  let end: string;

  before(async () => {
    recorded = await RecordedSet.start(async (db) => {
      const documents = Array.from({ length: 5000 }, (_, i) => ({
        _id: i,
        total: i,
        of: { tags: ['a', 'b'] },
      }));
      await db.collection<Numbered>('orders').insertMany(documents);
      await db.collection<Numbered>('quiet').insertOne({ _id: 1 });
    });
    const orders = recorded.db.collection<Numbered>('orders');
    start = await recorded.recorded();
    await orders.updateMany({ _id: { $lt: 20 } }, {
      $inc: { total: 1 },
      $push: { 'of.tags': 'c' },
    } as object);
    await orders.updateMany({ _id: { $lt: 5 } }, { $inc: { total: -1 }, $pop: { 'of.tags': 1 } } as object);
    await orders.deleteMany({ _id: { $gte: 4990 } });
    await orders.insertMany([{ _id: 9001 }, { _id: 9002 }]);
    await orders.insertOne({ _id: 9003 });
    await orders.deleteOne({ _id: 9003 });
    await orders.updateOne({ _id: 100 }, { $set: { total: Long.fromNumber(100) } });
    middle = await recorded.recorded();
    await orders
      .aggregate([{ $match: { _id: { $lt: 4000 } } }, { $set: { total: 1 } }, { $out: 'orders' }])
      .toArray();
    end = await recorded.recorded();
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const counts = (from: string, to: string, ns = 'shop.orders'): Promise<unknown> =>
    rewindJson('diff', '--repo', recorded.repository, '--ns', ns, '--from', from, '--to', to);

  it('counts documents that differ between two times, not writes', async () => {
    assert.deepEqual(await counts(start, middle), { added: 2, removed: 10, changed: 16 });
    assert.deepEqual(await counts(middle, start), { added: 10, removed: 2, changed: 16 });
    assert.deepEqual(await counts(start, start), { added: 0, removed: 0, changed: 0 });
    assert.deepEqual(await counts(start, 'latest', 'shop.quiet'), { added: 0, removed: 0, changed: 0 });
  });

  it('tells counts first, then one change a line with the paths that differ', async () => {
    const words = ['--repo', recorded.repository, '--ns', 'shop.orders', '--from', start, '--to', middle];
    const { out } = await rewind('diff', ...words);
    const [first, ...lines] = out.trimEnd().split('\n');
    assert.equal(first, '2 added, 10 removed, 16 changed');
    assert.equal(lines.length, 28);
    assert.ok(lines.includes('changed {"$numberInt":"7"} total, of.tags.2'));
    assert.ok(lines.includes('changed {"$numberInt":"100"} total'), 'another type is another value');
    assert.ok(lines.includes('removed {"$numberInt":"4999"}'));
    assert.ok(lines.includes('added {"$numberInt":"9002"}'));
  });

  it('compares the whole of two collections that had the name', async () => {
    // Of the 4,000 that are left all but the one that had it already got another total.
    assert.deepEqual(await counts(middle, end), { added: 0, removed: 992, changed: 3999 });
    assert.deepEqual(await counts(start, end), { added: 0, removed: 1000, changed: 3999 });
  });

  it('gives the first changes with both documents, and all of them as progress', async () => {
    const told: DiffProgress[] = [];
    const params = { repository: recorded.repository, ns: 'shop.orders', from: start, to: middle };
    const report = await runJob(
      'diff',
      { ...params, limit: 3, stream: true },
      (progress) => told.push(progress),
      new AbortController().signal,
    );
    assert.deepEqual([report.changes.length, report.more], [3, true]);
    assert.equal(told[0]?.kind, 'counts');
    const changes = told.flatMap((progress) => (progress.kind === 'changes' ? progress.changes : []));
    assert.equal(changes.length, 28);
    const seventh = changes.find((change) => change._id === '{"$numberInt":"7"}');
    assert.match(seventh?.before ?? '', /"total":\{"\$numberInt":"7"\}/);
    assert.match(seventh?.after ?? '', /"total":\{"\$numberInt":"8"\}/);
  });

  it('refuses a name that is at neither time, and times that are not recorded', async () => {
    const words = ['diff', '--repo', recorded.repository];
    const nothing = await rewind(...words, '--ns', 'shop.nothing', '--from', start, '--to', end);
    assert.equal(nothing.status, 1);
    assert.match(nothing.err, /shop\.nothing is no collection at/);
    const early = await rewind(...words, '--ns', 'shop.orders', '--from', '5:1', '--to', end);
    assert.equal(early.status, 1);
    assert.match(early.err, /before the first restorable time/);
  });
});
