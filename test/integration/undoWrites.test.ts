import assert from 'node:assert/strict';
import { type Db, type Document, Timestamp } from 'mongodb';
import { takeInPlaceLock } from '../../src/storage/lock';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

const upTo = (first: number, last: number): Numbered[] =>
  Array.from({ length: last - first + 1 }, (_, i) => ({ _id: first + i }));
const pushesOut = 'it is capped: what comes back would push out newer documents';

describe('undo that others would suffer from', function () {
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

  const of = (name: string) => db.collection<Numbered>(name);
  const ids = async (name: string): Promise<number[]> =>
    (await recorded.documents(name)).map((document) => document['_id'] as number);
  const numbers = (documents: readonly Numbered[]): number[] => documents.map(({ _id }) => _id);
  const namesLike = async (name: RegExp): Promise<string[]> =>
    (await db.listCollections({ name }, { nameOnly: true }).toArray()).map((c) => c.name).sort();

  /** What it tells in a dry run and when it is done, which must be the same. */
  async function undo(
    what: { event: string } | { range: { from: string; to: string; namespaces: string[] } },
  ) {
    const tell = async (dryRun: boolean) => {
      const { restored, removed, conflicts, collections } = await recorded.run('undo', { ...what, dryRun });
      const reasons = conflicts.map(({ ns, reason }) => `${ns}: ${reason}`);
      return { restored, removed, collections, reasons, all: [...new Set(reasons)] };
    };
    const would = await tell(true);
    const done = await tell(false);
    assert.deepEqual(
      [would.restored, would.removed, would.reasons],
      [done.restored, done.removed, done.reasons],
    );
    return { ...done, would: would.collections };
  }

  describe('into a capped collection', () => {
    const capped = { capped: true, size: 1 << 20, max: 10 };

    it('inserts nothing that was dropped, since that pushes out what is there', async () => {
      await db.createCollection('log', capped);
      await of('log').insertMany(upTo(1, 10));
      await recorded.recorded();
      await of('log').drop();
      await db.createCollection('log', capped);
      await of('log').insertMany(upTo(101, 110));
      const { restored, reasons, all } = await undo({ event: (await recorded.lastEvent('drop')).id });
      assert.deepEqual([restored, reasons.length, all], [0, 10, [`shop.log: ${pushesOut}`]]);
      assert.deepEqual(await ids('log'), numbers(upTo(101, 110)));
    });

    it('inserts nothing that was trimmed in a span', async () => {
      if (major < 5) return; // 4.4 logs nothing of it
      await db.createCollection('spanned', capped);
      await of('spanned').insertMany(upTo(1, 10));
      const from = await recorded.recorded();
      for (const document of upTo(11, 15)) await of('spanned').insertOne(document);
      const to = await recorded.recorded();
      for (const document of upTo(16, 25)) await of('spanned').insertOne(document);
      const { restored, all } = await undo({ range: { from, to, namespaces: ['shop.spanned'] } });
      assert.deepEqual([restored, all], [0, [`shop.spanned: ${pushesOut}`]]);
      assert.deepEqual(await ids('spanned'), numbers(upTo(16, 25)));
    });

    it('inserts nothing that convertToCapped cut off', async () => {
      await of('cut').insertMany(upTo(1, 1000).map((d) => ({ ...d, text: 'x'.repeat(100) })));
      await of('cut').createIndex({ text: 1 }, { name: 'by_text' }, {});
      await recorded.recorded();
      await db.command({ convertToCapped: 'cut', size: 16_384 });
      const left = await ids('cut');
      assert.ok(left.length > 50 && left.length < 200);
      const event = (await recorded.events()).findLast((e) => e.ns === 'shop.cut')!;
      const { restored, all } = await undo({ event: event.id });
      assert.equal(restored, 0);
      assert.ok(all.includes(`shop.cut: ${pushesOut}`) || major < 5, 'before, what it cut off is not logged');
      assert.ok(all.some((reason) => /^shop\.cut: it keeps capped, size: restore it beside/.test(reason)));
      assert.deepEqual(await ids('cut'), left);
      assert.deepEqual(Object.keys(await of('cut').indexInformation()), ['_id_', 'by_text']);
    });
  });

  describe('of a rename that cannot be taken back', () => {
    it('leaves alone the collection that still has the name of what it replaced', async () => {
      await of('source').insertOne({ _id: 1 });
      await of('target').insertOne({ _id: 7 });
      await recorded.recorded();
      await of('source').rename('target', { dropTarget: true });
      const { id } = await recorded.lastEvent('rename');
      await of('source').insertOne({ _id: 50 });
      const { restored, reasons } = await undo({ event: id });
      assert.equal(restored, 0);
      assert.deepEqual(reasons, [
        'shop.source: another collection has the name',
        'shop.target: another collection has the name, which could not be renamed back',
      ]);
      assert.deepEqual([await ids('source'), await ids('target')], [[50], [1]]);
      await of('source').drop();
      assert.deepEqual((await undo({ event: id })).collections, [
        'shop.target is called shop.source again',
        'shop.target came back with options and indexes',
      ]);
      assert.deepEqual([await ids('source'), await ids('target')], [[1], [7]]);
    });

    it('tells in a dry run that the name will be free', async () => {
      await of('moved').insertMany(upTo(1, 3));
      await of('replaced').insertMany(upTo(2, 9));
      await recorded.recorded();
      await of('moved').rename('replaced', { dropTarget: true });
      const { would, reasons } = await undo({ event: (await recorded.lastEvent('rename')).id });
      assert.deepEqual(reasons, []);
      assert.deepEqual(would, [
        'shop.replaced would be called shop.moved again',
        'shop.replaced would come back with options and indexes',
      ]);
      assert.deepEqual([await ids('moved'), await ids('replaced')], [[1, 2, 3], numbers(upTo(2, 9))]);
    });
  });

  it('keeps an empty collection of the same name that another made', async () => {
    const from = await recorded.recorded();
    await of('anew').insertOne({ _id: 1 });
    const to = await recorded.recorded();
    await of('anew').drop();
    await db.createCollection('anew', { validator: { n: { $exists: true } } });
    await of('anew').createIndex({ n: 1 }, { name: 'n', unique: true }, {});
    const { collections } = await undo({ range: { from, to, namespaces: ['shop.anew'] } });
    assert.deepEqual(collections, []);
    assert.deepEqual(Object.keys(await of('anew').indexInformation()), ['_id_', 'n']);
  });

  describe('of a time-series collection', () => {
    const make = (metaField: string) =>
      db.createCollection('series', { timeseries: { timeField: metaField === 'm' ? 't' : 'at', metaField } });
    const dropped = async (): Promise<string> => {
      for (const name of await namesLike(/^series$/)) await db.collection(name).drop();
      await make('m');
      await db.collection('series').insertMany([1, 2].map((n) => ({ m: n, t: new Date(n), n })));
      await recorded.recorded();
      await db.collection('series').drop();
      return (await recorded.lastEvent('drop')).id;
    };

    it('writes nothing beneath an ordinary collection of its name', async () => {
      if (major < 5) return; // they came with 5.0
      const event = await dropped();
      await of('series').insertOne({ _id: 1 });
      const { restored, reasons } = await undo({ event });
      assert.equal(restored, 0);
      assert.deepEqual(reasons, ['shop.series: it is no time-series collection any more']);
      assert.deepEqual(await namesLike(/series/), ['series']);
      assert.deepEqual(await ids('series'), [1]);
    });

    it('writes nothing into one of another form', async () => {
      if (major < 5) return;
      const event = await dropped();
      await make('other');
      await db.collection('series').insertOne({ other: 1, at: new Date(5), n: 5 });
      const { restored, reasons } = await undo({ event });
      assert.equal(restored, 0);
      assert.deepEqual(reasons, ['shop.series: it has other time-series options now']);
      assert.deepEqual(await db.collection('series').distinct('n'), [5]);
    });

    it('takes none back in a span either where its form is another one since', async () => {
      if (major < 5) return;
      await dropped();
      await make('m');
      await db.collection('series').insertOne({ m: 1, t: new Date(1), n: 1 });
      const from = await recorded.recorded();
      await db.collection('series').drop();
      await make('other');
      await db.collection('series').insertOne({ other: 1, at: new Date(5), n: 5 });
      const to = await recorded.recorded();
      const { restored, removed, all } = await undo({ range: { from, to, namespaces: ['shop.series'] } });
      assert.deepEqual([restored, removed], [0, 0]);
      assert.ok(all.includes('shop.series: it has other time-series options now'));
      assert.deepEqual(await db.collection('series').distinct('n'), [5]);
    });

    it('adds what it held to one of the same form', async () => {
      if (major < 5) return;
      const event = await dropped();
      await make('m');
      await db.collection('series').insertOne({ m: 1, t: new Date(3), n: 3 });
      const { reasons } = await undo({ event });
      assert.deepEqual(reasons, []);
      assert.deepEqual((await db.collection('series').distinct('n')).sort(), [1, 2, 3]);
    });
  });

  describe('of indexes', () => {
    const indexes = async (name: string) => db.collection(name).listIndexes().toArray();
    const made = async (name: string, make: () => Promise<unknown>): Promise<string> => {
      await of(name).insertMany(upTo(1, 3).map((d) => ({ ...d, a: d._id, b: 'x' })));
      await recorded.recorded();
      await make();
      return (await recorded.lastEvent('index')).id;
    };

    it('does nothing twice', async () => {
      const event = await made('twice', () => of('twice').createIndex({ a: 1 }, { name: 'i' }, {}));
      assert.deepEqual((await undo({ event })).collections, ['the indexes i of shop.twice were dropped']);
      assert.deepEqual(await undo({ event }), {
        ...{ restored: 0, removed: 0, collections: [], reasons: [], all: [], would: [] },
      });
    });

    it('builds one that an undo which was cut short has dropped', async () => {
      await of('short').insertOne({ _id: 1 });
      await of('short').createIndex({ a: 1 }, { name: 'i', expireAfterSeconds: 900_000_000 }, {});
      const before = await indexes('short');
      await recorded.recorded();
      await db.command({ collMod: 'short', index: { name: 'i', expireAfterSeconds: 800_000_000 } });
      const event = (await recorded.lastEvent('collMod')).id;
      await of('short').dropIndex('i');
      assert.deepEqual((await undo({ event })).reasons, []);
      assert.deepEqual(await indexes('short'), before);
    });

    it('leaves another one of the same name', async () => {
      const event = await made('other', () => of('other').createIndex({ a: 1 }, { name: 'i' }, {}));
      await of('other').dropIndex('i');
      await of('other').createIndex({ b: 1 }, { name: 'i' }, {});
      assert.deepEqual((await undo({ event })).reasons, ['shop.other: its indexes i changed since']);
      assert.deepEqual(Object.keys(await of('other').indexInformation()), ['_id_', 'i']);
    });

    it('keeps the simple collation of one in a collection with another', async () => {
      await db.createCollection('collated', { collation: { locale: 'en', strength: 2 } });
      const options = { name: 'i', unique: true, collation: { locale: 'simple' } };
      await of('collated').createIndex({ a: 1 }, options, {});
      const before = await indexes('collated');
      const event = await made('collated', () => of('collated').dropIndex('i'));
      assert.deepEqual((await undo({ event })).reasons, []);
      assert.deepEqual(await indexes('collated'), before);
    });

    it('tells of one that cannot be built any more, and builds the others', async () => {
      await of('unique').createIndex({ a: 1 }, { name: 'one', unique: true }, {});
      await of('unique').createIndex({ b: 1 }, { name: 'two' }, {});
      const event = await made('unique', () => of('unique').dropIndexes());
      await of('unique').insertOne({ _id: 9, a: 1 });
      const would = await recorded.run('undo', { event, dryRun: true });
      assert.deepEqual(would.conflicts, []);
      const { conflicts } = await recorded.run('undo', { event, dryRun: false });
      assert.equal(conflicts.length, 1);
      assert.match(conflicts[0]!.reason, /duplicate key/);
      assert.deepEqual(Object.keys(await of('unique').indexInformation()), ['_id_', 'two']);
    });
  });

  it('puts empty timestamps back as they are, and only once', async () => {
    const blank = new Timestamp({ t: 0, i: 0 });
    await db.collection('stamped').insertMany(upTo(1, 12).map(({ _id }) => ({ _id, n: 1 }) as never));
    await db.collection('stamped').updateMany({}, [{ $set: { at: { $literal: blank } } }]);
    const before = await recorded.documents('stamped');
    assert.deepEqual(before[0]?.['at'], blank);
    await recorded.recorded();
    await of('stamped').deleteMany({});
    const event = (await recorded.lastEvent('delete')).id;
    assert.equal((await undo({ event })).restored, 12);
    assert.deepEqual(await recorded.documents('stamped'), before);
    assert.deepEqual(await undo({ event }).then(({ restored, reasons }) => [restored, reasons]), [0, []]);
    await recorded.recorded();
    await db.collection('stamped').updateMany({}, [{ $set: { n: 2 } }]);
    const update = (await recorded.lastEvent('update')).id;
    assert.equal((await undo({ event: update })).restored, 12);
    assert.deepEqual(await recorded.documents('stamped'), before);
  });

  it('puts an _id back that the collation takes for one which goes in the same undo', async () => {
    const collation = { locale: 'en', strength: 2 };
    await db.createCollection('folded', { collation });
    const folded = db.collection<{ _id: string }>('folded');
    const letters = Array.from({ length: 600 }, (_, i) => `a${String(1000 + i)}`);
    await folded.insertMany(letters.map((_id) => ({ _id })));
    const from = await recorded.recorded();
    await folded.deleteMany({});
    await folded.insertMany(letters.map((letter) => ({ _id: letter.toUpperCase() })));
    const to = await recorded.recorded();
    const { restored, removed, reasons } = await undo({ range: { from, to, namespaces: ['shop.folded'] } });
    assert.deepEqual([restored, removed, reasons], [600, 600, []]);
    assert.deepEqual((await folded.distinct('_id')).sort(), letters);
  });

  it('waits for no other undo, and says that there is one', async () => {
    await of('held').insertMany(upTo(1, 20));
    await recorded.recorded();
    await of('held').deleteMany({});
    const event = (await recorded.lastEvent('delete')).id;
    await using lock = await takeInPlaceLock(recorded.repository, new AbortController().signal);
    assert.ok(lock.token !== '');
    assert.equal((await recorded.run('undo', { event, dryRun: true })).restored, 20);
    await assert.rejects(recorded.run('undo', { event, dryRun: false }), /or undo is under way/);
    assert.deepEqual(await ids('held'), []);
  });
});
