import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { splitDocuments } from '../../../src/core/rawDocument';
import { leansOn, unbrokenRuns } from '../../../src/core/timeline';
import type { ClusterTime } from '../../../src/core/time';
import { Recorder } from '../../../src/engine/recorder';
import { takeSnapshot } from '../../../src/engine/takeSnapshot';
import { verify } from '../../../src/engine/verify';
import { fileChecker } from '../../../src/storage/fileChecker';
import { addMark, fileRepository } from '../../../src/storage/fileRepository';
import { useFiles } from '../../../src/storage/files';
import { takeLock } from '../../../src/storage/lock';
import { openOrCreateRepository } from '../../../src/storage/repository';
import { fileSegmentStore } from '../../../src/storage/segmentStore';
import { fileSnapshotStore } from '../../../src/storage/snapshotStore';
import { CrashingFiles, type CrashPoint } from '../../support/crashingFiles';
import { entryAt, ScriptedOplog, scriptedDump, timeOfEntry } from '../../support/scriptedOplog';

const never = new AbortController().signal;
const options = {
  sealAfterMs: 1e9,
  sealAfterBytes: 1_200,
  gatherMs: 0,
  retryMs: 1,
  maxRetryMs: 1,
  stalledAfterMs: 1e9,
  silentAfterMs: 1e9,
};
/** Entries that a session sees come, in two parts. */
const middle = 12;
const more = 18;

/** What was promised to somebody before the crash. */
class Acknowledged {
  start: ClusterTime | undefined;
  position: ClusterTime | undefined;
  readonly snapshots: string[] = [];
  readonly marks: string[] = [];
}

function entries(from: number, through: number): Uint8Array[] {
  return Array.from({ length: through - from + 1 }, (_, index) => entryAt(from + index));
}

/** Records from a server with `base` entries, takes a snapshot and a mark, seals and stops. */
async function session(
  folder: string,
  base: number,
  abort: AbortController,
  done: Acknowledged,
): Promise<void> {
  const { signal } = abort;
  const oplog = new ScriptedOplog(entries(1, base));
  await openOrCreateRepository(folder, { setName: 'rs0', replicaSetId: undefined });
  await using lock = await takeLock(folder);
  await using store = fileSegmentStore(folder, () => lock.confirm());
  const ports = { source: oplog, store, now: () => 1_700_000_100_000, elapsed: () => performance.now() };
  const recorder = new Recorder(ports, () => undefined, options);
  const recording = recorder.run(signal);
  recording.catch(() => abort.abort());
  try {
    await recorder.waitFor(timeOfEntry(base), signal);
    oplog.entries.push(...entries(base + 1, base + middle));
    const { lineage } = recorder;
    assert.ok(lineage);
    const waitFor = (time: ClusterTime, s: AbortSignal): Promise<void> => recorder.waitFor(time, s);
    const dump = {
      scope: [],
      without: new Set<string>(),
      pinned: true,
      now: Date.now,
      onProgress: () => undefined,
    };
    const taken = await takeSnapshot(
      scriptedDump(oplog),
      { lineage, waitFor },
      fileSnapshotStore(folder),
      dump,
      signal,
    );
    done.snapshots.push(taken.id);
    await addMark(folder, { name: `after ${base}`, at: timeOfEntry(base + middle) });
    done.marks.push(`after ${base}`);
    oplog.entries.push(...entries(base + middle + 1, base + more));
    await recorder.waitFor(timeOfEntry(base + more), signal);
  } finally {
    abort.abort();
    await recording.catch(() => undefined);
    done.start = recorder.lineage?.start;
    done.position = recorder.position;
  }
}

interface Crashed {
  readonly acknowledged: Acknowledged;
  readonly operations: readonly string[];
  readonly crashed: boolean;
}

/** A session up to the crash, and what a power cut leaves of it, if asked for. */
async function crash(
  folder: string,
  base: number,
  point: CrashPoint,
  powerCut?: 'lost' | 'zeros',
): Promise<Crashed> {
  const abort = new AbortController();
  const acknowledged = new Acknowledged();
  let files: CrashingFiles | undefined;
  useFiles((real) => (files = new CrashingFiles(real, point, () => abort.abort())));
  try {
    await session(folder, base, abort, acknowledged);
  } catch (error) {
    if (!files?.crashed) throw error;
  } finally {
    useFiles(undefined);
  }
  assert.ok(files);
  if (powerCut && files.crashed) await files.cutPower(powerCut);
  await buryLockHolders(folder);
  return { acknowledged, operations: files.operations, crashed: files.crashed };
}

/** The process that "crashed" is this one: its locks are made those of a process that is not there. */
async function buryLockHolders(folder: string): Promise<void> {
  const locks = path.join(folder, 'lock');
  for (const name of await readdir(locks).catch(() => [])) {
    const file = path.join(locks, name);
    if (!name.endsWith('.json')) continue;
    const holder = JSON.parse(await readFile(file, 'utf8')) as { pid: number };
    await writeFile(file, JSON.stringify({ ...holder, pid: 2 ** 30 }));
  }
}

/** Goes on as if nothing had happened, and finds all that was promised and nothing else. */
async function goesOn(folder: string, base: number, before: readonly Acknowledged[]): Promise<void> {
  const { acknowledged: after } = await crash(folder, base, { at: Infinity, how: 'before' });
  const reader = fileRepository(folder);
  const content = await reader.content();
  assert.deepEqual(content.damaged, []);
  assert.equal(content.lineages.length, 1);
  const [lineage] = content.lineages;
  assert.ok(lineage);
  assert.equal(lineage.start.gap, undefined);
  for (const { start, position } of before) {
    const recorded = start !== undefined && position !== undefined && position >= start;
    if (recorded) assert.equal(lineage.start.start, start);
  }
  const runs = unbrokenRuns(lineage);
  assert.equal(runs.length, 1);
  const found: Uint8Array[] = [];
  for (const segment of lineage.segments) {
    assert.equal(segment.open, false);
    for await (const batch of reader.readSegment(segment, segment.after, segment.through, never)) {
      found.push(...splitDocuments(batch.bytes));
    }
  }
  const whole = entries(1, base + more);
  const from = whole.length - found.length;
  assert.equal(timeOfEntry(from + 1), lineage.start.start);
  assert.deepEqual(Buffer.concat(found), Buffer.concat(whole.slice(from)));
  const ids = content.snapshots.map((s) => s.id);
  const names = content.marks.map((m) => m.name);
  for (const { snapshots, marks } of [...before, after]) {
    for (const id of snapshots) assert.ok(ids.includes(id), `snapshot ${id}`);
    for (const name of marks) assert.ok(names.includes(name), `mark ${name}`);
  }
  for (const snapshot of content.snapshots) {
    assert.ok(leansOn(snapshot, runs[0] ?? []), `snapshot ${snapshot.id} can be used`);
  }
  const { damaged } = await verify(content, fileChecker(folder), () => undefined, never);
  assert.deepEqual(damaged, []);
}

describe('a repository whose recorder crashes', function () {
  this.timeout(300_000);
  const base = 10;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-crash-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const ends = [undefined, 'lost', 'zeros'] as const;

  it('MongoShake#798: keeps all that was acknowledged, and nothing else, whichever operation is the last one', async () => {
    const { operations } = await crash(folder, base, { at: Infinity, how: 'before' });
    await goesOn(folder, base + more, []);
    let crashes = 0;
    for (let at = 1; at <= operations.length; at++) {
      const isWrite = operations[at - 1]?.startsWith('write') ?? false;
      for (const end of isWrite ? ends : ends.slice(0, 2)) {
        const repository = path.join(folder, `${at}-${end ?? 'killed'}`);
        const point = { at, how: isWrite ? 'torn' : 'before' } as const;
        const { acknowledged, crashed } = await crash(repository, base, point, end);
        if (crashed) crashes += 1;
        try {
          await goesOn(repository, base + more, [acknowledged]);
        } catch (error) {
          throw new Error(`after a crash at ${at} (${String(operations[at - 1])}), ${end ?? 'killed'}`, {
            cause: error,
          });
        }
        await rm(repository, { recursive: true });
      }
    }
    assert.ok(crashes >= 2 * operations.length - 20, `only ${crashes} sessions crashed`);
  });

  it('keeps it through a second crash while the first is mended', async () => {
    const template = path.join(folder, 'template');
    const first = await crash(template, base, { at: Infinity, how: 'before' });
    const torn = first.operations.findLastIndex(
      (name) => name.startsWith('write') && name.includes('open.bson'),
    );
    await rm(template, { recursive: true });
    const { acknowledged } = await crash(template, base, { at: torn + 1, how: 'torn' });
    for (let at = 1; ; at += 2) {
      const repository = path.join(folder, String(at));
      await cp(template, repository, { recursive: true });
      const second = await crash(repository, base + more, { at, how: 'torn' }, ends[at % 3]);
      if (!second.crashed) break;
      try {
        await goesOn(repository, base + 2 * more, [acknowledged, second.acknowledged]);
      } catch (error) {
        throw new Error(`after a second crash at ${at} (${String(second.operations[at - 1])})`, {
          cause: error,
        });
      }
      await rm(repository, { recursive: true });
    }
  });
});
