import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ClusterTime, formatClusterTime } from '../../src/core/time';
import { planRestore } from '../../src/engine/restorePlan';
import { showCollection } from '../../src/engine/showCollection';
import { type Damage, verify } from '../../src/engine/verify';
import { fileChecker } from '../../src/storage/fileChecker';
import { addMark, fileRepository, notePreview } from '../../src/storage/fileRepository';
import { usePassphrase } from '../../src/storage/encryption';
import { lockHolder, takeLock } from '../../src/storage/lock';
import { filePruner } from '../../src/storage/pruneFiles';
import { openRepository } from '../../src/storage/repository';
import { RecordedRepository } from '../support/recordedRepository';
import { waitFor } from '../support/waitFor';

const signal = new AbortController().signal;

/** What can happen to a file; each gives whether anything changed. */
const harms = {
  'has a bit flipped': async (file: string, random: () => number): Promise<boolean> => {
    const bytes = await readFile(file);
    if (bytes.length === 0) return false;
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    await writeFile(file, bytes);
    return true;
  },
  'lacks its last byte': async (file: string): Promise<boolean> => {
    const { size } = await stat(file);
    if (size === 0) return false;
    await truncate(file, size - 1);
    return true;
  },
  'is deleted': async (file: string): Promise<boolean> => {
    await unlink(file);
    return true;
  },
};

/** The same numbers for the same seed, from 0 to below 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

for (const passphrase of [undefined, 'a secret']) {
  describe(`verify of ${passphrase === undefined ? 'a' : 'an encrypted'} repository`, function () {
    this.timeout(60_000);
    let folder: string;
    let made: RecordedRepository;
    let files: string[];

    /** Four segments, the last one open; a snapshot at the beginning and one in the middle; a mark and a preview. */
    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-verify-'));
      usePassphrase(path.join(folder, 'repo'), passphrase);
      usePassphrase(path.join(folder, 'harmed'), passphrase);
      made = await RecordedRepository.create(path.join(folder, 'repo'));
      for (let segment = 0; segment < 4; segment++) {
        if (segment % 2 === 0) await made.snapshot();
        for (let n = 0; n < 12; n++) {
          made.put('orders', { _id: (segment * 5 + n) % 20, segment, n });
          made.put('people', { _id: segment * 100 + n });
          if (n % 4 === 3) await made.flush();
        }
        if (segment < 3) await made.seal();
      }
      await addMark(made.folder, { name: 'one', at: made.times[3] as ClusterTime });
      await addMark(made.folder, { name: 'two', at: made.times[5] as ClusterTime });
      await notePreview(made.folder, {
        database: 'x',
        of: 'shop',
        at: made.times[3] as ClusterTime,
        createdMs: 1,
        dropped: false,
      });
      const entries = await readdir(made.folder, { recursive: true, withFileTypes: true });
      files = entries
        .filter((e) => e.isFile())
        .map((e) => path.relative(made.folder, path.join(e.parentPath, e.name)).replaceAll(path.sep, '/'))
        .sort();
    });

    after(async () => {
      await made.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function damageOf(repository: string): Promise<readonly Damage[]> {
      const content = await fileRepository(repository).content();
      return (await verify(content, fileChecker(repository), () => undefined, signal)).damaged;
    }

    /** Every time that no damage is said to hurt gives what held then. */
    async function unhurtTimesHold(repository: string, damaged: readonly Damage[]): Promise<void> {
      const reader = fileRepository(repository);
      const content = await reader.content();
      const hurt = (at: ClusterTime): boolean =>
        damaged.some((d) => d.hurts.some((span) => span.from <= at && at <= span.through));
      for (const at of made.times.filter((time, index) => index % 16 === 0 && !hurt(time))) {
        const plan = await planRestore(reader, content, { target: at, scope: [], renames: [] }, signal);
        for (const name of ['orders', 'people'] as const) {
          const collection = plan.collections.find((c) => c.ns === `shop.${name}`);
          assert.ok(collection);
          const shown: string[] = [];
          for await (const d of showCollection(reader, plan, collection, signal))
            shown.push(Buffer.from(d).toString('hex'));
          assert.deepEqual(shown.sort(), made.truth(at, name));
        }
      }
    }

    it('finds nothing where nothing is wrong', async () => {
      assert.deepEqual(await damageOf(made.folder), []);
      await unhurtTimesHold(made.folder, []);
    });

    for (const [what, harm] of Object.entries(harms).slice(0, passphrase === undefined ? 3 : 1)) {
      it(`names each file that ${what}, and all times that it does not hurt can be restored`, async () => {
        const random = numbers(20_261_125);
        let hurting = 0;
        for (const file of files.filter((f) => f !== 'lock')) {
          const repository = path.join(folder, 'harmed');
          await cp(made.folder, repository, { recursive: true });
          if (await harm(path.join(repository, file), random)) {
            await openRepository(repository);
            const damaged = await damageOf(repository);
            assert.ok(
              damaged.some((d) => d.file === file),
              `${file}: ${JSON.stringify(damaged.map((d) => d.file))}`,
            );
            if (damaged.some((d) => d.hurts.length > 0)) hurting += 1;
            await unhurtTimesHold(repository, damaged);
          }
          await rm(repository, { recursive: true });
        }
        // Data files hurt; configs, marks, previews, metadata, indexes and lineages do not.
        assert.ok(hurting >= 6 && hurting < files.length / 2, `${hurting} of ${files.length}`);
      });
    }
  });
}

describe('verify of what is lost whole', function () {
  this.timeout(60_000);
  let folder: string;
  let made: RecordedRepository;
  let harmed: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-lost-'));
    made = await RecordedRepository.create(path.join(folder, 'repo'));
    harmed = path.join(folder, 'harmed');
    for (let segment = 0; segment < 2; segment++) {
      await made.snapshot();
      for (let n = 0; n < 12; n++) {
        made.put('orders', { _id: n, segment });
        if (n % 4 === 3) await made.flush();
      }
      if (segment === 0) await made.seal();
    }
    for (const name of ['one', 'two']) await addMark(made.folder, { name, at: made.times[3] as ClusterTime });
  });

  afterEach(async () => {
    await made.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function damageAfter(harm: () => Promise<void>): Promise<readonly Damage[]> {
    await cp(made.folder, harmed, { recursive: true });
    await harm();
    const content = await fileRepository(harmed).content();
    return (await verify(content, fileChecker(harmed), () => undefined, signal)).damaged;
  }

  it('names a file of lines that lacks whole lines at its end', async () => {
    const damaged = await damageAfter(async () => {
      const file = path.join(harmed, 'marks.jsonl');
      const lines = (await readFile(file, 'utf8')).split('\n');
      await writeFile(file, `${lines.slice(0, -2).join('\n')}\n`);
    });
    assert.deepEqual(damaged, [
      { file: 'marks.jsonl', reason: 'lines are missing at its end: 1', hurts: [] },
    ]);
  });

  it('names a snapshot whose folder is lost, with the times that only it gave', async () => {
    const [first, second] = (await made.reader().content()).snapshots;
    const damaged = await damageAfter(async () => {
      await rm(path.join(harmed, 'snapshots', first?.id ?? ''), { recursive: true });
    });
    assert.equal(damaged.length, 1);
    assert.equal(damaged[0]?.file, `snapshots/${first?.id ?? ''}`);
    const [hurt] = damaged[0].hurts;
    assert.ok(first && second && hurt);
    assert.equal(hurt.from, first.consistentAt);
    assert.ok(hurt.through < second.consistentAt);
  });

  it('names a lineage whose folder is lost', async () => {
    const damaged = await damageAfter(() =>
      rm(path.join(harmed, 'oplog', made.lineage), { recursive: true }),
    );
    const lost = damaged.find((d) => d.file === `oplog/${made.lineage}`);
    assert.equal(lost?.hurts.length, 1);
  });

  for (const [what, at, reason] of [
    ['first', 0, 'entries are missing between it and the beginning'],
    ['middle', 1, 'entries are missing between it and the segment before'],
  ] as const) {
    it(`names the segment after the ${what} one, when that is lost with its index`, async () => {
      for (let n = 0; n < 2; n++) {
        await made.seal();
        made.put('orders', { _id: 50 + n });
        await made.flush();
      }
      const segments = (await made.reader().content()).lineages.at(-1)?.segments ?? [];
      const [lost, next] = segments.slice(at, at + 2);
      const damaged = await damageAfter(async () => {
        await unlink(path.join(harmed, lost?.file ?? ''));
        await unlink(path.join(harmed, (lost?.file ?? '').replace('.bson.zst', '.json')));
      });
      assert.deepEqual(
        damaged.map((d) => [d.file, d.reason]),
        [[next?.file, reason]],
      );
      assert.equal(damaged[0]?.hurts[0]?.from, ((lost?.after ?? 0n) + 1n) as ClusterTime);
    });
  }

  it('names the open segment when frames that were told of are missing at its end', async () => {
    const lock = await takeLock(made.folder);
    try {
      await made.flush();
      const end = made.times.at(-1) as ClusterTime;
      lock.tell({ state: 'recording', position: formatClusterTime(end), lineage: made.lineage });
      await waitFor('it to be told', async () => (await lockHolder(made.folder))?.told !== undefined);
      assert.deepEqual(await damageAfter(() => Promise.resolve()), []);
      await rm(harmed, { recursive: true });
      const [open] = (await made.reader().content()).lineages.at(-1)?.segments.slice(-1) ?? [];
      const damaged = await damageAfter(async () => {
        await truncate(path.join(harmed, open?.file ?? ''), open?.frames.at(-1)?.offset);
      });
      assert.deepEqual(
        damaged.map((d) => [d.file, d.reason]),
        [[open?.file, 'frames are missing at its end']],
      );
      assert.equal(damaged[0]?.hurts[0]?.from, ((open?.frames.at(-1)?.after ?? 0n) + 1n) as ClusterTime);
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  });

  it('says nothing of folders that a prune removed, nor of repositories of earlier programs', async () => {
    const { snapshots, lineages } = await made.reader().content();
    const retention = {
      ...{ from: made.now, snapshots: snapshots.slice(0, 1), segments: [], lineages: [] },
      ...{ freedBytes: 0, keptBytes: 0, overBudget: 0 },
    };
    assert.equal(lineages.length, 1);
    const pruned = await damageAfter(async () => {
      for await (const _ of filePruner(harmed).remove(retention, []));
    });
    assert.deepEqual(pruned, []);
    await rm(harmed, { recursive: true });
    const earlier = await damageAfter(async () => {
      for (const name of ['lines.json', 'folders.jsonl']) await rm(path.join(harmed, name));
      await addMark(harmed, { name: 'three', at: made.times[3] as ClusterTime });
      await rm(path.join(harmed, 'snapshots', snapshots[1]?.id ?? ''), { recursive: true });
    });
    assert.deepEqual(earlier, []);
  });
});
