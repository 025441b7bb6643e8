import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { parseNamespace } from '../../src/core/namespace';
import { exchangeOf } from '../../src/core/rewindNames';
import { parseClusterTime } from '../../src/core/time';
import type { LiveCollections } from '../../src/engine/portsLive';
import type { UndoRequest } from '../../src/engine/undoEvent';
import type { Undone, UndoPorts } from '../../src/engine/undoing';
import { RecordedSet } from '../support/timeTravel';
import { ofEvent, undoMeanwhile } from '../support/undoing';

type Numbered = Document & { _id: number };

describe('undo of exchanged names', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  let db: Db;

  before(async () => {
    recorded = await RecordedSet.start(() => Promise.resolve());
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  /** Each test has a database of its own, in which each collection is named for what is in it. */
  let databases = 0;
  beforeEach(async () => {
    db = recorded.client.db(`exchange${++databases}`);
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) await add(name, n);
  });

  const add = (name: string, n: number): Promise<unknown> =>
    db.collection<Numbered>(name).insertOne({ _id: n, in: name });
  const idsIn = async (name: string): Promise<number[]> =>
    (await db.collection<Numbered>(name).distinct('_id')).sort();
  const namesOf = async (): Promise<string[]> =>
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  /** The first collection has the last one's name then, and so on. */
  async function exchange(...names: readonly string[]): Promise<void> {
    const [first, ...others] = names as [string, ...string[]];
    await db.renameCollection(first, 'passing');
    let free = first;
    for (const name of others) {
      await db.renameCollection(name, free);
      free = name;
    }
    await db.renameCollection('passing', free);
  }

  interface Range {
    readonly from: string;
    readonly to: string;
    readonly namespaces: readonly string[];
  }

  async function rangeOf(by: () => Promise<unknown>, name?: string): Promise<Range> {
    const from = await recorded.recorded();
    await by();
    const to = await recorded.recorded();
    return { from, to, namespaces: [name === undefined ? db.databaseName : `${db.databaseName}.${name}`] };
  }

  const undo = (range: Range, dryRun = false) => recorded.run('undo', { range, dryRun });
  const undoWith = (
    { from, to, namespaces }: Range,
    rename: (own: LiveCollections['rename']) => LiveCollections['rename'],
    signal?: AbortSignal,
  ): Promise<Undone> => {
    const scope = namespaces.map((ns) => parseNamespace(ns) ?? { database: ns });
    const request = (): UndoRequest =>
      ({
        ...{ kind: 'range', scope },
        ...{ from: parseClusterTime(from) ?? 0n, to: parseClusterTime(to) ?? 0n },
      }) as UndoRequest;
    const meanwhile = ({ collections }: UndoPorts): Partial<UndoPorts> => ({
      collections: { ...collections, rename: rename(collections.rename.bind(collections)) },
    });
    return undoMeanwhile(recorded, request, meanwhile, signal);
  };

  async function assertAsBefore(): Promise<void> {
    assert.deepEqual(await namesOf(), ['a', 'b', 'c', 'd']);
    for (const [n, name] of ['a', 'b', 'c', 'd'].entries()) assert.deepEqual(await idsIn(name), [n], name);
  }

  for (const names of [
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c', 'd'],
  ]) {
    it(`takes back one of ${names.length}, of which one name is enough, and can be taken back itself`, async () => {
      const range = await rangeOf(() => exchange(...names), 'a');
      const would = await undo(range, true);
      const from = (n: number): string => `${db.databaseName}.${names.at(n - 1)}`;
      const expected = names.map((name, n) => [from(n), `${db.databaseName}.${name}`]);
      assert.deepEqual(would.conflicts, []);
      assert.deepEqual(
        [...would.collections].sort(),
        expected.map(([is, was]) => `${is} would be called ${was} again`).sort(),
      );
      const exchanged = await idsIn('a');
      assert.deepEqual(exchanged, [1], 'a dry run changes nothing');

      let done = would;
      const undoing = await rangeOf(async () => (done = await undo(range)));
      assert.deepEqual(done.conflicts, []);
      assert.deepEqual(
        [...done.collections].sort(),
        expected.map(([is, was]) => `${is} is called ${was} again`).sort(),
      );
      await assertAsBefore();
      assert.deepEqual((await undo(range)).collections, [], 'there is nothing left to do');

      assert.deepEqual((await undo(undoing)).conflicts, []);
      assert.deepEqual(await idsIn('a'), [1]);
      assert.deepEqual(await namesOf(), ['a', 'b', 'c', 'd']);

      const { id, title } = await recorded.lastEvent('rename');
      assert.equal(title, `exchange of names · ${db.databaseName}`, 'the undo is one event');
      await undoMeanwhile(recorded, ofEvent(id));
      await assertAsBefore();
    });
  }

  it('takes back two at once', async () => {
    const range = await rangeOf(async () => {
      await exchange('a', 'b');
      await exchange('c', 'd');
    });
    assert.deepEqual((await undo(range)).conflicts, []);
    await assertAsBefore();
  });

  it('takes back what was written in between and keeps what was written after', async () => {
    const range = await rangeOf(async () => {
      await add('a', 10);
      await exchange('a', 'b');
      await add('a', 11);
    });
    await add('a', 12); // into what was b
    const { removed, conflicts } = await undo(range);
    assert.deepEqual([removed, conflicts], [2, []]);
    assert.deepEqual(await idsIn('a'), [0]);
    assert.deepEqual(await idsIn('b'), [1, 12]);
  });

  it('leaves all as it is where another collection took a name', async () => {
    const range = await rangeOf(() => exchange('a', 'b'));
    await db.renameCollection('a', 'kept'); // what was b
    await add('a', 20);
    const { conflicts } = await undo(range);
    assert.deepEqual(conflicts.map(({ ns, reason }) => `${ns}: ${reason}`).sort(), [
      `${db.databaseName}.a: another collection has the name`,
      `${db.databaseName}.b: it was renamed since, to kept`,
    ]);
    assert.deepEqual(await namesOf(), ['a', 'b', 'c', 'd', 'kept']);
    assert.deepEqual([await idsIn('a'), await idsIn('b'), await idsIn('kept')], [[20], [0], [1]]);
  });

  it('gives the name back that is free since the other collection was dropped', async () => {
    const range = await rangeOf(() => exchange('a', 'b'));
    await db.collection('a').drop(); // what was b
    const { conflicts } = await undo(range);
    assert.ok(conflicts.every(({ reason }) => reason === 'the collection does not exist any more'));
    assert.deepEqual(await namesOf(), ['a', 'c', 'd']);
    assert.deepEqual(await idsIn('a'), [0]);
  });

  it('turns back where another collection took a name at the last moment', async () => {
    const range = await rangeOf(() => exchange('a', 'b'));
    let first = true;
    const { conflicts } = await undoWith(range, (rename) => async (changes) => {
      if (first) {
        first = false;
        await db.renameCollection('a', 'kept'); // what was b
        await add('a', 20);
      }
      await rename(changes);
    });
    assert.deepEqual(conflicts.map(({ ns }) => ns).sort(), [`${db.databaseName}.a`, `${db.databaseName}.b`]);
    assert.deepEqual(await namesOf(), ['a', 'b', 'c', 'd', 'kept']);
    assert.deepEqual([await idsIn('a'), await idsIn('b'), await idsIn('kept')], [[20], [0], [1]]);
  });

  it('turns a single rename back whose name another collection took at the last moment', async () => {
    const range = await rangeOf(() => db.renameCollection('a', 'e'));
    let first = true;
    const { conflicts } = await undoWith(range, (rename) => async (changes) => {
      if (first) {
        first = false;
        await db.renameCollection('e', 'kept');
        await add('e', 20);
      }
      await rename(changes);
    });
    assert.deepEqual(
      conflicts.map(({ ns, reason }) => `${ns}: ${reason}`),
      [`${db.databaseName}.a: it was renamed since, to kept`],
    );
    assert.deepEqual(await namesOf(), ['b', 'c', 'd', 'e', 'kept']);
    assert.deepEqual([await idsIn('e'), await idsIn('kept')], [[20], [0]]);
  });

  it('takes them back where the role has no applyOps', async () => {
    const range = await rangeOf(() => exchange('a', 'b', 'c'));
    const { conflicts } = await undoWith(range, (rename) => async (changes) => {
      for (const change of changes) await rename([change]);
    });
    assert.deepEqual(conflicts, []);
    await assertAsBefore();
    const { title } = await recorded.lastEvent('rename');
    assert.equal(title, `exchange of names · ${db.databaseName}`);
  });

  it('does nothing when it is cancelled before, and all of it when it is cancelled meanwhile', async () => {
    const range = await rangeOf(() => exchange('a', 'b'));
    const before = new AbortController();
    before.abort();
    await assert.rejects(
      undoWith(range, (rename) => rename, before.signal),
      { name: 'AbortError' },
    );
    assert.deepEqual(await idsIn('a'), [1]);
    const meanwhile = new AbortController();
    const aborting =
      (rename: LiveCollections['rename']): LiveCollections['rename'] =>
      (changes) => {
        meanwhile.abort();
        return rename(changes);
      };
    await undoWith(range, aborting, meanwhile.signal).catch((error: unknown) => {
      assert.equal((error as Error).name, 'AbortError');
    });
    await assertAsBefore();
  });

  describe('of which only a part was done', () => {
    const names = ['a', 'b', 'c'];
    for (const steps of [1, 2, 3]) {
      it(`mends it when the server fails after ${steps}`, async () => {
        const range = await rangeOf(() => exchange(...names));
        let first = true;
        const failing =
          (rename: LiveCollections['rename']): LiveCollections['rename'] =>
          async (changes) => {
            if (!first) return rename(changes);
            first = false;
            for (const change of changes.slice(0, steps)) await rename([change]);
            throw new Error('no room left');
          };
        const failed = await undoWith(range, failing).then(
          () => undefined,
          (error: unknown) => String(error),
        );
        assert.deepEqual(await namesOf(), ['a', 'b', 'c', 'd']);
        if (failed !== undefined) {
          assert.match(failed, /no room left/);
          assert.deepEqual(await idsIn('a'), [1], 'as the range left it');
        }
        assert.deepEqual((await undo(range)).conflicts, []);
        await assertAsBefore();
      });

      it(`is finished by the next undo when nothing goes on after ${steps}`, async () => {
        const range = await rangeOf(() => exchange(...names));
        let first = true;
        const gone =
          (rename: LiveCollections['rename']): LiveCollections['rename'] =>
          async (changes) => {
            if (first) for (const change of changes.slice(0, steps)) await rename([change]);
            first = false;
            throw new Error('gone');
          };
        const left = (await undoWith(range, gone).catch((error: unknown) => error)) as Error;
        const passing = (await namesOf()).filter((name) => exchangeOf(name) !== undefined);
        assert.equal(passing.length, 1);
        assert.match(left.message, new RegExp(`${db.databaseName}.${passing[0]}`), 'it tells where it is');
        const would = await undo(range, true);
        assert.deepEqual(would.conflicts, []);
        const { conflicts, collections } = await undo(range);
        assert.deepEqual([conflicts, collections.length], [[], would.collections.length]);
        await assertAsBefore();
      });
    }

    it('stays where it is, which is told, while another collection has its name', async () => {
      const range = await rangeOf(() => exchange('a', 'b'));
      const gone = (rename: LiveCollections['rename']): LiveCollections['rename'] => {
        let first = true;
        return async (changes) => {
          if (first) for (const change of changes.slice(0, 1)) await rename([change]);
          first = false;
          throw new Error('gone');
        };
      };
      await assert.rejects(undoWith(range, gone));
      const [passing] = (await namesOf()).filter((name) => exchangeOf(name) !== undefined);
      const free = ['a', 'b'].find((name) => name === exchangeOf(passing ?? '')) ?? '';
      await add(free, 30); // others make it anew
      const { conflicts } = await undo(range);
      assert.ok(conflicts.some(({ reason }) => reason.includes(passing ?? '?')));
      assert.deepEqual(await idsIn(free), [30]);
      await db.renameCollection(free, 'other');
      assert.deepEqual((await undo(range)).conflicts, []);
      assert.deepEqual([await idsIn('a'), await idsIn('b')], [[0], [1]]);
    });
  });
});
