import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient, Timestamp } from 'mongodb';
import { formatClusterTime } from '../../../src/core/time';
import { rewind, rewindJson } from '../../support/commandLine';
import { assertLikeOplog, committedTime, contentOf, recordedThrough } from '../../support/recordedOplog';
import { RecorderProcess } from '../../support/recorderProcess';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { forgetfulServer } from '../../support/smallOplog';
import { waitFor } from '../../support/waitFor';

interface Status {
  readonly gaps: readonly { readonly after: string; readonly before: string; readonly reason: string }[];
  readonly ranges: readonly { readonly from: string; readonly to: string }[];
}

describe('a recorder that was away while the oplog rolled over', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;

  before(async () => {
    const args = await forgetfulServer();
    set = await startReplicaSet({ oplogSizeMb: 16, args });
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-rollover-'));
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows the gap with its reason, takes a new base at once, and refuses targets in the gap', async () => {
    const repository = path.join(folder, 'repo');
    const shop = client.db('shop');
    await shop.collection('orders').insertOne({ state: 'before' });
    await using recorder = new RecorderProcess(set.uri, repository);
    recorder.start();
    const time = await committedTime(client);
    await waitFor('a base', async () => (await contentOf(repository)).snapshots.length > 0);
    await waitFor('a record', async () => ((await recordedThrough(repository)) ?? 0n) >= time);
    await recorder.end('SIGINT');
    const saved = await recordedThrough(repository);
    assert.ok(saved !== undefined);

    const { insertedId } = await shop
      .collection('orders')
      .insertOne({ state: 'never seen' }, { writeConcern: { w: 'majority' } });
    const during = await committedTime(client);
    const text = 'x'.repeat(500_000);
    await waitFor(
      'the oplog to roll over',
      async () => {
        await shop.collection('filler').insertMany(Array.from({ length: 20 }, () => ({ text })));
        await shop.collection('filler').deleteMany({});
        const oplog = client.db('local').collection('oplog.rs');
        return (await oplog.findOne({ ts: new Timestamp(saved) })) === null;
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    await shop.collection('orders').updateOne({ _id: insertedId }, { $set: { state: 'after' } });

    recorder.start();
    const status = await waitFor('a new range', async () => {
      const found = await rewindJson<Status>('status', '--repo', repository);
      return found.ranges.length === 2 ? found : undefined;
    });
    const [gap] = status.gaps;
    assert.ok(gap);
    assert.match(gap.reason, /no longer had the oplog/);
    assert.equal(gap.after, formatClusterTime(saved));
    assert.equal(gap.before, status.ranges[1]?.from);
    const refused = await rewind('plan', '--repo', repository, '--at', formatClusterTime(during));
    assert.equal(refused.status, 1);
    assert.match(refused.err, /gap/);
    assert.ok(refused.err.includes(gap.after) && refused.err.includes(gap.before), refused.err);
    const shown = await rewind('show', '--repo', repository, '--at', gap.before, '--ns', 'shop.orders');
    assert.match(shown.out, /"after"/);
    await recorder.end('SIGINT');
    await assertLikeOplog(repository, '0002', client);
  });
});
