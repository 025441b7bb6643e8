import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { rewindJson } from '../../support/commandLine';
import { assertLikeOplog, committedTime, contentOf, recordedThrough } from '../../support/recordedOplog';
import { RecorderProcess } from '../../support/recorderProcess';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { waitFor } from '../../support/waitFor';

describe('a recorder that is killed', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-kill-'));
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has every entry of the server, byte for byte, whenever it died', async () => {
    const repository = path.join(folder, 'repo');
    await using recorder = new RecorderProcess(set.uri, repository);
    const stop = new AbortController();
    const writing = write(client, stop.signal);
    let acknowledged = 0n;
    try {
      for (let kill = 0; kill < 8; kill++) {
        recorder.start();
        const moved = async (): Promise<boolean> =>
          ((await recordedThrough(repository)) ?? 0n) > acknowledged;
        await waitFor('progress', moved, { everyMs: 20 });
        // The moment is random on purpose: whatever it is doing then must do no harm.
        await pause(Math.random() * 700);
        acknowledged = (await recordedThrough(repository)) ?? 0n;
        await recorder.end('SIGKILL');
      }
      recorder.start();
      stop.abort();
      await writing;
      const end = await committedTime(client);
      await waitFor('all of it', async () => ((await recordedThrough(repository)) ?? 0n) >= end, {
        timeoutMs: 60_000,
      });
      await waitFor('a base', async () => (await contentOf(repository)).snapshots.length > 0);
      await recorder.end('SIGINT');
      assert.equal(recorder.status, 0);
    } finally {
      stop.abort();
      await writing.catch(() => undefined);
    }
    const content = await contentOf(repository);
    assert.equal(content.lineages.length, 1);
    assert.deepEqual(content.damaged, []);
    const compared = await assertLikeOplog(repository, '0001', client);
    assert.ok(compared > 1_000, `only ${compared} entries`);
    const { damaged } = await rewindJson<{ damaged: unknown[] }>('verify', '--repo', repository);
    assert.deepEqual(damaged, []);
  });
});

async function write(client: MongoClient, signal: AbortSignal): Promise<void> {
  const load = client.db('shop').collection<{ _id: number; n: number }>('load');
  for (let n = 0; !signal.aborted; n += 20) {
    await load.insertMany(
      Array.from({ length: 20 }, (_, i) => ({ _id: n + i, n: 0, text: 'x'.repeat(i * 10) })),
    );
    await load.updateMany({ _id: { $gte: n - 10 } }, { $inc: { n: 1 } });
    await load.deleteOne({ _id: n - 5 });
    await pause(2);
  }
}
