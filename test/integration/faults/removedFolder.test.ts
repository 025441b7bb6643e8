import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { runJob } from '../../../src/worker/jobs';
import { committedTime } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';

describe('a repository that goes while it is recorded', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
  });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-removed-'));
    repository = path.join(folder, 'repo');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  async function write(): Promise<Awaited<ReturnType<typeof committedTime>>> {
    await client.db('shop').collection('orders').insertOne({ total: 1 });
    return committedTime(client);
  }

  it('ends the recording with an error, and is not made anew', async () => {
    await using job = new RecordingJob(set.uri, repository, true);
    await job.through(await write());
    await rm(repository, { recursive: true, force: true, maxRetries: 5 });
    await write();
    await assert.rejects(job.ended, { code: 'noRepository' });
    assert.equal(existsSync(repository), false);
  });

  it('ends the recording also when it is moved away', async () => {
    await using job = new RecordingJob(set.uri, repository, true);
    await job.through(await write());
    await rename(repository, path.join(folder, 'elsewhere'));
    await assert.rejects(job.ended, { code: 'noRepository' });
    assert.deepEqual(await readdir(folder), ['elsewhere']);
  });

  it('is not made anew by a recording that is resumed, for which it went while nobody looked', async () => {
    const params = { uri: set.uri, repository, keepTrying: true, resumed: true };
    const resumed = runJob('record', params, () => undefined, new AbortController().signal);
    await assert.rejects(resumed, { code: 'noRepository' });
    assert.equal(existsSync(repository), false);
  });

  it('ends also who waits to take over', async () => {
    await using job = new RecordingJob(set.uri, repository, true);
    await job.through(await write());
    await using second = new RecordingJob(set.uri, repository, true);
    await second.reported('that it waits', ({ state }) => state === 'waiting');
    await rm(repository, { recursive: true, force: true, maxRetries: 5 });
    await Promise.all([job, second].map(({ ended }) => assert.rejects(ended, { code: 'noRepository' })));
    assert.equal(existsSync(repository), false);
  });
});
