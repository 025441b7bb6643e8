import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BSON, MongoClient } from 'mongodb';
import type { ClusterTime } from '../../../src/core/time';
import { ReadMember } from '../../../src/mongo/readMember';
import { assertLikeOplog, committedTime, contentOf, entriesOf } from '../../support/recordedOplog';
import { RecordingJob } from '../../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { waitFor } from '../../support/waitFor';

describe('a recorder of a replica set of three', function () {
  this.timeout(150_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;
  let job: RecordingJob;
  let written = 0;

  before(async () => {
    set = await startReplicaSet({ members: 3, args: ['--setParameter', 'enableTestCommands=1'] });
    client = await new MongoClient(set.uri, { serverSelectionTimeoutMS: 20_000 }).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-three-'));
    repository = path.join(folder, 'repo');
    await write();
    job = new RecordingJob(set.uri, repository);
  });

  after(async () => {
    await job[Symbol.asyncDispose]();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(): Promise<ClusterTime> {
    const load = client.db('shop').collection<{ _id: number }>('load');
    const documents = Array.from({ length: 20 }, () => ({ _id: written++ }));
    await load.insertMany(documents, { writeConcern: { w: 'majority', wtimeoutMS: 20_000 } });
    return committedTime(client);
  }

  async function recordsOn(): Promise<void> {
    const time = await waitFor('a write', write, { timeoutMs: 40_000 });
    await job.through(time, 40_000);
  }

  /**
   * Members that a tailing cursor of the recorder is open on. Between two requests it is idle and names no application;
   * unlike other members' cursors it reads with a majority.
   */
  async function readFrom(): Promise<number[]> {
    const found: number[] = [];
    for (const [index, member] of set.members.entries()) {
      if (member.pid === undefined) continue;
      const cursors = await onMember(index, (admin) =>
        admin
          .aggregate([
            { $currentOp: { idleCursors: true } },
            {
              $match: {
                ns: 'local.oplog.rs',
                'cursor.tailable': true,
                'cursor.originatingCommand.readConcern.level': 'majority',
              },
            },
          ])
          .toArray(),
      );
      if (cursors.length > 0) found.push(index);
    }
    return found;
  }

  async function onMember<T>(
    index: number,
    work: (admin: ReturnType<MongoClient['db']>) => Promise<T>,
  ): Promise<T> {
    const one = new MongoClient(set.memberUri(index), { serverSelectionTimeoutMS: 5_000 });
    try {
      return await work(one.db('admin'));
    } finally {
      await one.close();
    }
  }

  /** Whether one member is the primary, and the others follow it. */
  async function allThere(): Promise<boolean> {
    const { members } = (await onMember(await set.primary(), (admin) =>
      admin.command({ replSetGetStatus: 1 }),
    )) as { members: { stateStr: string; syncSourceHost: string }[] };
    const following = members.filter((m) => m.stateStr === 'SECONDARY' && m.syncSourceHost !== '');
    return following.length === 2;
  }

  async function replicate(index: number, on: boolean): Promise<void> {
    await onMember(index, (admin) =>
      admin.command({ configureFailPoint: 'stopReplProducer', mode: on ? 'off' : 'alwaysOn' }),
    );
  }

  it('reads from a secondary', async () => {
    await recordsOn();
    const primary = await set.primary();
    const member = await waitFor('a cursor', async () => (await readFrom())[0]);
    assert.notEqual(member, primary);
  });

  it('leaves a secondary that falls behind', async () => {
    const member = await waitFor('a cursor', async () => (await readFrom())[0]);
    await replicate(member, false);
    try {
      await waitFor(
        'another member',
        async () => {
          await write();
          const now = await readFrom();
          return now.some((index) => index !== member); // an idle cursor may be left on the old one
        },
        { timeoutMs: 60_000, everyMs: 500 },
      );
      await recordsOn();
    } finally {
      await replicate(member, true);
    }
  });

  it('has one client of a member, whoever asks for one at once, and closes it', async () => {
    const { signal } = new AbortController();
    const member = new ReadMember(client, set.uri);
    const impatient = new AbortController();
    const given = member.choose(impatient.signal);
    impatient.abort();
    await assert.rejects(given, { name: 'AbortError' });
    const [first, second] = await Promise.all([member.choose(signal), member.choose(signal)]);
    assert.equal(first, second);
    assert.notEqual(first, client);
    const closed = once(first, 'topologyClosed');
    await member[Symbol.asyncDispose]();
    await closed;
    await assert.rejects(member.choose(signal), { name: 'AbortError' });
  });

  it('goes on when the member that it reads from dies', async () => {
    const member = await waitFor('a cursor', async () => (await readFrom())[0]);
    await set.kill(member);
    await recordsOn();
    await set.members[member]?.start();
  });

  it('goes on after the primary stepped down', async () => {
    const primary = await set.primary();
    await onMember(primary, (admin) =>
      admin.command({ replSetStepDown: 5, force: true }).catch(() => undefined),
    );
    await recordsOn();
  });

  it('goes on after the primary was killed', async () => {
    const primary = await set.primary();
    await set.kill(primary);
    await recordsOn();
    await set.members[primary]?.start();
  });

  it('records nothing of what is rolled back', async () => {
    await waitFor('all members', allThere, { timeoutMs: 60_000, everyMs: 250 });
    const primary = await waitFor('a primary', () => set.primary());
    const secondaries = [0, 1, 2].filter((index) => index !== primary);
    await waitFor('a write', () => write(), { timeoutMs: 40_000 });
    for (const index of secondaries) await replicate(index, false);
    const lost = client.db('shop').collection<{ _id: number }>('lost');
    // A batch that was on its way still arrives; after it nothing does.
    await waitFor('the standstill', async () => {
      const { insertedId } = await lost.insertOne({ _id: written++ }, { writeConcern: { w: 1 } });
      return lost
        .updateOne(
          { _id: insertedId },
          { $set: { seen: 1 } },
          { writeConcern: { w: 'majority', wtimeoutMS: 700 } },
        )
        .then(
          () => false,
          () => true,
        );
    });
    await lost.insertMany(
      Array.from({ length: 200 }, () => ({ _id: written++, undone: true })),
      { writeConcern: { w: 1 } },
    );
    await set.kill(primary);
    for (const index of secondaries) await replicate(index, true);
    await recordsOn();
    await set.members[primary]?.start();
    await waitFor(
      'the rollback',
      () =>
        onMember(primary, async (admin) => {
          const { secondary } = await admin.command({ hello: 1 });
          return secondary === true;
        }),
      { timeoutMs: 60_000 },
    );
    await recordsOn();
    const { lineages, damaged } = await contentOf(repository);
    assert.equal(lineages.length, 1);
    assert.deepEqual(damaged, []);
    const undone = (await entriesOf(repository, '0001')).filter((entry) => {
      const { o } = BSON.deserialize(entry) as { o?: { undone?: boolean } };
      return o?.undone === true;
    });
    assert.equal(undone.length, 0);
    assert.equal(await lost.countDocuments({ undone: true }), 0, 'the writes were rolled back');
    assert.ok((await assertLikeOplog(repository, '0001', client)) > 100);
  });
});
