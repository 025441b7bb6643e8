import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { assertLikeOplog, committedTime, contentOf } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { smallDisk } from '../../support/smallDisk';

describe('a disk that is full', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  it('stalls the recorder, which keeps what is durable and goes on when there is room', async () => {
    await using disk = await smallDisk(4 << 20);
    const repository = path.join(disk.folder, 'repo');
    const write = async () => {
      const documents = Array.from({ length: 4 }, () => ({ noise: randomBytes(1 << 19) }));
      await client
        .db('shop')
        .collection('noise')
        .insertMany(documents, { writeConcern: { w: 'majority' } });
      return await committedTime(client);
    };
    await using job = new RecordingJob(set.uri, repository);
    await job.reported('recording', ({ state }) => state === 'recording');
    let time = await write();
    for (let n = 0; n < 3; n++) time = await write();
    const stalled = await job.reported('the stall', ({ state }) => state === 'stalled');
    assert.match(stalled.reason ?? '', /full/);
    await disk.grow();
    await job.through(time, 60_000);
    await job.stop();
    const { lineages, damaged } = await contentOf(repository);
    assert.deepEqual([lineages.length, damaged], [1, []]);
    await assertLikeOplog(repository, '0001', client);
  });
});
