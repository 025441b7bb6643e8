import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ClusterTime } from '../../src/core/time';
import { planRestore } from '../../src/engine/restorePlan';
import { showCollection } from '../../src/engine/showCollection';
import { type Damage, verify } from '../../src/engine/verify';
import { fileChecker } from '../../src/storage/fileChecker';
import { addMark, fileRepository, notePreview } from '../../src/storage/fileRepository';
import { usePassphrase } from '../../src/storage/encryption';
import { openRepository } from '../../src/storage/repository';
import { RecordedRepository } from '../support/recordedRepository';

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
