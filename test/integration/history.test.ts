import assert from 'node:assert/strict';
import { type Document, Long } from 'mongodb';
import { rewind, rewindJson } from '../support/commandLine';
import { RecordedSet } from '../support/timeTravel';

type Numbered = Document & { _id: number };

interface History {
  readonly versions: readonly {
    readonly at: string;
    readonly op: string;
    readonly document: unknown;
    readonly changed: readonly string[];
  }[];
}

describe('history', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;

  before(async () => {
    recorded = await RecordedSet.start(async (db) => {
      await db.collection<Numbered>('orders').insertMany([{ _id: 1, a: 1, of: { b: [1, 2] } }, { _id: 2 }]);
    });
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  const history = (ns: string, id: string): Promise<History> =>
    rewindJson<History>('history', '--repo', recorded.repository, '--ns', ns, '--id', id);
  const int = (n: number): unknown => ({ $numberInt: String(n) });

  it('gives every version from the snapshot on, with what changed', async () => {
    const orders = recorded.db.collection<Numbered>('orders');
    const times: string[] = [];
    const after = async (write: Promise<unknown>): Promise<void> => {
      await write;
      times.push(await recorded.now());
    };
    await after(orders.updateOne({ _id: 1 }, { $set: { a: 2, 'of.b.1': 5 }, $unset: { nothing: 1 } }));
    await orders.updateOne({ _id: 2 }, { $set: { a: 9 } });
    await after(orders.replaceOne({ _id: 1 }, { z: true }));
    await after(orders.deleteOne({ _id: 1 }));
    await after(orders.insertOne({ _id: 1, again: 1 }));
    await after(
      recorded.client.withSession((session) =>
        session.withTransaction(() => orders.updateOne({ _id: 1 }, { $inc: { again: 1 } }, { session })),
      ),
    );
    await recorded.recorded();
    const { versions } = await history('shop.orders', '1');
    const [first, ...rest] = versions;
    assert.equal(first?.op, 'snapshot');
    assert.deepEqual(
      versions.map(({ op, document, changed }) => [op, document, changed]),
      [
        ['snapshot', { _id: int(1), a: int(1), of: { b: [int(1), int(2)] } }, []],
        ['update', { _id: int(1), a: int(2), of: { b: [int(1), int(5)] } }, ['a', 'of.b.1']],
        ['update', { _id: int(1), z: true }, ['z', 'a', 'of']],
        ['delete', null, []],
        ['insert', { _id: int(1), again: int(1) }, []],
        ['update', { _id: int(1), again: int(2) }, ['again']],
      ],
    );
    assert.deepEqual(
      rest.map((version) => version.at),
      times,
    );
  });

  it('follows a collection through renames, and a name through collections', async () => {
    const { db } = recorded;
    await db.collection<Numbered>('first').insertOne({ _id: 7, in: 'first' });
    await db.collection('first').rename('second');
    await db.collection<Numbered>('second').updateOne({ _id: 7 }, { $set: { in: 'second' } });
    await db.collection('second').drop();
    await db.collection<Numbered>('second').insertOne({ _id: 7, in: 'third' });
    await recorded.recorded();
    const second = await history('shop.second', '{"$numberInt":"7"}');
    assert.deepEqual(
      second.versions.map(({ op, document }) => [op, (document as { in?: string } | null)?.in]),
      [
        ['rename', 'first'],
        ['update', 'second'],
        ['drop', undefined],
        ['insert', 'third'],
      ],
    );
    const first = await history('shop.first', '7');
    assert.deepEqual(
      first.versions.map(({ op }) => op),
      ['insert', 'rename'],
    );
  });

  it('finds an _id whose fields have numbers for names, as it stands', async () => {
    const odd = recorded.db.collection<{ _id: unknown }>('odd');
    await odd.insertOne({
      _id: new Map([
        ['b', 1],
        ['1', 2],
      ]),
    });
    await odd.insertOne({ _id: { 1: 2, b: 1 } });
    await odd.insertOne({ _id: Long.fromString('9007199254740993') });
    await odd.insertOne({ _id: Long.fromString('9007199254740992') });
    await recorded.recorded();
    const ids = [
      '{"b":{"$numberInt":"1"},"1":{"$numberInt":"2"}}',
      '{"1":{"$numberInt":"2"},"b":{"$numberInt":"1"}}',
      '{"$numberLong":"9007199254740993"}',
    ];
    for (const id of ids) {
      assert.equal((await history('shop.odd', id)).versions.length, 1);
      const words = ['--repo', recorded.repository, '--ns', 'shop.odd', '--json'];
      const told = await rewind('history', ...words, '--id', id);
      assert.ok(told.out.includes(`"document":{"_id":${id}}`), told.out);
      const shown = await rewind('show', ...words, '--at', 'latest', '--filter', `{"_id":${id}}`);
      assert.ok(shown.out.includes(`"documents":[{"_id":${id}}]`), shown.out);
      const { documents } = await recorded.run('show', {
        ns: 'shop.odd',
        at: 'latest',
        filter: `{"_id":${id}}`,
      });
      assert.deepEqual(documents, [`{"_id":${id}}`]);
    }
    const { documents } = await recorded.run('show', {
      ...{ ns: 'shop.odd', at: 'latest' },
      filter: '{"_id":{"$exists":true},"none":{"$exists":false}}',
    });
    assert.equal(documents.length, 4);
    const none = await recorded.run('show', {
      ...{ ns: 'shop.odd', at: 'latest' },
      filter: `{"_id":${ids[0]!},"none":1}`,
    });
    assert.deepEqual(none.documents, []);
  });

  it('says what is wrong with an _id that it cannot find or read', async () => {
    const words = ['history', '--repo', recorded.repository, '--ns', 'shop.orders', '--id'];
    const unknown = await rewind(...words, '"1"');
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /no document with that _id was ever seen in shop\.orders/);
    const unreadable = await rewind(...words, '65f0c0ffee');
    assert.equal(unreadable.status, 1);
    assert.match(unreadable.err, /not an _id in extended JSON/);
  });
});
