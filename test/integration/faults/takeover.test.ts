import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import type { ClusterTime } from '../../../src/core/time';
import { rewind, rewindJson } from '../../support/commandLine';
import { assertLikeOplog, committedTime, contentOf, recordedThrough } from '../../support/recordedOplog';
import { RecorderProcess } from '../../support/recorderProcess';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { waitFor } from '../../support/waitFor';

interface Status {
  readonly recorder: { readonly state: string; readonly holder?: string; readonly reason?: string };
}

describe('two recorders of one repository', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;
  let written = 0;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-takeover-'));
    repository = path.join(folder, 'repo');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  async function write(): Promise<ClusterTime> {
    const load = client.db('shop').collection<{ _id: number }>('load');
    await load.insertMany(Array.from({ length: 50 }, () => ({ _id: written++ })));
    return committedTime(client);
  }

  async function isRecorded(time: ClusterTime, timeoutMs = 20_000): Promise<void> {
    await waitFor('a record', async () => ((await recordedThrough(repository)) ?? 0n) >= time, { timeoutMs });
  }

  function status(): Promise<Status> {
    return rewindJson<Status>('status', '--repo', repository);
  }

  async function recordedWhole(): Promise<void> {
    const { lineages, damaged } = await contentOf(repository);
    assert.equal(lineages.length, 1);
    assert.deepEqual(damaged, []);
    await assertLikeOplog(repository, '0001', client);
    const { damaged: found } = await rewindJson<{ damaged: unknown[] }>('verify', '--repo', repository);
    assert.deepEqual(found, []);
  }

  it('lets one record and the other take over when the first is killed', async () => {
    await using first = new RecorderProcess(set.uri, repository);
    await using second = new RecorderProcess(set.uri, repository);
    first.start();
    await first.says(/recording/);
    second.start();
    await second.says(/waiting: another process records this repository/);
    await isRecorded(await write());
    const { recorder } = await status();
    assert.equal(recorder.state, 'recording');
    assert.match(recorder.holder ?? '', new RegExp(`pid ${first.pid} on `));
    const { out } = await rewind('snapshot', '--uri', set.uri, '--repo', repository);
    assert.match(out, /usable from/, 'a snapshot joins the recorder of another process');
    await first.end('SIGKILL');
    await isRecorded(await write());
    await second.says(/recording/);
    assert.match((await status()).recorder.holder ?? '', new RegExp(`pid ${second.pid} on `));
    await second.end('SIGINT');
    await recordedWhole();
    assert.equal((await status()).recorder.state, 'stopped');
  });

  it('takes over from one that hangs, which then does no harm when it wakes up', async () => {
    await using first = new RecorderProcess(set.uri, repository);
    await using second = new RecorderProcess(set.uri, repository);
    first.start();
    await first.says(/recording/);
    await isRecorded(await write());
    second.start();
    await second.says(/waiting/);
    first.signal('SIGSTOP');
    await second.says(/waiting: the process that records does not answer/);
    const time = await write();
    await waitFor('the status', async () => (await status()).recorder.state === 'stalled', {
      timeoutMs: 15_000,
    });
    await isRecorded(time, 40_000);
    assert.match((await status()).recorder.holder ?? '', new RegExp(`pid ${second.pid} on `));
    first.signal('SIGCONT');
    await first.says(/waiting/);
    for (let round = 0; round < 5; round++) await isRecorded(await write());
    await second.end('SIGINT');
    await isRecorded(await write());
    await first.end('SIGINT');
    assert.equal(first.status, 0);
    await recordedWhole();
  });
});
