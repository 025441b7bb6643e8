import assert from 'node:assert/strict';
import type { Document } from 'mongodb';
import { rewind } from '../support/commandLine';
import { RecordedSet } from '../support/timeTravel';

describe('what a capped collection trims', function () {
  this.timeout(120_000);
  let recorded: RecordedSet;
  /** Whether the server logs it. */
  let isTold: boolean;
  let first: string;
  let last: string;

  const numbered = (from: number, count: number): Document[] =>
    Array.from({ length: count }, (_, i) => ({ _id: from + i }));

  before(async () => {
    recorded = await RecordedSet.start(async (shop) => {
      const { versionArray } = await shop.admin().buildInfo();
      isTold = (versionArray as number[])[0]! >= 5;
      for (const name of ['log', 'quiet'])
        await shop.createCollection(name, { capped: true, size: 4096, max: 3 });
      await shop.collection('log').insertMany(numbered(0, 2));
      await shop.collection('quiet').insertMany(numbered(0, 2));
      await shop.collection('orders').insertMany(numbered(0, 2));
    });
    first = await recorded.recorded();
    await recorded.db.collection('log').insertMany(numbered(10, 2));
    await recorded.db.collection('orders').insertMany(numbered(10, 2));
    last = await recorded.recorded();
  });

  after(async () => {
    await recorded[Symbol.asyncDispose]();
  });

  /** What is given and what is noted, as the words of a person and as JSON. */
  async function told(ns: string, ...words: readonly string[]): Promise<{ text: string; warnings: unknown }> {
    const all = [...words, '--repo', recorded.repository, '--ns', ns];
    const { err } = await rewind(...all);
    const { out } = await rewind(...all, '--json');
    const { warnings } = JSON.parse(out) as { warnings?: unknown };
    return { text: err.trim(), warnings };
  }
  const notLogged = (ns: string): RegExp =>
    new RegExp(`^MongoDB [0-9.]+ does not log what the capped collection ${ns} trims: its oldest documents`);

  const commands = {
    show: () => ['show', '--at', last],
    diff: () => ['diff', '--from', first, '--to', last],
    history: () => ['history', '--id', '0'],
  };
  for (const [verb, words] of Object.entries(commands)) {
    it(`is warned of by ${verb} where the server does not log it`, async () => {
      const { text, warnings } = await told('shop.log', ...words());
      if (isTold) {
        assert.deepEqual([text, warnings], ['', undefined]);
        return;
      }
      assert.match(text.replace(/^warning: /, ''), notLogged('shop.log'));
      assert.match(text, /^warning: /);
      const [warning, ...more] = warnings as string[];
      assert.match(warning ?? '', notLogged('shop.log'));
      assert.deepEqual(more, []);
    });

    it(`is no matter for ${verb} where nothing was written, or of others`, async () => {
      for (const ns of ['shop.quiet', 'shop.orders'])
        assert.deepEqual(await told(ns, ...words()), { text: '', warnings: undefined });
    });
  }

  it('is warned of where a snapshot was taken since', async () => {
    await recorded.run('snapshot', { namespaces: [] });
    const now = await recorded.recorded();
    const { warnings } = await recorded.run('diff', { ns: 'shop.log', from: first, to: now });
    assert.equal(warnings.length, isTold ? 0 : 1);
  });

  it('is warned of over a rename and backwards', async () => {
    const before = await recorded.recorded();
    await recorded.db.renameCollection('log', 'moved');
    const after = await recorded.recorded();
    for (const [from, to] of [
      [before, after],
      [after, before],
    ] as const) {
      const { warnings } = await recorded.run('diff', { ns: 'shop.moved', from, to });
      assert.equal(warnings.length, isTold ? 0 : 1);
    }
    for (const ns of ['shop.log', 'shop.moved']) {
      const { warnings } = await recorded.run('history', { ns, id: '0' });
      assert.equal(warnings.length, isTold ? 0 : 1, ns);
    }
  });
});
