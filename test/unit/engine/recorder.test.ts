import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BSON, Binary, Long, Timestamp } from 'bson';
import { splitDocuments } from '../../../src/core/rawDocument';
import { quote } from '../../../src/core/say';
import { unbrokenRuns } from '../../../src/core/timeline';
import { BackupError } from '../../../src/engine/errors';
import type { RepositoryContent } from '../../../src/engine/ports';
import { Recorder, type RecorderFacts } from '../../../src/engine/recorder';
import { fileRepository } from '../../../src/storage/fileRepository';
import { useFiles } from '../../../src/storage/files';
import { openOrCreateRepository } from '../../../src/storage/repository';
import { fileSegmentStore } from '../../../src/storage/segmentStore';
import { entryAt, ScriptedOplog, timeOfEntry } from '../../support/scriptedOplog';
import { waitFor } from '../../support/waitFor';

const never = new AbortController().signal;
const options = {
  sealAfterMs: 1e9,
  sealAfterBytes: 1e9,
  gatherMs: 0,
  retryMs: 1,
  maxRetryMs: 5,
  stalledAfterMs: 1e9,
  silentAfterMs: 1e9,
};

describe('Recorder', () => {
  let folder: string;
  let abort: AbortController;
  let recorder: Recorder;
  let running: Promise<unknown>;
  let told: RecorderFacts[];
  let stopStore: () => PromiseLike<void>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-recorder-'));
    await openOrCreateRepository(folder, { setName: 'rs0', replicaSetId: undefined });
  });

  afterEach(async () => {
    useFiles(undefined);
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  function start(
    source: ScriptedOplog,
    change: Partial<typeof options> & { confirm?: () => Promise<void> } = {},
  ): void {
    const { confirm, ...changed } = change;
    const store = fileSegmentStore(folder, confirm);
    abort = new AbortController();
    told = [];
    const ports = { source, store, now: () => Date.now(), elapsed: () => performance.now() };
    recorder = new Recorder(ports, (facts) => told.push(facts), { ...options, ...changed });
    running = recorder.run(abort.signal);
    running.catch(() => undefined);
    stopStore = () => store[Symbol.asyncDispose]();
  }

  async function stop(): Promise<void> {
    abort.abort();
    await running.catch(() => undefined);
    await stopStore();
  }

  function content(): Promise<RepositoryContent> {
    return fileRepository(folder).content();
  }

  async function recorded(lineage: string): Promise<number[]> {
    const reader = fileRepository(folder);
    const { lineages } = await reader.content();
    const found = lineages.find((l) => l.start.id === lineage);
    assert.ok(found);
    assert.ok(unbrokenRuns(found).length <= 1);
    const ids: number[] = [];
    for (const segment of found.segments) {
      for await (const batch of reader.readSegment(segment, segment.after, segment.through, never)) {
        for (const entry of splitDocuments(batch.bytes))
          ids.push((BSON.deserialize(entry) as { o: { _id: number } }).o._id);
      }
    }
    return ids;
  }

  function range(from: number, through: number): number[] {
    return Array.from({ length: through - from + 1 }, (_, index) => from + index);
  }

  function entries(from: number, through: number, note?: string): Uint8Array[] {
    return range(from, through).map((n) => entryAt(n, note));
  }

  it('goes on after a stop without a hole or a repetition', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    source.entries.push(...entries(6, 20));
    await recorder.waitFor(timeOfEntry(20), never);
    await stop();
    source.entries.push(...entries(21, 30));
    start(source);
    await recorder.waitFor(timeOfEntry(30), never);
    assert.deepEqual(await recorded('0001'), range(5, 30));
    assert.equal((await content()).lineages.length, 1);
  });

  it('calls it rolled over when the server let go of what was not recorded', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    source.entries.push(...entries(6, 40));
    source.dropped = 20;
    start(source);
    await recorder.waitFor(timeOfEntry(40), never);
    const { lineages } = await content();
    assert.deepEqual(lineages[1]?.start.gap, { after: timeOfEntry(5), reason: 'rolledOver' });
    assert.deepEqual(await recorded('0001'), [5]);
    assert.deepEqual(await recorded('0002'), [40]);
  });

  it('calls it rolled back when the recorded entry is another one now', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    source.entries = [...entries(1, 4), ...entries(5, 9, 'other')];
    start(source);
    await recorder.waitFor(timeOfEntry(9), never);
    assert.deepEqual((await content()).lineages[1]?.start.gap, {
      after: timeOfEntry(5),
      reason: 'rolledBack',
    });
  });

  it('calls it rolled back when the recorded entry is gone and older ones are there', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    source.entries = [...entries(1, 4), ...entries(7, 9)];
    start(source);
    await recorder.waitFor(timeOfEntry(9), never);
    assert.equal((await content()).lineages[1]?.start.gap?.reason, 'rolledBack');
  });

  it('calls it rolled back when a primary stays behind what was recorded of it', async () => {
    const source = new ScriptedOplog(entries(1, 9));
    start(source);
    await recorder.waitFor(timeOfEntry(9), never);
    await stop();
    source.entries = entries(1, 6);
    start(source, { stalledAfterMs: 20 });
    await waitFor('the next lineage', async () => (await content()).lineages.length === 2);
    assert.equal((await content()).lineages[1]?.start.gap?.reason, 'rolledBack');
  });

  it('waits for a secondary that is behind what was recorded', async () => {
    const source = new ScriptedOplog(entries(1, 9));
    start(source);
    await recorder.waitFor(timeOfEntry(9), never);
    await stop();
    source.entries = entries(1, 6);
    source.primary = false;
    start(source, { stalledAfterMs: 20 });
    await waitFor('the stall', () => told.some((f) => f.state === 'stalled'));
    assert.equal(
      told.some((f) => f.state === 'recording'),
      false,
    );
    source.entries.push(...entries(7, 12));
    await recorder.waitFor(timeOfEntry(12), never);
    assert.deepEqual(await recorded('0001'), range(9, 12));
  });

  it('takes a lost position in a capped collection for no gap', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    source.failure = new BackupError('unreachable', quote('CappedPositionLost'));
    source.entries.push(...entries(6, 30));
    await recorder.waitFor(timeOfEntry(30), never);
    assert.deepEqual(await recorded('0001'), range(5, 30));
    assert.equal((await content()).lineages.length, 1);
    assert.ok(source.reads >= 2);
    assert.ok(told.some((f) => f.state === 'stalled' && f.reason === 'CappedPositionLost'));
    assert.equal(told.at(-1)?.state, 'recording');
  });

  it('begins anew when the end of what is recorded is damaged, and says so', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    const oplog = path.join(folder, 'oplog', '0001');
    const name = (await readdir(oplog)).find((n) => /^\d.*\.bson\.zst$/.test(n));
    assert.ok(name);
    const file = await open(path.join(oplog, name), 'r+');
    await file.write(Buffer.from('damage'), 0, 6, 60);
    await file.close();
    source.entries.push(...entries(6, 8));
    start(source);
    await recorder.waitFor(timeOfEntry(8), never);
    assert.deepEqual((await content()).lineages[1]?.start.gap, { after: timeOfEntry(5), reason: 'damaged' });
  });

  it('begins anew when the beginning of what is recorded is damaged', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    const file = await open(path.join(folder, 'oplog', '0001', 'lineage.json'), 'r+');
    await file.write(Buffer.from('X'), 0, 1, 90);
    await file.close();
    source.entries.push(...entries(6, 8));
    start(source);
    await recorder.waitFor(timeOfEntry(8), never);
    const { lineages } = await content();
    assert.deepEqual(lineages.at(-1)?.start.gap, { after: timeOfEntry(5), reason: 'damaged' });
    assert.equal(lineages.at(-1)?.start.id, '0002');
  });

  it('does not begin in the middle of a transaction', async () => {
    const source = new ScriptedOplog([...entries(1, 3), transactionPart(4, 3), transactionPart(5, 4, true)]);
    start(source);
    await waitFor('some attempts', () => source.reads >= 3);
    assert.deepEqual((await content()).lineages[0]?.segments, []);
    source.entries.push(...entries(6, 8));
    await recorder.waitFor(timeOfEntry(8), never);
    assert.deepEqual(await recorded('0001'), [8]);
  });

  it('records what it does not understand', async () => {
    const source = new ScriptedOplog(entries(1, 3));
    start(source);
    await recorder.waitFor(timeOfEntry(3), never);
    const { ts } = BSON.deserialize(entryAt(4), { promoteValues: false }) as { ts: Timestamp };
    source.entries.push(BSON.serialize({ ts, op: 'new', ns: 'a.b', o: { _id: 4 } }), ...entries(5, 6));
    await recorder.waitFor(timeOfEntry(6), never);
    assert.deepEqual(await recorded('0001'), [3, 4, 5, 6]);
  });

  it('keeps what is durable on a full disk, says so, and goes on when there is room', async () => {
    let room = 700;
    useFiles((real) => ({
      ...real,
      open: async (file, flags) => {
        const opened = await real.open(file, flags);
        const write = async (bytes: Uint8Array, position?: number): Promise<void> => {
          const fits = bytes.subarray(0, Math.min(bytes.length, room));
          room -= fits.length;
          await opened.write(fits, position);
          if (fits.length < bytes.length) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        };
        return Object.assign(Object.create(opened) as typeof opened, bound(opened), { write });
      },
    }));
    const source = new ScriptedOplog(entries(1, 5));
    start(source, { sealAfterBytes: 1_000 });
    await recorder.waitFor(timeOfEntry(5), never);
    source.entries.push(...entries(6, 40));
    await waitFor('the stall', () => told.some((f) => f.state === 'stalled' && /full/.test(f.reason ?? '')));
    const { position } = recorder;
    assert.ok(position !== undefined && position < timeOfEntry(40));
    room = 1e9;
    await recorder.waitFor(timeOfEntry(40), never);
    await stop();
    assert.deepEqual(await recorded('0001'), range(5, 40));
    const { lineages, damaged } = await content();
    assert.deepEqual(damaged, []);
    assert.ok(lineages[0]?.segments.every((s) => !s.open && s.sha256 !== ''));
  });

  it('keeps what is durable when its folder cannot be written to, says so, and goes on when it can', async () => {
    let readOnly = false;
    const refuse = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('read-only file system'), { code: 'EROFS' }));
    useFiles((real) => ({
      ...real,
      open: async (file, flags) => {
        if (readOnly) return refuse();
        const opened = await real.open(file, flags);
        const write = (bytes: Uint8Array, position?: number): Promise<void> =>
          readOnly ? refuse() : opened.write(bytes, position);
        return Object.assign(Object.create(opened) as typeof opened, bound(opened), { write });
      },
      rename: (from, to) => (readOnly ? refuse() : real.rename(from, to)),
    }));
    const source = new ScriptedOplog(entries(1, 5));
    start(source, { sealAfterBytes: 500 });
    await recorder.waitFor(timeOfEntry(5), never);
    readOnly = true;
    source.entries.push(...entries(6, 20));
    await waitFor('the stall', () => told.some((f) => f.state === 'stalled'));
    assert.match(told.at(-1)?.reason ?? '', /writ/);
    assert.equal(recorder.position, timeOfEntry(5));
    readOnly = false;
    await recorder.waitFor(timeOfEntry(20), never);
    await stop();
    assert.deepEqual(await recorded('0001'), range(5, 20));
    assert.deepEqual((await content()).damaged, []);
  });

  it('writes nothing any more once its lock is lost', async () => {
    let lost = false;
    const confirm = (): Promise<void> =>
      lost ? Promise.reject(new BackupError('locked', quote('taken over'))) : Promise.resolve();
    const source = new ScriptedOplog(entries(1, 5));
    start(source, { confirm });
    await recorder.waitFor(timeOfEntry(5), never);
    lost = true;
    source.entries.push(...entries(6, 9));
    await assert.rejects(running, { code: 'locked' });
    assert.deepEqual(await recorded('0001'), [5]);
    assert.ok((await readdir(path.join(folder, 'oplog', '0001'))).includes('open.bson.zst'));
  });

  it('does not seal when it is stopped by the loss of its lock', async () => {
    let lost = false;
    const confirm = (): Promise<void> =>
      lost ? Promise.reject(new BackupError('locked', quote('taken over'))) : Promise.resolve();
    start(new ScriptedOplog(entries(1, 5)), { confirm });
    await recorder.waitFor(timeOfEntry(5), never);
    lost = true;
    abort.abort();
    await assert.rejects(running, { code: 'locked' });
    assert.ok((await readdir(path.join(folder, 'oplog', '0001'))).includes('open.bson.zst'));
  });

  it('is stalled while nothing is heard, and resolves a wait for what it resumed at', async () => {
    const source = new ScriptedOplog(entries(1, 5));
    start(source);
    await recorder.waitFor(timeOfEntry(5), never);
    await stop();
    source.hang = true;
    start(source, { silentAfterMs: 10 });
    await recorder.waitFor(timeOfEntry(5), never);
    await waitFor('the stall', () =>
      told.some((f) => f.state === 'stalled' && /does not answer/.test(f.reason ?? '')),
    );
    assert.equal(
      told.some((f) => f.state === 'recording'),
      false,
    );
    source.hang = false;
    source.entries.push(...entries(6, 8));
    await recorder.waitFor(timeOfEntry(8), never);
    await waitFor('the recovery', () => told.at(-1)?.state === 'recording');
  });

  it('measures with a clock that does not jump', async () => {
    let wall = 1_700_000_001_000;
    const source = new ScriptedOplog(entries(1, 5));
    const store = fileSegmentStore(folder);
    abort = new AbortController();
    told = [];
    const ports = { source, store, now: () => wall, elapsed: () => performance.now() };
    const hour = { ...options, sealAfterMs: 3_600_000, stalledAfterMs: 3_600_000 };
    recorder = new Recorder(ports, (facts) => told.push(facts), hour);
    running = recorder.run(abort.signal);
    stopStore = () => store[Symbol.asyncDispose]();
    await recorder.waitFor(timeOfEntry(5), never);
    for (const jump of [10 * 3_600_000, -20 * 3_600_000]) {
      wall += jump;
      const before = recorder.position;
      source.entries.push(entryAt(source.entries.length + 1));
      await recorder.waitFor(timeOfEntry(source.entries.length), never);
      assert.notEqual(recorder.position, before);
    }
    assert.equal(
      told.some((f) => f.state === 'stalled'),
      false,
    );
    assert.ok(
      (await readdir(path.join(folder, 'oplog', '0001'))).every((n) => !/^\d/.test(n)),
      'nothing was sealed',
    );
    assert.deepEqual(await recorded('0001'), [5, 6, 7]);
  });
});

/** The methods of an object, bound to it, so that a copy with one replaced still works. */
function bound<T extends object>(object: T): Partial<T> {
  const prototype = Object.getPrototypeOf(object) as object;
  const names = Object.getOwnPropertyNames(prototype).filter((n) => n !== 'constructor') as (keyof T &
    string)[];
  return Object.fromEntries(
    names.map((n) => [n, (object[n] as (...args: unknown[]) => unknown).bind(object)]),
  ) as Partial<T>;
}

/** An entry of a transaction that goes on from the one at `previous`. */
function transactionPart(n: number, previous: number, last = false): Uint8Array {
  const { ts, ...rest } = BSON.deserialize(entryAt(n), { promoteValues: false }) as { ts: Timestamp };
  const before = timeOfEntry(previous);
  return BSON.serialize({
    ...rest,
    ts,
    op: 'c',
    ns: 'admin.$cmd',
    lsid: { id: new Binary(Buffer.alloc(16), 4), uid: new Binary(Buffer.alloc(32)) },
    txnNumber: Long.fromNumber(7),
    o: { applyOps: [], ...(last ? { count: Long.fromNumber(0) } : { partialTxn: true }) },
    prevOpTime: {
      ts: new Timestamp({ t: Number(before >> 32n), i: Number(before & 0xffffffffn) }),
      t: Long.fromNumber(1),
    },
  });
}
