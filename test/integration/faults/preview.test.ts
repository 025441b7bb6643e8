import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import type { JobKind, Jobs } from '../../../src/protocol/job';
import { runJob } from '../../../src/worker/jobs';
import { committedTime, contentOf } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { forgetfulServer } from '../../support/smallOplog';
import { waitFor } from '../../support/waitFor';

const never = new AbortController().signal;

describe('a preview on the server that is recorded', function () {
  this.timeout(60_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;
  let job: RecordingJob;

  before(async () => {
    const args = await forgetfulServer();
    set = await startReplicaSet({ oplogSizeMb: 4, args });
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-preview-'));
    repository = path.join(folder, 'repo');
    const text = 'x'.repeat(1_000);
    const documents = Array.from({ length: 4_000 }, (_, n) => ({ n, text }));
    await client.db('shop').collection('orders').insertMany(documents);
    job = new RecordingJob(set.uri, repository);
    await waitFor('a base', async () => (await contentOf(repository)).snapshots.length > 0);
    await client
      .db('shop')
      .collection('orders')
      .deleteMany({ n: { $lt: 100 } });
    await recorded();
  });

  after(async () => {
    await job[Symbol.asyncDispose]();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function recorded(): Promise<void> {
    await client.db('shop').collection('ticks').insertOne({});
    await job.through(await committedTime(client));
  }

  function run<K extends JobKind>(kind: K, params: Jobs[K]['params']): Promise<Jobs[K]['result']> {
    return runJob(kind, params, () => undefined, never);
  }

  it('warns when it pushes much of the oplog out, and shows nowhere afterwards but as a preview', async () => {
    const at = 'latest';
    const preview = await run('restore', { repository, uri: set.uri, at, namespaces: [], preview: true });
    const [database] = preview.databases;
    assert.ok(database);
    assert.equal(await client.db(database).collection('orders').countDocuments(), 3_900);
    assert.match(preview.warnings.join(), /keep the recorder running/);
    await client
      .db(database)
      .collection('orders')
      .deleteMany({ n: { $lt: 1_000 } });
    await recorded();
    assert.deepEqual(
      (await run('previews', { repository })).map((p) => p.database),
      [database],
    );

    await run('snapshot', { uri: set.uri, repository, namespaces: [] });
    const { snapshots, lineages } = await contentOf(repository);
    const names = snapshots.flatMap((s) => s.collections.map((c) => c.database));
    assert.deepEqual([...new Set(names)], ['shop']);

    const plan = await run('plan', { repository, at, namespaces: [] });
    assert.ok(
      plan.namespaces.every((n) => n.ns.startsWith('shop.')),
      JSON.stringify(plan.namespaces),
    );
    const density = await run('density', { repository, fromMs: 0, toMs: Date.now() + 60_000, buckets: 10 });
    assert.ok(
      density.namespaces.every((n) => n.ns.startsWith('shop.')),
      JSON.stringify(density.namespaces),
    );
    const { events } = await run('events', { repository });
    assert.ok(events.length > 0);
    assert.ok(
      events.every((e) => e.ns.startsWith('shop')),
      JSON.stringify(events),
    );
    assert.equal(lineages.length, 1);

    await run('dropPreview', { repository, uri: set.uri, database });
    await recorded();
    const again = await run('restore', { repository, uri: set.uri, at, namespaces: [], preview: true });
    assert.equal(again.databases.length, 1);
    assert.equal(await client.db(again.databases[0]).collection('orders').countDocuments(), 3_900);
    const later = await run('events', { repository });
    assert.ok(
      later.events.every((e) => e.ns.startsWith('shop')),
      'dropping a preview is no event',
    );
  });
});
