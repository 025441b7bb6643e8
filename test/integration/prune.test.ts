import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { restorableRanges } from '../../src/core/timeline';
import type { ClusterTime } from '../../src/core/time';
import { planRestore } from '../../src/engine/restorePlan';
import { prune } from '../../src/engine/prune';
import { showCollection } from '../../src/engine/showCollection';
import { verify } from '../../src/engine/verify';
import { fileChecker } from '../../src/storage/fileChecker';
import { addMark, fileRepository } from '../../src/storage/fileRepository';
import { useFiles } from '../../src/storage/files';
import { importedLineage } from '../../src/storage/importedLineage';
import { filePruner } from '../../src/storage/pruneFiles';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';
import { runJob } from '../../src/worker/jobs';
import { Crash, CrashingFiles } from '../support/crashingFiles';
import { RecordedRepository } from '../support/recordedRepository';

const signal = new AbortController().signal;
const startMs = 1_700_000_000_000;
const minute = 60_000;

/** A kill between the last file of a snapshot and its folder leaves the folder for a while. */
async function removeEmpty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const inner = path.join(folder, name);
    if ((await readdir(inner)).length === 0) await rmdir(inner);
  }
}

describe('prune', () => {
  let folder: string;
  let made: RecordedRepository;
  const marked: ClusterTime[] = [];

  /** Fifteen operations in each of six segments, a snapshot before every other one; a mark in the second. */
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-prune-'));
    made = await RecordedRepository.create(path.join(folder, 'repo'), startMs);
    for (let segment = 0; segment < 6; segment++) {
      if (segment % 2 === 0) await made.snapshot();
      for (let n = 0; n < 15; n++) {
        made.put('orders', { _id: (segment * 13 + n) % 25, segment, n });
        if (n === 7) made.remove('orders', (segment * 13 + n) % 25);
        if (segment === 1 && n === 5) marked.push(made.put('people', { _id: 'marked' }));
      }
      await made.seal();
    }
    await made.close();
    await addMark(made.folder, { name: 'before it', at: marked[0] as ClusterTime });
  });

  after(async () => {
    useFiles(undefined);
    await rm(folder, { recursive: true, force: true });
  });

  async function copy(name: string): Promise<string> {
    const to = path.join(folder, name);
    await cp(made.folder, to, { recursive: true });
    return to;
  }

  /** Times of the history, in minutes since its beginning, that can be restored and give the right documents. */
  async function restorable(repository: string): Promise<ClusterTime[]> {
    const reader = fileRepository(repository);
    const content = await reader.content();
    const found: ClusterTime[] = [];
    for (const at of made.times.filter((time, index) => index % 9 === 0 || marked.includes(time))) {
      const request = { target: at, scope: [], renames: [] };
      const plan = await planRestore(reader, content, request, signal).catch(() => undefined);
      if (!plan) continue;
      found.push(at);
      for (const name of ['orders', 'people'] as const) {
        const collection = plan.collections.find((c) => c.ns === `shop.${name}`);
        assert.ok(collection);
        const shown: string[] = [];
        for await (const document of showCollection(reader, plan, collection, signal)) {
          shown.push(Buffer.from(document).toString('hex'));
        }
        assert.deepEqual(shown.sort(), made.truth(at, name));
      }
    }
    return found;
  }

  const now = (): number => Number(made.now >> 32n) * 1000;
  const keep = (minutes: number) => ({
    keepMs: minutes * minute,
    maxBytes: undefined,
    dryRun: false,
    nowMs: now(),
  });

  async function pruned(
    repository: string,
    request: Parameters<typeof prune>[2],
  ): Promise<Awaited<ReturnType<typeof prune>>> {
    const content = await fileRepository(repository).content();
    return prune(content, filePruner(repository), request, () => undefined, signal);
  }

  it('keeps the window and the mark restorable, and nothing else', async () => {
    const repository = await copy('window');
    const before = await restorable(repository);
    const { retention } = await pruned(repository, keep(0.5));
    assert.ok(retention.snapshots.length > 0 && retention.segments.length > 0);
    const after = await restorable(repository);
    for (const at of before) {
      if (at >= retention.from || marked.includes(at)) assert.ok(after.includes(at));
    }
    assert.ok(after.length < before.length);
    const content = await fileRepository(repository).content();
    const checked = await verify(content, fileChecker(repository), () => undefined, signal);
    assert.deepEqual(checked.damaged, []);
    assert.equal(restorableRanges(content.snapshots, content.lineages).length, 2);
  });

  it('keeps nothing for automatic marks, which go with their history, nor for marks that were removed', async () => {
    const repository = await copy('marks');
    const marks = async () => (await fileRepository(repository).content()).marks.map(({ name }) => name);
    const at = marked[0] as ClusterTime;
    await runJob('removeMark', { repository, name: 'before it' }, () => undefined, signal);
    await addMark(repository, { name: 'before task migrate', at, automatic: true });
    await addMark(repository, {
      name: 'on branch main',
      at: made.times.at(-1) as ClusterTime,
      automatic: true,
    });
    assert.deepEqual(await marks(), ['before task migrate', 'on branch main']);
    const keepMs = Date.now() - now() + 0.5 * minute;
    await runJob('prune', { repository, keepMs, dryRun: true }, () => undefined, signal);
    assert.deepEqual(await marks(), ['before task migrate', 'on branch main']);
    await runJob('prune', { repository, keepMs, dryRun: false }, () => undefined, signal);
    assert.deepEqual(await marks(), ['on branch main']);
    assert.ok(!(await restorable(repository)).includes(at));
    const gone = runJob('removeMark', { repository, name: 'before it' }, () => undefined, signal);
    await assert.rejects(gone, { code: 'notFound' });
  });

  it('decides only, with a dry run', async () => {
    const repository = await copy('dry');
    const files = await readdir(repository, { recursive: true });
    const { retention } = await pruned(repository, { ...keep(0.5), dryRun: true });
    assert.ok(retention.freedBytes > 0);
    assert.deepEqual(await readdir(repository, { recursive: true }), files);
  });

  it('leaves the newest restorable time of a repository that is older than the window', async () => {
    const repository = await copy('old');
    await pruned(repository, { ...keep(1), nowMs: now() + 1e9 });
    const after = await restorable(repository);
    assert.ok(after.includes(made.times.at(-1) as ClusterTime) || after.length > 1);
    assert.ok(after.some((at) => marked.includes(at)));
  });

  it('moves the window forward until the budget holds, and says where it cannot', async () => {
    const repository = await copy('budget');
    const all = await pruned(repository, { ...keep(1e6), dryRun: true });
    const half = Math.floor(all.retention.keptBytes * 0.8);
    const { retention } = await pruned(repository, { ...keep(1e6), maxBytes: half });
    assert.ok(retention.keptBytes <= half && retention.overBudget === 0);
    assert.ok((await restorable(repository)).length > 0);
    const tiny = await pruned(repository, { ...keep(1e6), maxBytes: 10 });
    assert.equal(tiny.retention.overBudget, tiny.retention.keptBytes - 10);
    assert.ok((await restorable(repository)).length > 0);
  });

  it('keeps what it keeps when it is killed at any step, and goes on the next time', async () => {
    const whole = await copy('whole');
    await pruned(whole, keep(0.5));
    const kept = await restorable(whole);
    const expected = (await readdir(whole, { recursive: true })).sort();
    for (let at = 1; ; at += 4) {
      const repository = await copy(`killed-${at}`);
      let files: CrashingFiles | undefined;
      useFiles((real) => (files = new CrashingFiles(real, { at, how: 'torn' }, () => undefined)));
      const failure = await pruned(repository, keep(0.5)).catch((error: unknown) => error);
      useFiles(undefined);
      if (!files?.crashed) break;
      assert.ok(failure instanceof Crash || (failure as Error).cause instanceof Crash);
      const left = await restorable(repository);
      for (const time of kept) assert.ok(left.includes(time), `${time} after a kill at step ${at}`);
      await pruned(repository, keep(0.5));
      assert.deepEqual(await restorable(repository), kept);
      await removeEmpty(path.join(repository, 'snapshots'));
      const names = (await readdir(repository, { recursive: true })).sort();
      assert.deepEqual(
        names.filter((n) => !n.includes('.tmp-')),
        expected,
      );
    }
  });

  it('leaves a snapshot that is being taken, and the oplog it needs', async () => {
    const repository = await copy('taking');
    const content = await fileRepository(repository).content();
    const start = content.snapshots[0]?.start as ClusterTime;
    await fileSnapshotStore(repository).begin('taking', { lineage: made.lineage, start });
    const { retention, abandoned } = await pruned(repository, keep(0.5));
    assert.deepEqual(abandoned, []);
    assert.deepEqual(retention.segments, []);
    assert.ok((await readdir(path.join(repository, 'snapshots'))).includes('taking'));
  });

  it('removes what a dead process left of a snapshot, after a while', async () => {
    const repository = await copy('left');
    await fileSnapshotStore(repository).begin('left', { lineage: made.lineage, start: made.now });
    await importedLineage(repository);
    const pruner = filePruner(repository);
    const later = {
      ...pruner,
      unfinished: async () =>
        (await pruner.unfinished()).map((u) => ({ ...u, holder: 'dead' as const, quietMs: 1e6 })),
    };
    const { abandoned } = await prune(
      await fileRepository(repository).content(),
      later,
      keep(1e6),
      () => undefined,
      signal,
    );
    assert.deepEqual(
      abandoned.map((u) => u.id),
      ['left', 'i0001'],
    );
    assert.ok(!(await readdir(path.join(repository, 'oplog'))).includes('i0001'));
    assert.ok(!(await readdir(path.join(repository, 'snapshots'))).includes('left'));
  });
});
