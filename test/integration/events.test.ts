import assert from 'node:assert/strict';
import type { Document } from 'mongodb';
import { rewindJson } from '../support/commandLine';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

/** What `events --json` gives. */
interface Listed {
  readonly events: readonly {
    readonly id: string;
    readonly kind: string;
    readonly ns: string;
    readonly count: number;
    readonly from: string;
    readonly to: string;
    readonly sampleIds: readonly unknown[];
  }[];
}

describe('events', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let stopTraffic = false;
  let traffic: Promise<unknown>;
  let begun: string;

  const numbers = (count: number, first = 0): Numbered[] =>
    Array.from({ length: count }, (_, i) => ({ _id: first + i, n: i }));

  before(async () => {
    recorded = await RecordedSet.start(async (db) => {
      await db.collection<Numbered>('orders').insertMany(numbers(2000));
      await db.collection<Numbered>('busy').insertMany(numbers(50));
    });
    begun = await recorded.recorded();
    traffic = Promise.all([writeSmall(1), writeSmall(2), writeSmall(3)]);
  });

  after(async () => {
    stopTraffic = true;
    await traffic;
    await recorded[Symbol.asyncDispose]();
  });

  /** What an application does all the time, as fast as it can. */
  async function writeSmall(writer: number): Promise<void> {
    const busy = recorded.db.collection<Numbered>('busy');
    for (let i = 0; !stopTraffic; i++) {
      const _id = writer * 1_000_000 + i;
      await busy.insertOne({ _id, writer });
      await busy.updateOne({ _id: (i * 7) % 50 }, { $inc: { n: 1 } });
      if (i % 3 === 0) await busy.deleteOne({ _id });
      if (i % 10 !== 0) continue;
      await recorded.client.withSession((session) =>
        session.withTransaction(async () => {
          await busy.updateOne({ _id: 3 }, { $inc: { moved: -1 } }, { session });
          await busy.updateOne({ _id: 4 }, { $inc: { moved: 1 } }, { session });
        }),
      );
    }
  }

  it('counts what was done, exactly and by name, beside the traffic of an application', async () => {
    const { db, client } = recorded;
    const orders = db.collection<Numbered>('orders');
    await orders.deleteMany({ _id: { $lt: 1204 } });
    await orders.updateMany({ _id: { $gte: 1204 } }, { $set: { changed: true } });
    await db.collection<Numbered>('filled').insertMany(numbers(321));
    await db.collection('filled').createIndexes([{ key: { n: 1 } }, { key: { n: -1, _id: 1 } }]);
    await db.command({ collMod: 'filled', validator: { n: { $exists: true } } });
    await db.collection('filled').rename('full');
    await db
      .collection('full')
      .aggregate([{ $match: { n: { $lt: 40 } } }, { $out: 'some' }])
      .toArray();
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await orders.deleteMany({ _id: { $gte: 1990 } }, { session });
        await db.collection<Numbered>('full').insertMany(numbers(25, 900), { session });
      }),
    );
    await db.collection('some').drop();
    const other = client.db('other');
    await other.collection<Numbered>('a').insertMany(numbers(12));
    await other.collection<Numbered>('b').insertMany(numbers(3));
    await other.dropDatabase();
    const events = await recorded.events();
    assert.deepEqual(
      events.map(({ kind, ns, count }) => `${kind} ${ns} ${count}`),
      [
        'delete shop.orders 1204',
        'update shop.orders 796',
        'insert shop.filled 321',
        'index shop.filled 2',
        'collMod shop.filled 0',
        'rename shop.filled 0',
        'out shop.some 40',
        'transaction shop 35',
        'drop shop.some 40',
        'insert other.a 12',
        'dropDatabase other 15',
      ],
    );
  });

  it('gives the same on the command line, in the forms that programs read', async () => {
    const listed = await rewindJson<Listed>('events', '--repo', recorded.repository);
    const [first] = listed.events;
    assert.deepEqual(Object.keys(first!), ['id', 'kind', 'ns', 'count', 'from', 'to', 'sampleIds']);
    assert.deepEqual(
      first?.sampleIds,
      [0, 1, 2, 3, 4].map((n) => ({ $numberInt: String(n) })),
    );
    assert.match(first.from, /^\d+:\d+$/);
    assert.equal(first.id, `${first.from.replace(':', '.')}-delete`);
  });

  it('keeps ids and counts when segments are sealed and the recorder begins again', async () => {
    const before = await recorded.events();
    await recorded.recording.stop();
    const sealed = (await recorded.run('events', {})).events;
    assert.deepEqual(sealed, before);
    await recorded.startAgain();
    assert.deepEqual(await recorded.events(), before);
  });

  it('gives those of a span', async () => {
    const all = await recorded.events();
    const [first, second, third] = all;
    const some = await rewindJson<Listed>(
      ...['events', '--repo', recorded.repository, '--from', second!.from, '--to', third!.from],
    );
    assert.deepEqual(
      some.events.map((event) => event.id),
      [second?.id, third?.id],
    );
    const early = await rewindJson<Listed>('events', '--repo', recorded.repository, '--to', begun);
    assert.deepEqual(early.events, []);
    const late = await rewindJson<Listed>(
      ...['events', '--repo', recorded.repository, '--from', `before:${all.at(-1)!.id}`],
    );
    assert.equal(late.events.at(-1)?.id, all.at(-1)?.id);
    assert.ok(first && !late.events.some((event) => event.id === first.id));
  });

  it('makes the moment just before one a target', async () => {
    const [event] = await recorded.events();
    const { documents } = await recorded.run('show', {
      at: `before:${event!.id}`,
      ns: 'shop.orders',
      filter: '{"_id":1203}',
    });
    assert.deepEqual(documents, ['{"_id":{"$numberInt":"1203"},"n":{"$numberInt":"1203"}}']);
    const all = await recorded.run('show', { at: `before:${event!.id}`, ns: 'shop.orders' });
    assert.equal(all.documents.length, 2000);
    const after = await recorded.run('show', { at: event!.to, ns: 'shop.orders' });
    assert.equal(after.documents.length, 796);
  });

  it('passes over previews', async () => {
    const before = await recorded.events();
    await recorded.run('restore', { at: begun, namespaces: ['shop'], preview: true });
    assert.deepEqual(await recorded.events(), before);
    const [preview] = await recorded.run('previews', {});
    await recorded.run('dropPreview', { database: preview!.database });
    assert.deepEqual(await recorded.events(), before);
  });
});
