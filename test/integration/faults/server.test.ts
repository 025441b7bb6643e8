import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Long, MongoClient } from 'mongodb';
import type { RecorderReport } from '../../../src/protocol/job';
import { readOplogEntry } from '../../../src/core/oplogEntry';
import { splitDocuments } from '../../../src/core/rawDocument';
import type { ClusterTime } from '../../../src/core/time';
import { BackupError } from '../../../src/engine/errors';
import type { OplogSource } from '../../../src/engine/ports';
import { inspectSource } from '../../../src/mongo/inspectSource';
import { oplogSource } from '../../../src/mongo/oplogSource';
import { assertLikeOplog, committedTime, contentOf } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { StallingProxy } from '../../support/stallingProxy';
import { waitFor } from '../../support/waitFor';

const direct = (port: number): string => `mongodb://127.0.0.1:${port}/?directConnection=true`;

describe('a recorder whose server fails', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;
  let written = 0;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);

  before(async () => {
    process.on('unhandledRejection', note);
    set = await startReplicaSet({ args: ['--setParameter', 'enableTestCommands=1'] });
    client = await new MongoClient(set.uri).connect();
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-server-'));
    repository = path.join(folder, 'repo');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(unhandled, []);
  });

  after(async () => {
    process.off('unhandledRejection', note);
    await client.close();
    await set.stop();
  });

  async function write(): Promise<ClusterTime> {
    await client
      .db('shop')
      .collection<{ _id: number }>('load')
      .insertMany(
        Array.from({ length: 50 }, () => ({ _id: written++ })),
        { writeConcern: { w: 'majority' } },
      );
    return committedTime(client);
  }

  /** Everything in one lineage, as the server has it. */
  async function recordedWhole(): Promise<void> {
    const { lineages, damaged } = await contentOf(repository);
    assert.equal(lineages.length, 1);
    assert.deepEqual(damaged, []);
    await assertLikeOplog(repository, '0001', client);
  }

  const is = (state: RecorderReport['state']) => (report: RecorderReport) => report.state === state;

  it('goes on when its cursor is killed, without a hole or a repetition', async () => {
    await using job = new RecordingJob(set.uri, repository);
    await job.through(await write());
    const before = job.reports.length;
    for (let kill = 0; kill < 3; kill++) {
      const cursor = await waitFor("the recorder's cursor", () => oplogCursor(client));
      await client.db('local').command({ killCursors: 'oplog.rs', cursors: [cursor] });
      await job.through(await write());
    }
    await job.stop();
    assert.ok(job.reports.slice(before).some(is('stalled')), 'it was told');
    await recordedWhole();
  });

  it('takes CappedPositionLost for no gap while the server still has the place', async () => {
    await using job = new RecordingJob(set.uri, repository);
    await job.through(await write());
    await client.db('admin').command({
      configureFailPoint: 'failCommand',
      mode: { times: 3 },
      data: { failCommands: ['getMore'], errorCode: 136, appName: 'mongo-rewind' },
    });
    const stalled = await job.reported('the stall', is('stalled'));
    assert.match(stalled.reason ?? '', /removed old entries/);
    assert.ok(stalled.stalledSinceMs);
    await job.through(await write());
    await job.stop();
    await recordedWhole();
  });

  it('goes on after the server was killed and started again', async () => {
    await using job = new RecordingJob(set.uri, repository);
    await job.through(await write());
    const before = job.reports.length;
    await set.kill();
    const stalled = await job.reported('the stall', is('stalled'), before);
    assert.ok(stalled.reason);
    await set.members[0]?.start();
    await set.primary().catch(() => undefined);
    const time = await waitFor('a write', write, { timeoutMs: 40_000 });
    await job.through(time, 60_000);
    await job.reported('recording', is('recording'), job.reports.length - 1);
    await job.stop();
    await recordedWhole();
  });

  it('says that a frozen server does not answer, and stops when asked while it is frozen', async () => {
    await using job = new RecordingJob(set.uri, repository);
    await job.through(await write());
    const before = job.reports.length;
    set.members[0]?.signal('SIGSTOP');
    try {
      await job.reported('the stall', is('stalled'), before);
      const stopped: RecorderReport[] = [];
      void job.stop().then((report) => stopped.push(report));
      const { state, position } = await waitFor('the recorder to stop', () => stopped[0]);
      assert.equal(state, 'stopped');
      assert.ok(position);
    } finally {
      set.members[0]?.signal('SIGCONT');
    }
  });

  it('gives up a connection that hangs and goes on by a new one', async () => {
    await using proxy = await StallingProxy.to(set.port);
    await using job = new RecordingJob(direct(proxy.port), repository);
    await job.through(await write());
    const before = job.reports.length;
    proxy.stall();
    await job.reported('the stall', is('stalled'), before);
    proxy.heal();
    await job.through(await write(), 40_000);
    await job.reported('recording', is('recording'), job.reports.length - 1);
    await job.stop();
    await recordedWhole();
  });

  it('waits longer for a slow link with each reply that it gives up', async () => {
    const from = await write();
    const big = Array.from({ length: 4 }, () => ({ _id: written++, text: 'x'.repeat(1 << 20) }));
    await client
      .db('shop')
      .collection<{ _id: number }>('load')
      .insertMany(big, { writeConcern: { w: 'majority' } });
    const through = await committedTime(client);
    await using proxy = await StallingProxy.to(set.port);
    const near = await new MongoClient(direct(proxy.port)).connect();
    try {
      const description = await inspectSource(near);
      const limits = { usualMs: 1_000, longestMs: 60_000 };
      const source = oplogSource(() => Promise.resolve(near), description, limits);
      proxy.slowTo(1_000);
      const given = await givenUpBefore(source, from, through);
      assert.ok(given >= 1, 'no reply took longer than the first limit');
    } finally {
      await near.close();
    }
  });

  it('does not mix in another replica set of the same name that answers at the address', async () => {
    await using other = await startReplicaSet();
    await using proxy = await StallingProxy.to(set.port);
    await using job = new RecordingJob(direct(proxy.port), repository, true);
    await job.through(await write());
    proxy.switchTo(other.port);
    await assert.rejects(job.ended, { code: 'wrongSource' });
    await recordedWhole();
    await using again = new RecordingJob(direct(proxy.port), repository);
    await assert.rejects(again.ended, { code: 'wrongSource' });
  });

  it('shows an idle server as recorded up to its no-op entries', async () => {
    await using job = new RecordingJob(set.uri, repository);
    const time = await write();
    await job.through(time);
    const reached = job.last?.position;
    await job.reported(
      'a no-op entry without a lag',
      ({ state, position, lagMs }) =>
        state === 'recording' &&
        position !== undefined &&
        position !== reached &&
        (lagMs ?? Infinity) < 1_000,
      job.reports.length,
    );
  });

  it('waits for a server that is down at first when asked to keep trying, and fails in one line otherwise', async () => {
    await using proxy = await StallingProxy.to(set.port);
    proxy.stall();
    const uri = `${direct(proxy.port)}&serverSelectionTimeoutMS=500`;
    await using impatient = new RecordingJob(uri, repository);
    await assert.rejects(impatient.ended, { code: 'unreachable' });
    await using job = new RecordingJob(uri, repository, true);
    const stalled = await job.reported('the stall', is('stalled'));
    assert.match(stalled.reason ?? '', /no server answered|did not answer|lost/);
    proxy.heal();
    await job.through(await write());
  });
});

/** Reads until an entry of this time comes; gives how often that was given up and begun again. */
async function givenUpBefore(source: OplogSource, from: ClusterTime, through: ClusterTime): Promise<number> {
  for (let given = 0; ; given++) {
    try {
      for await (const batch of source.read(from, new AbortController().signal)) {
        for (const document of splitDocuments(batch.bytes))
          if (readOplogEntry(document).ts >= through) return given;
      }
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'unreachable')) throw error;
    }
  }
}

async function oplogCursor(client: MongoClient): Promise<Long | undefined> {
  const [found] = await client
    .db('admin')
    .aggregate<{ cursor: { cursorId: Long | number } }>(
      [
        { $currentOp: { idleCursors: true } },
        { $match: { ns: 'local.oplog.rs', appName: 'mongo-rewind', 'cursor.cursorId': { $exists: true } } },
      ],
      { promoteLongs: false },
    )
    .toArray();
  return found && Long.fromValue(found.cursor.cursorId);
}
