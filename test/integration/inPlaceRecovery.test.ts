import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Db, type Document, MongoClient } from 'mongodb';
import type { Namespace } from '../../src/core/namespace';
import { safetyName } from '../../src/core/rewindNames';
import { parseClusterTime } from '../../src/core/time';
import { exchange, type Exchange, type ExchangePorts } from '../../src/engine/exchange';
import type { LiveChange } from '../../src/engine/portsLive';
import { recover } from '../../src/engine/recoverExchange';
import { carryThrough, restoreInPlace } from '../../src/engine/restoreInPlace';
import { liveCollections } from '../../src/mongo/liveCollections';
import { liveTimeseries } from '../../src/mongo/liveTimeseries';
import { targetCatalogue, targetData } from '../../src/mongo/restoreTarget';
import type { RestoreInPlaceReport } from '../../src/protocol/job';
import { takeLock } from '../../src/storage/lock';
import { noting } from '../../src/worker/inPlaceNoting';
import { openReader } from '../../src/worker/open';
import { rewind, rewindJson } from '../support/commandLine';
import { Death, Life } from '../support/life';
import { startReplicaSet } from '../support/replicaSet';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

const never = new AbortController().signal;

describe('a restore in place that was cut short', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;
  let good: string;
  let hasTimeseries: boolean;
  let cuts = 0;

  const orders = () => db.collection<Numbered>('orders');
  const notesFile = (): string => path.join(recorded.repository, 'inplace.jsonl');
  const inPlace = (namespaces: string[]): Promise<RestoreInPlaceReport> =>
    recorded.run('restoreInPlace', { at: good, namespaces });
  const names = async (): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  const idsIn = async (collection: string): Promise<unknown[]> =>
    (await recorded.documents(collection)).map(({ _id }) => _id as unknown);

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      await shop.collection<Numbered>('orders').insertMany([{ _id: 1 }, { _id: 2 }]);
      await shop.collection<Numbered>('goods').insertMany([{ _id: 1 }]);
      const { versionArray } = await shop.admin().buildInfo();
      hasTimeseries = (versionArray as number[])[0]! >= 5; // they came with 5.0
      if (!hasTimeseries) return;
      await shop.createCollection('series', { timeseries: { timeField: 't', metaField: 'm' } });
      await shop.collection('series').insertMany(measurements('then', 50));
    });
    ({ db } = recorded);
    good = await recorded.recorded();
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    for (const name of await names()) if (!name.startsWith('system.')) await db.collection(name).drop();
    await orders().insertMany([{ _id: 1 }, { _id: 3 }]);
    await db.collection<Numbered>('goods').insertMany([{ _id: 4 }]);
    if (!hasTimeseries) return;
    await db.createCollection('series', { timeseries: { timeField: 't', metaField: 'm' } });
    await db.collection('series').insertMany(measurements('since', 30));
  });

  function live(): ExchangePorts {
    return { collections: liveCollections(recorded.client), timeseries: liveTimeseries(recorded.client) };
  }

  function nextStamp(): string {
    return `20200101_${String(++cuts).padStart(6, '0')}`;
  }

  function facts(stamp: string): { id: string; at: string; createdMs: number } {
    return { id: `inplace-${stamp}`, at: good, createdMs: Date.now() };
  }

  /** A restore whose process dies at a call, with the notes that it leaves. Gives its stamp. */
  async function cut(
    namespaces: Namespace[] | string[],
    call: string,
    when: 'before' | 'after',
  ): Promise<string> {
    const stamp = nextStamp();
    const repository = await openReader(recorded.repository);
    const life = new Life((name) => (name === call ? when : undefined));
    const tell = noting(recorded.repository, facts(stamp), () => Promise.resolve());
    const { collections, timeseries } = live();
    const ports = {
      ...{ repository, content: await repository.content() },
      ...{ collections: life.wrap(collections), timeseries: life.wrap(timeseries) },
      target: {
        catalogue: life.wrap(targetCatalogue(recorded.client)),
        data: life.wrap(targetData(recorded.client)),
      },
    };
    const request = {
      ...{ at: parseClusterTime(good)!, stamp, protected: false, onProgress: () => undefined },
      scope: namespaces.map((ns) => (typeof ns === 'string' ? { database: 'shop', collection: ns } : ns)),
      note: (...words: Parameters<typeof tell>) => life.step(`note ${words[0]}`, () => tell(...words)),
    };
    await assert.rejects(restoreInPlace(ports, request, never), Death);
    return stamp;
  }

  async function stateOf(stamp: string): Promise<string | undefined> {
    return (await recorded.run('inPlaceRestores', {})).find(({ id }) => id === `inplace-${stamp}`)?.state;
  }

  /** What any later command does first. */
  async function recoverAll(): Promise<void> {
    await assert.rejects(recorded.run('undoRestore', { id: 'inplace-0' }), /no restore in place/);
  }

  describe('and its notes', () => {
    const cli = (...words: string[]): string[] => [
      ...['restore', '--repo', recorded.repository, '--uri', recorded.set.uri, '--at', good],
      ...['--ns', 'shop.orders', '--in-place', ...words],
    ];

    async function change(by: (notes: string) => string): Promise<void> {
      await writeFile(notesFile(), by(await readFile(notesFile(), 'utf8')));
    }

    it('writes nothing over a damaged line, and goes on when it is told to', async () => {
      await cut(['goods'], 'rename', 'before');
      const before = await names();
      await change((notes) => notes.replace('shop.goods', 'shop.goodz'));
      const told = { code: 'damaged', message: /inplace\.jsonl: line \d+ does not match its checksum/ };
      await assert.rejects(inPlace(['shop.orders']), told);
      await assert.rejects(recorded.run('undoRestore', { id: 'inplace-0' }), told);
      await assert.rejects(recorded.run('inPlaceRestores', {}), told);
      assert.deepEqual(await names(), before);
      const { damaged } = await recorded.run('verify', {});
      assert.deepEqual(
        damaged.map(({ file }) => file),
        ['inplace.jsonl'],
      );
      const refused = await rewind(...cli());
      assert.deepEqual([refused.status, /all the same/.test(refused.err)], [1, true]);
      const report = await rewindJson<RestoreInPlaceReport>(...cli('--leave-earlier'));
      assert.ok(report.warnings.some((warning) => warning.includes('left as it is')));
      assert.deepEqual(await idsIn('orders'), [1, 2]);
      await change((notes) => notes.replace('shop.goodz', 'shop.goods'));
      await recoverAll();
    });

    it('misses lines at the end, and the whole file', async () => {
      await inPlace(['shop.goods']);
      const notes = await readFile(notesFile(), 'utf8');
      await change((all) => all.slice(0, all.lastIndexOf('\n', all.length - 2) + 1));
      await assert.rejects(inPlace(['shop.orders']), /inplace\.jsonl: lines are missing at its end: 1/);
      await rm(notesFile());
      await assert.rejects(inPlace(['shop.orders']), /inplace\.jsonl: it is missing/);
      const { damaged } = await recorded.run('verify', {});
      assert.deepEqual(
        damaged.map(({ file }) => file),
        ['inplace.jsonl'],
      );
      await writeFile(notesFile(), notes);
    });

    it('takes a line that was never acknowledged for none', async () => {
      await inPlace(['shop.goods']);
      await writeFile(notesFile(), '{"sha256":"0', { flag: 'a' });
      assert.deepEqual((await recorded.run('verify', {})).damaged, []);
      assert.equal((await recorded.run('inPlaceRestores', {})).at(-1)?.state, 'swapped');
      await inPlace(['shop.orders']);
      assert.deepEqual(await idsIn('orders'), [1, 2]);
    });
  });

  it('takes nothing that others made under the name for its own', async () => {
    await orders().drop();
    const stamp = await cut(['orders'], 'note started', 'after');
    await orders().insertOne({ _id: 7 });
    await recoverAll();
    assert.equal(await stateOf(stamp), 'failed');
    assert.deepEqual(await idsIn('orders'), [7]);
  });

  it('is carried through where its names had changed hands, though it has no safety copy', async () => {
    await orders().drop();
    const stamp = await cut(['orders'], 'rename', 'after');
    await recoverAll();
    assert.equal(await stateOf(stamp), 'swapped');
    assert.deepEqual(await idsIn('orders'), [1, 2]);
  });

  it('leaves a collection alone that was filled under its name and is another one now', async () => {
    await cut(['orders'], 'rename', 'before');
    const [filled] = (await names()).filter((name) => name.startsWith('orders__rewind_'));
    await db.collection(filled!).drop();
    await db.collection<Numbered>(filled!).insertOne({ _id: 8 });
    await recoverAll();
    assert.deepEqual(await idsIn(filled!), [8]);
    assert.deepEqual(await idsIn('orders'), [1, 3]);
  });

  it('keeps a collection that was made meanwhile, and says what to do', async () => {
    const stamp = await cut(['orders', 'goods'], 'rename', 'before');
    await orders().rename(safetyName('orders', stamp)); // the server was killed in between
    await orders().insertOne({ _id: 9 });
    const told = { code: 'sourceChanged', message: /orders was created since/ };
    await assert.rejects(recorded.run('undoRestore', { id: 'inplace-0' }), told);
    assert.deepEqual(await idsIn('orders'), [9]);
    await orders().rename('newer');
    await recoverAll();
    assert.equal(await stateOf(stamp), 'swapped');
    assert.deepEqual([await idsIn('orders'), await idsIn('goods'), await idsIn('newer')], [[1, 2], [1], [9]]);
    assert.deepEqual(await idsIn(safetyName('orders', stamp)), [1, 3]);
  });

  it('moves a collection aside that was made anew before its name changed hands', async () => {
    const stamp = await cut(['orders', 'goods'], 'rename', 'before');
    await db.collection('goods').rename(safetyName('goods', stamp)); // the server was killed in between
    await orders().drop();
    await orders().insertOne({ _id: 9 });
    await recoverAll();
    assert.deepEqual([await idsIn('orders'), await idsIn('goods')], [[1, 2], [1]]);
    assert.deepEqual(await idsIn(safetyName('orders', stamp)), [9]);
  });

  it('gives the original its name back where what was restored was dropped', async () => {
    const stamp = await cut(['orders', 'goods'], 'rename', 'before');
    await orders().rename(safetyName('orders', stamp)); // the server was killed in between
    await db.collection(`orders__rewind_${stamp}`).drop();
    await recoverAll();
    assert.deepEqual([await idsIn('orders'), await idsIn('goods')], [[1, 3], [1]]);
  });

  it('keeps what appears under a name at the last moment', async () => {
    await orders().drop();
    const { collections, timeseries } = live();
    const stamp = nextStamp();
    const repository = await openReader(recorded.repository);
    const late: ExchangePorts['collections'] = {
      ...collections,
      async rename(changes) {
        await orders().insertOne({ _id: 6 });
        await collections.rename(changes);
      },
    };
    const { swaps } = await restoreInPlace(
      {
        ...{ repository, content: await repository.content(), timeseries, collections: late },
        target: { catalogue: targetCatalogue(recorded.client), data: targetData(recorded.client) },
      },
      {
        ...{ at: parseClusterTime(good)!, stamp, protected: false, onProgress: () => undefined },
        scope: ['orders', 'goods'].map((collection) => ({ database: 'shop', collection })),
        note: noting(recorded.repository, facts(stamp), () => Promise.resolve()),
      },
      never,
    );
    assert.deepEqual(await idsIn('orders'), [1, 2]);
    assert.deepEqual(await idsIn(safetyName('orders', stamp)), [6]);
    assert.ok(swaps.every(({ original }) => original !== undefined));
    await recorded.run('undoRestore', { id: `inplace-${stamp}` });
    assert.deepEqual(await idsIn('orders'), [6]);
  });

  it('is undone, all of it, where its undo is cut short at its end', async () => {
    const { id, safetyCopies } = await inPlace(['shop.orders']);
    const stamp = nextStamp();
    const what: Exchange = {
      swaps: safetyCopies.map(({ ns, safetyCopy }) => ({
        ...{ ns, temporary: safetyCopy, timeseries: false },
        safetyCopy: `shop.${safetyName('orders', stamp)}`,
      })),
      ...{ views: [], mark: undefined },
    };
    const tell = noting(recorded.repository, { ...facts(stamp), undoes: id }, () => Promise.resolve());
    const life = new Life((call) => (call === 'rename' ? 'after' : undefined));
    const { collections, timeseries } = live();
    const ports = { collections: life.wrap(collections), timeseries };
    const run = carryThrough(
      ports,
      what,
      (...words) => life.step('note', () => tell(...words)),
      (noteFilled) => exchange(ports, what, noteFilled, never),
    );
    await assert.rejects(run, Death);
    await recoverAll();
    const states = (await recorded.run('inPlaceRestores', {})).slice(-2).map(({ state }) => state);
    assert.deepEqual(states, ['undone', 'swapped']);
    await assert.rejects(recorded.run('undoRestore', { id }), /no restore in place/);
    assert.deepEqual(await idsIn('orders'), [1, 3]);
  });

  it('is mended though its process cannot be asked, once nothing is heard of it', async () => {
    const before = await names();
    const stamp = await cut(['orders'], 'note filled', 'after');
    const locks = path.join(recorded.repository, 'inplace.lock');
    await mkdir(locks, { recursive: true });
    await takeLock(recorded.repository, 'inplace.lock').then((lock) => lock[Symbol.asyncDispose]());
    const holders = [
      { pid: 1, host: 'elsewhere', space: '', token: '1-elsewhere' },
      { pid: process.pid, host: os.hostname(), space: '', token: `${process.pid}-reused` },
    ];
    for (const holder of holders)
      await writeFile(path.join(locks, `${holder.token}.json`), JSON.stringify(holder));
    await recoverAll();
    assert.equal(await stateOf(stamp), 'failed');
    assert.deepEqual(await names(), before);
  });

  it('is left to whoever is at it', async () => {
    const stamp = await cut(['orders'], 'note filled', 'after');
    const before = await names();
    await using lock = await takeLock(recorded.repository, 'inplace.lock');
    lock.tell({ state: 'restoring' });
    const told = { code: 'locked', message: /another restore in place or undo is under way \(pid \d+ on / };
    await assert.rejects(inPlace(['shop.goods']), told);
    assert.equal(await stateOf(stamp), 'started');
    assert.deepEqual(await names(), before);
    await lock[Symbol.asyncDispose]();
    await recoverAll();
    assert.equal(await stateOf(stamp), 'failed');
  });

  describe('of time-series collections', () => {
    const by = (collection: string, name: string): Promise<number> =>
      db.collection(collection).countDocuments({ by: name });

    it('leaves one alone that was made anew since', async () => {
      if (!hasTimeseries) return;
      const stamp = await cut(['series', 'orders'], 'exchange', 'after');
      await db.collection('series').drop();
      await db.createCollection('series', { timeseries: { timeField: 't', metaField: 'm' } });
      await db.collection('series').insertMany(measurements('newer', 7));
      await recoverAll();
      assert.equal(await stateOf(stamp), 'swapped');
      assert.deepEqual([await by('series', 'newer'), await by('series', 'then')], [7, 0]);
      assert.equal(await by(safetyName('series', stamp), 'since'), 30);
      assert.deepEqual(await idsIn('orders'), [1, 2]);
    });

    it('drops no copy where what tells of the exchange was dropped', async () => {
      if (!hasTimeseries) return;
      const stamp = await cut(['series'], 'exchange', 'after');
      const [mark] = (await names()).filter((name) => name.includes('__exchanged__'));
      await db.collection(mark!).drop();
      await assert.rejects(
        inPlace(['shop.orders']),
        /dropped, which told whether measurements changed hands/,
      );
      assert.equal(await by(safetyName('series', stamp), 'since'), 30);
      await db.collection(`series__rewind_${stamp}`).drop();
      await db.collection(safetyName('series', stamp)).drop();
      await recoverAll();
    });

    it('leaves all as it was, however often that is seen to', async () => {
      if (!hasTimeseries) return;
      const copy = `shop.${safetyName('series', nextStamp())}`;
      const ns = (name: string): Namespace => ({ database: 'shop', collection: name.slice(5) });
      await live().timeseries.make(ns(copy), ns('shop.series'), never);
      await live().timeseries.fill(ns(copy), ns('shop.series'), never);
      await db.collection('series').insertMany(measurements('newer', 3));
      const before = await names();
      const aside = `shop.${safetyName('series', nextStamp())}`;
      const swap = { ns: 'shop.series', safetyCopy: aside, temporary: copy, timeseries: true };
      const mark = ns('shop.series__exchanged__rewind_20200101_000000');
      let filled: Exchange = { swaps: [swap], views: [], mark };
      const dies = exchange(live(), filled, (what) => Promise.reject(((filled = what), new Death())), never);
      await assert.rejects(dies, Death);
      for (const _ of [1, 2, 3]) assert.deepEqual(await recover(live(), filled, true), { kind: 'asBefore' });
      assert.deepEqual(await names(), before);
      assert.deepEqual([await by('series', 'newer'), await by(copy.slice(5), 'since')], [3, 30]);
    });

    it('refuses measurements that appeared where there was no collection', async () => {
      if (!hasTimeseries) return;
      await db.collection('series').drop();
      const timeseries = liveTimeseries(recorded.client);
      const ns = (collection: string): Namespace => ({ database: 'shop', collection });
      for (const name of ['series', 'source'])
        await db.createCollection(name, { timeseries: { timeField: 't', metaField: 'm' } });
      await timeseries.make(ns('mark'), undefined, never);
      await db.collection('series').insertMany(measurements('newer', 3));
      const swap = { ns: ns('series'), copy: undefined, source: ns('source') };
      await assert.rejects(timeseries.exchange([swap], ns('mark'), never), { code: 'sourceChanged' });
      assert.equal(await by('series', 'newer'), 3);
    });

    it('loses no measurement that is written while an empty one is dropped', async () => {
      if (!hasTimeseries) return;
      const { timeseries } = live();
      const outcomes = new Set<string>();
      for (let round = 0; round < 60; round++) {
        await db.createCollection('empty', { timeseries: { timeField: 't' } });
        const wait = new Promise((resolve) => setTimeout(resolve, round / 6));
        const drop = timeseries.likenOrDrop({ database: 'shop', collection: 'empty' }, undefined, never);
        const write = wait.then(() => db.collection('empty').insertOne({ t: new Date() }));
        const isWritten = await write.then(
          () => true,
          () => false,
        );
        await drop;
        assert.equal(await db.collection('empty').countDocuments(), isWritten ? 1 : 0, `round ${round}`);
        outcomes.add(isWritten ? 'written' : 'refused');
        if ((await names()).includes('empty')) await db.collection('empty').drop();
      }
      assert.ok(outcomes.has('written'));
    });
  });
});

describe('renames by a user without the right to apply operations', function () {
  this.timeout(60_000);

  it('pass over what is not there, and are taken back where one fails', async () => {
    await using set = await startReplicaSet({ auth: { user: 'root', password: 'secret' } });
    const root = new MongoClient(set.uri);
    const roles = ['readWrite', 'dbAdmin'].map((role) => ({ role, db: 'shop' }));
    await root.db('admin').command({ createUser: 'dev', pwd: 'secret', roles });
    const dev = new MongoClient(set.uri.replace('root:', 'dev:'));
    try {
      const db = root.db('shop');
      for (const name of ['a', 'b']) await db.createCollection(name);
      const renamed = liveCollections(dev);
      const one = (from: string, to: string): LiveChange => ({
        ...{ kind: 'rename', from: { database: 'shop', collection: from } },
        to: { database: 'shop', collection: to },
      });
      const names = async (): Promise<string[]> =>
        (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
      await assert.rejects(
        renamed.rename([one('none', 'd'), one('a', 'c'), one('none', 'e'), one('c', 'b')]),
      );
      assert.deepEqual(await names(), ['a', 'b']);
      await renamed.rename([one('none', 'd'), one('a', 'c')]);
      assert.deepEqual(await names(), ['b', 'c']);
    } finally {
      await root.close();
      await dev.close();
    }
  });
});

describe('measurements that are too many for one transaction', function () {
  this.timeout(120_000);
  const ns = (collection: string): Namespace => ({ database: 'shop', collection });
  const tooMany = /more measurements differ in shop than the server lets one transaction change/;

  /** Gives how many transactions there were. */
  async function exchangeLarge(
    documents: number,
    args: readonly string[],
    onBegun: (db: Db) => Promise<unknown>,
  ): Promise<number | undefined> {
    await using set = await startReplicaSet({ args });
    const client = await new MongoClient(set.uri, { monitorCommands: true }).connect();
    const db = client.db('shop');
    try {
      const { versionArray } = await db.admin().buildInfo();
      if ((versionArray as number[])[0]! < 5) return undefined; // time-series collections came with 5.0
      for (const name of ['series', 'source']) {
        await db.createCollection(name, { timeseries: { timeField: 't', metaField: 'm' } });
        for (let i = 0; i < documents; i += 500) await db.collection(name).insertMany(large(i, 500, name));
      }
      const timeseries = liveTimeseries(client);
      await timeseries.make(ns('mark'), undefined, never);
      await timeseries.make(ns('copy'), ns('series'), never);
      const begun = new Set<number>();
      const others: Promise<unknown>[] = [];
      client.on('commandStarted', ({ command, requestId }) => {
        if (command['startTransaction'] === true) begun.add(requestId);
      });
      client.on('commandSucceeded', ({ requestId }) => {
        if (begun.has(requestId)) others.push(onBegun(db));
      });
      const swap = { ns: ns('series'), copy: ns('copy'), source: ns('source') };
      await assert.rejects(timeseries.exchange([swap], ns('mark'), never), tooMany);
      await Promise.all(others);
      assert.equal(await timeseries.isMarked(ns('mark'), never), false);
      assert.equal(await db.collection('copy').countDocuments(), 0);
      return begun.size;
    } finally {
      await client.close();
    }
  }

  it('are told of when they fit no cache', async () => {
    const attempts = await exchangeLarge(10_000, ['--wiredTigerCacheSizeGB', '0.25'], () =>
      Promise.resolve(),
    );
    assert.ok(attempts === undefined || attempts <= 2, `${attempts} attempts`);
  });

  it('are told of when a second attempt ends in a conflict as late as the first', async () => {
    const attempts = await exchangeLarge(1000, ['--wiredTigerCacheSizeGB', '1'], (db) =>
      db.collection('system.buckets.series').findOneAndDelete({}, { sort: { _id: 1 } }),
    );
    assert.ok(attempts === undefined || attempts === 2, `${attempts} attempts`);
  });
});

/** Each in a bucket of its own. */
function large(from: number, count: number, by: string): Document[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ t: new Date(1_790_000_000_000), m: from + i, by },
    text: Array.from({ length: 1000 }, (__, k) => ((from + i) * 7919 + k * 104_729).toString(36)).join(''),
  }));
}

function measurements(by: string, count: number): Document[] {
  return Array.from({ length: count }, (_, i) => ({
    t: new Date(1_790_000_000_000 + i * 1000),
    m: i % 2,
    by,
  }));
}
