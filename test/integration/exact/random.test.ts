import { appendFile, writeFile } from 'node:fs/promises';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import { BackupError } from '../../../src/engine/errors';
import { databaseOf, dropAll, lookAt, type Moment, proveRestore } from '../../support/proveRestore';
import { Random } from '../../support/random';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { type Rewinder, startRewinder } from '../../support/rewinder';
import { waitFor } from '../../support/waitFor';
import { Workload } from '../../support/workload';

const lanes = 4;
const moments = 5;
const operationsBetween = 120;
const firstSeed = Number(process.env['MONGO_REWIND_FIRST_SEED'] ?? 1);
const seeds = Number(process.env['MONGO_REWIND_SEEDS'] ?? 2);

/** Writes of all kinds go on while the snapshot is taken; later they are held at some moments to see what is there. */
async function recordWorkload(
  client: MongoClient,
  rewinder: Rewinder,
  seed: number,
  pinned: boolean,
): Promise<Moment[]> {
  const { version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
  const workload = new Workload(client, version, seed, lanes);
  workload.start();
  const reach = (done: number): Promise<unknown> =>
    waitFor(`${done} operations`, () => workload.done >= done, { timeoutMs: 120_000, everyMs: 5 });
  const seen: Moment[] = [];
  try {
    await reach(150);
    await rewinder.snapshot({ pinned });
    for (let moment = 1; moment <= moments; moment++) {
      await reach(workload.done + operationsBetween);
      await workload.hold();
      await dropHiddenBuckets(client);
      seen.push(await lookAt(client));
      workload.resume();
    }
  } finally {
    await workload.stop();
  }
  return seen;
}

/**
 * Two lanes that create a time-series collection and insert into its name at once can leave an ordinary collection and
 * buckets without a view. What a server then lists of the two is neither, and a restore leaves the buckets out.
 */
async function dropHiddenBuckets(client: MongoClient): Promise<void> {
  const { truth } = await lookAt(client);
  for (const ns of truth.keys()) {
    const isHiding = truth.get(ns.replace('.system.buckets.', '.'))?.type === 'collection';
    if (ns.includes('.system.buckets.') && isHiding) await client.db(databaseOf(ns)).dropDatabase();
  }
}

/** Everything, one database by the other applier, and one collection, at each moment. */
async function proveScopes(
  client: MongoClient,
  rewinder: Rewinder,
  seen: readonly Moment[],
  random: Random,
): Promise<void> {
  for (const moment of seen) {
    await proveRestore(client, rewinder, moment);
    const namespaces = [...moment.truth.keys()];
    const whole = databaseOf(random.pick(namespaces));
    await proveRestore(client, rewinder, moment, { scope: [{ database: whole }], foldAll: true });
    const ns = random.pick(namespaces.filter((name) => !name.includes('.system.')));
    const database = databaseOf(ns);
    await proveRestore(client, rewinder, moment, {
      scope: [{ database, collection: ns.slice(database.length + 1) }],
    });
  }
}

/** Bases made of the log, each of the one before: what a restore gives from it at its time, and at the next. */
async function proveBases(client: MongoClient, rewinder: Rewinder, seen: readonly Moment[]): Promise<void> {
  for (const [index, moment] of seen.entries()) {
    try {
      await rewinder.base(moment.at);
    } catch (error) {
      // Then a recorder reads the source again.
      if (error instanceof BackupError && error.code === 'unsupportedVersion') return;
      throw error;
    }
    for (const at of seen.slice(index, index + 2)) await proveRestore(client, rewinder, at);
  }
}

/** For a look at a seed that failed. */
async function writeLog(client: MongoClient, file: string): Promise<void> {
  const entries = client
    .db('local')
    .collection('oplog.rs')
    .find({ op: { $ne: 'n' } }, { promoteValues: false });
  await writeFile(file, '');
  for await (const entry of entries) await appendFile(file, `${EJSON.stringify(entry).slice(0, 20_000)}\n`);
}

describe('restore of a random history', function () {
  this.timeout(300_000);
  let set: ReplicaSet;
  let client: MongoClient;

  before(async () => {
    // Nothing expires by itself, neither at the source nor in what is restored.
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
    // 4.4 tries for ever to fit a transaction of 18 MB into the small cache that tests usually have.
    await client.db('admin').command({ setParameter: 1, wiredTigerEngineRuntimeConfig: 'cache_size=1G' });
  });

  afterEach(function () {
    const fatal = set.members[0]!.log.filter((line) => line.includes('"s":"F"'));
    if (this.currentTest?.isFailed() && fatal.length > 0)
      throw new Error(`the server broke:\n${fatal.join('\n')}`);
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const pinned = seed % 2 === 0;
    const how = pinned ? 'read at one time' : 'read while it changed';
    it(`gives what the source held in every scope, ${how} (MONGO_REWIND_FIRST_SEED=${seed})`, async () => {
      await dropAll(client);
      await using rewinder = await startRewinder(client);
      const seen = await recordWorkload(client, rewinder, seed, pinned);
      await rewinder.recorded(seen.at(-1)!.at);
      await rewinder.stopRecording();
      try {
        await proveScopes(client, rewinder, seen, new Random(seed));
        await proveBases(client, rewinder, seen);
      } catch (error) {
        const file = process.env['MONGO_REWIND_LOG'];
        if (file !== undefined) await writeLog(client, file);
        throw error;
      }
    });
  }
});
