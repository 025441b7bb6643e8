import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import type { NamespaceFilter } from '../../../src/core/namespace';
import { type ClusterTime, formatClusterTime } from '../../../src/core/time';
import { Random } from '../../support/random';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { type Rewinder, startRewinder } from '../../support/rewinder';
import { firstDifference, quietTime, readTruth, type Truth } from '../../support/truth';
import { waitFor } from '../../support/waitFor';
import { Workload } from '../../support/workload';

const lanes = 4;
const moments = 5;
const operationsBetween = 120;
const firstSeed = Number(process.env['MONGO_REWIND_FIRST_SEED'] ?? Date.now() % 100_000);
const seeds = Number(process.env['MONGO_REWIND_SEEDS'] ?? 2);

interface Moment {
  readonly at: ClusterTime;
  readonly truth: Truth;
}

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
      seen.push({ at: await quietTime(client), truth: await readTruth(client) });
      workload.resume();
    }
  } finally {
    await workload.stop();
  }
  return seen;
}

async function dropAll(client: MongoClient): Promise<void> {
  const { databases } = (await client.db('admin').command({ listDatabases: 1, nameOnly: true })) as {
    databases: { name: string }[];
  };
  for (const { name } of databases) {
    if (!['admin', 'config', 'local'].includes(name)) await client.db(name).dropDatabase();
  }
}

const databaseOf = (ns: string): string => ns.slice(0, ns.indexOf('.'));
const restoredName = (database: string): string => `${database}__r`;

/** Restores under other database names, compares, and drops what it restored. */
async function proveRestore(
  client: MongoClient,
  rewinder: Rewinder,
  { at, truth }: Moment,
  scope: readonly NamespaceFilter[],
  foldAll = false,
): Promise<void> {
  const inScope = (ns: string): boolean => {
    const database = databaseOf(ns);
    const name = ns.slice(database.length + 1).replace(/^system\.buckets\./, '');
    return (
      scope.length === 0 || scope.some((f) => f.database === database && (f.collection ?? name) === name)
    );
  };
  const databases = [...new Set([...truth.keys()].filter(inScope).map(databaseOf))];
  if (databases.length === 0) return;
  const renames = databases.map((from) => ({ from, to: restoredName(from) }));
  const { warnings } = await rewinder.restore({ at, scope, renames, foldAll });
  const restored = await readTruth(client, (database) => renames.some(({ to }) => to === database));
  const difference = firstDifference(
    truth,
    restored,
    (ns) => (inScope(ns) ? `${restoredName(databaseOf(ns))}${ns.slice(databaseOf(ns).length)}` : undefined),
    { untoldTrims: warnings.some((warning) => warning.includes('does not log what')) },
  );
  if (difference !== undefined && process.env['MONGO_REWIND_LOG'])
    await writeLog(client, process.env['MONGO_REWIND_LOG']);
  const asked = scope.map((f) => `${f.database}.${f.collection ?? '*'}`).join() || 'everything';
  assert.ok(difference === undefined, `${asked} at ${formatClusterTime(at)}: ${difference ?? ''}`);
  for (const { to } of renames) await client.db(to).dropDatabase();
}

/** For a look at a seed that failed. */
async function writeLog(client: MongoClient, file: string): Promise<void> {
  const entries = client
    .db('local')
    .collection('oplog.rs')
    .find({ op: { $ne: 'n' } }, { promoteValues: false });
  await writeFile(file, (await entries.toArray()).map((entry) => EJSON.stringify(entry)).join('\n'));
}

describe('restore of a random history', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let client: MongoClient;

  before(async () => {
    // Nothing expires by itself, neither at the source nor in what is restored.
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
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
      const random = new Random(seed);
      for (const moment of seen) {
        await proveRestore(client, rewinder, moment, []);
        const namespaces = [...moment.truth.keys()];
        // By either applier: that of the server, and that of this process.
        const one = databaseOf(random.pick(namespaces));
        await proveRestore(client, rewinder, moment, [{ database: one }], true);
        const ns = random.pick(namespaces.filter((name) => !name.includes('.system.')));
        const database = databaseOf(ns);
        const collection = ns.slice(database.length + 1);
        await proveRestore(client, rewinder, moment, [{ database, collection }]);
      }
    });
  }
});
