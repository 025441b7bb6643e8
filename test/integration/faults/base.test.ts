import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { useFiles } from '../../../src/storage/files';
import { committedTime, contentOf } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { waitFor } from '../../support/waitFor';

describe('a base snapshot that fails', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    await client.db('shop').collection('orders').insertOne({ n: 1 });
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-base-'));
  });

  after(async () => {
    useFiles(undefined);
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is told and tried again, each time after a longer while, and recording goes on meanwhile', async () => {
    const repository = path.join(folder, 'repo');
    const failedAt: number[] = [];
    let fails = true;
    useFiles((real) => ({
      ...real,
      open: (file, flags) => {
        if (!fails || !file.endsWith('.bson.zst') || !file.includes(`${path.sep}snapshots${path.sep}`))
          return real.open(file, flags);
        failedAt.push(performance.now());
        return Promise.reject(Object.assign(new Error('input/output error'), { code: 'EIO' }));
      },
    }));
    await using job = new RecordingJob(set.uri, repository);
    await waitFor('three failures', () => failedAt.length >= 3, { timeoutMs: 60_000 });
    await client
      .db('shop')
      .collection('orders')
      .insertOne({ n: 2 }, { writeConcern: { w: 'majority' } });
    await job.through(await committedTime(client));
    assert.match(job.last?.reason ?? '', /base snapshot failed and is tried again/);
    assert.deepEqual((await contentOf(repository)).snapshots, []);
    // A timer never fires early, so these hold on the slowest machine.
    const [first = 0, second = 0, third = 0] = failedAt;
    assert.ok(second - first >= 1_990, `${second - first} ms after the first failure`);
    assert.ok(third - second >= 3_990, `${third - second} ms after the second failure`);
    fails = false;
    await waitFor('the base', async () => (await contentOf(repository)).snapshots.length === 1, {
      timeoutMs: 60_000,
    });
    await job.reported('no reason any more', ({ reason }) => reason === undefined, job.reports.length);
    await job.stop();
    const { lineages, damaged } = await contentOf(repository);
    assert.deepEqual([lineages.length, damaged], [1, []]);
  });
});
