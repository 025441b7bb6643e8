import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Collection, MongoClient, type Timestamp } from 'mongodb';
import { runJob } from '../../../src/worker/jobs';
import { reaches } from '../../support/clusterTimes';
import { rewind } from '../../support/commandLine';
import {
  assertLikeOplog,
  committedTime,
  contentOf,
  entriesOf,
  recordedThrough,
} from '../../support/recordedOplog';
import { RecorderProcess } from '../../support/recorderProcess';
import { Random } from '../../support/random';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { StallingProxy } from '../../support/stallingProxy';
import { waitFor } from '../../support/waitFor';

const seconds = Number(process.env['MONGO_REWIND_SOAK_SECONDS'] ?? '35');
const seed = Number(process.env['MONGO_REWIND_SEED'] ?? String(Date.now() % 1_000_000));
const never = new AbortController().signal;

interface Load {
  _id: number;
  n: number;
  text: string;
}

/** What the collection held at one time, as the server itself said then. */
interface Truth {
  readonly at: string;
  readonly documents: number;
  readonly hash: string;
}

const faults = [
  'recorder killed',
  'recorder stopped and started',
  'recorder frozen',
  'server killed',
  'network stalled',
  'snapshot taken',
  'pruned',
] as const;

describe('recording for a while under random faults (soak)', function () {
  this.timeout((seconds + 420) * 1_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri, { serverSelectionTimeoutMS: 2_000 }).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-soak-'));
    repository = path.join(folder, 'repo');
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('loses nothing that was acknowledged and invents nothing', async () => {
    const random = new Random(seed);
    await using proxy = await StallingProxy.to(set.port);
    await using recorder = new RecorderProcess(
      `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`,
      repository,
    );
    recorder.start();
    await waitFor('a base', async () => (await contentOf(repository)).snapshots.length > 0, {
      timeoutMs: 30_000,
    });
    const stop = new AbortController();
    const truths: Truth[] = [];
    const writing = write(client, random, truths, stop.signal);
    writing.catch(() => undefined);
    const injected = new Map<string, number>();
    const injecting = { set, proxy, recorder, repository };
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      const fault = random.pick(faults);
      await inject(fault, injecting, random);
      injected.set(fault, (injected.get(fault) ?? 0) + 1);
      await pause(100 + random.int(900)); // the moment of the next fault is random
    }
    stop.abort();
    await writing;
    const last = await committedTime(client);
    const caughtUp = async (): Promise<boolean> => ((await recordedThrough(repository)) ?? 0n) >= last;
    // A reply of a link that was slow before is waited for up to two minutes.
    await waitFor('all of it', caughtUp, { timeoutMs: 180_000 });
    await recorder.end('SIGINT');
    assert.equal(recorder.status, 0);

    const { lineages, damaged } = await contentOf(repository);
    assert.deepEqual(damaged, []);
    assert.deepEqual(
      lineages.map((l) => l.start.gap),
      [undefined],
      'one history without a gap',
    );
    const entries = await assertLikeOplog(repository, '0001', client);
    const bytes = (await entriesOf(repository, '0001')).reduce((sum, e) => sum + e.length, 0);
    const { damaged: found } = await runJob('verify', { repository }, () => undefined, never);
    assert.deepEqual(found, []);
    const restored = await restoreAll(client, repository, set.uri, truths);
    assert.ok(truths.length >= 2, 'there were times to compare');

    const counted = [...injected].map(([fault, times]) => `${fault} ${times}`).join(', ');
    process.stdout.write(
      `      seed ${seed}: ${counted}; ${entries} entries (${bytes} bytes) and ${restored} moments compared, ${truths.length - restored} pruned; lost: 0\n`,
    );
  });
});

interface Injecting {
  readonly set: ReplicaSet;
  readonly proxy: StallingProxy;
  readonly recorder: RecorderProcess;
  readonly repository: string;
}

async function inject(
  fault: (typeof faults)[number],
  { set, proxy, recorder, repository }: Injecting,
  random: Random,
): Promise<void> {
  switch (fault) {
    case 'recorder killed':
    case 'recorder stopped and started':
      await recorder.end(fault === 'recorder killed' ? 'SIGKILL' : 'SIGTERM');
      await pause(random.int(500));
      recorder.start();
      break;
    case 'recorder frozen':
      recorder.signal('SIGSTOP');
      await pause(500 + random.int(2_000));
      recorder.signal('SIGCONT');
      break;
    case 'server killed':
      await set.kill();
      await pause(random.int(500));
      await set.members[0]?.start();
      await waitFor('the primary', async () => (await set.primary()) === 0, { timeoutMs: 30_000 });
      break;
    case 'network stalled':
      proxy.stall();
      await pause(500 + random.int(3_000));
      proxy.heal();
      break;
    case 'snapshot taken': {
      const { status, err } = await rewind('snapshot', '--uri', set.uri, '--repo', repository);
      assert.ok(status === 0 || /no progress|lost|answer|interrupted/.test(err), err);
      break;
    }
    case 'pruned': {
      const { status, err } = await rewind('prune', '--repo', repository, '--keep', '1m');
      assert.equal(status, 0, err);
      break;
    }
  }
  // It fails at once where the server is away just when it starts, as it should.
  if (!recorder.running) recorder.start();
}

/** Changes documents in every way and now and then notes what there is. Trouble with the server is waited out. */
async function write(
  client: MongoClient,
  random: Random,
  truths: Truth[],
  signal: AbortSignal,
): Promise<void> {
  const load = client.db('shop').collection<Load>('load', { writeConcern: { w: 'majority' } });
  let next = 0;
  for (let round = 1; !signal.aborted || truths.length < 2; round++) {
    try {
      const documents = Array.from({ length: 10 }, () => ({
        _id: next++,
        n: 0,
        text: 'x'.repeat(random.int(300)),
      }));
      await load.insertMany(documents, { ordered: false });
      const some = random.int(next);
      await load.updateMany({ _id: { $gte: some, $lt: some + 20 } }, { $inc: { n: 1 } });
      await load.deleteMany({ _id: { $gte: some + 5, $lt: some + 10 } });
      if (round % 10 === 0) {
        await client.withSession((session) =>
          session.withTransaction(async () => {
            await load.updateOne({ _id: next - 1 }, { $set: { text: 'in a transaction' } }, { session });
            await load.deleteOne({ _id: next - 2 }, { session });
          }),
        );
      }
      if (round % 40 === 0) truths.push(await truthOf(client, load));
      await pause(5);
    } catch {
      await pause(100); // the server was killed: the next round finds it again
    }
  }
}

async function truthOf(client: MongoClient, load: Collection<Load>): Promise<Truth> {
  const { operationTime } = (await client.db('shop').command({
    insert: 'marks',
    documents: [{}],
    writeConcern: { w: 'majority' },
  })) as unknown as { operationTime: Timestamp };
  return { at: `${operationTime.t}:${operationTime.i}`, ...(await stateOf(load)) };
}

async function stateOf(load: Collection<Load>): Promise<{ documents: number; hash: string }> {
  const hash = createHash('sha256');
  let documents = 0;
  const all = load.find({}, { raw: true, readConcern: { level: 'majority' } }).sort({ _id: 1 });
  for await (const document of all) {
    hash.update(document as unknown as Uint8Array);
    documents += 1;
  }
  return { documents, hash: hash.digest('hex') };
}

/** Restores every noted moment that was not pruned and compares it; gives how many there were. */
async function restoreAll(
  client: MongoClient,
  repository: string,
  uri: string,
  truths: readonly Truth[],
): Promise<number> {
  const { ranges } = await runJob('status', { repository }, () => undefined, never);
  const first = ranges[0]?.from;
  assert.ok(first, 'something can be restored');
  const kept = truths.filter(({ at }) => reaches(at, first));
  for (const { at, documents, hash } of kept) {
    const map = [{ from: 'shop', to: 'soaked' }];
    const params = { repository, uri, at, namespaces: ['shop.load'], map, preview: false };
    await runJob('restore', params, () => undefined, never);
    const found = await stateOf(client.db('soaked').collection<Load>('load'));
    assert.deepEqual(found, { documents, hash }, `what was there at ${at}`);
    await client.db('soaked').dropDatabase();
  }
  return kept.length;
}
