import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { serialize } from 'bson';
import fc from 'fast-check';
import { type Collection, MongoClient } from 'mongodb';
import { applyUpdate } from '../../../src/core/applyUpdate';
import { canonicalExtendedJson } from '../../../src/core/extendedJson';
import { type OplogEntry, readOplogEntry } from '../../../src/core/oplogEntry';
import { equalBytes } from '../../../src/core/rawDocument';
import { type ClusterTime, clusterTime, justBefore } from '../../../src/core/time';
import { OperationApplier } from '../../../src/engine/operationApplier';
import type { TargetData } from '../../../src/engine/ports';
import { type PlannedCollection, planRestore } from '../../../src/engine/restorePlan';
import { restore } from '../../../src/engine/restore';
import { targetCatalogue, targetData } from '../../../src/mongo/restoreTarget';
import { fileRepository } from '../../../src/storage/fileRepository';
import { openOrCreateRepository } from '../../../src/storage/repository';
import { fileSegmentStore } from '../../../src/storage/segmentStore';
import { fileSnapshotStore } from '../../../src/storage/snapshotStore';
import { dropAll } from '../../support/proveRestore';
import { Random } from '../../support/random';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { firstDifference, readTruth, type Truth } from '../../support/truth';
import { randomDocument, randomReplacement, randomUpdate } from '../../support/workloadDocuments';
import { CORPUS_VERSIONS, readCorpus, type Scenario } from '../../unit/corpus/corpus';

const never = new AbortController().signal;

/** The same operation by the server that logged it, by applyOps, and by our own applier. */
describe('the two appliers', function () {
  this.timeout(180_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let version: string;

  before(async () => {
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
    ({ version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string });
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  it('give what the server made of random updates', async () => {
    const db = client.db('appliers');
    const source = db.collection<{ _id: number }>('source');
    const copy = db.collection<{ _id: number }>('copy');
    const rawOf = async (collection: Collection<{ _id: number }>, _id: number): Promise<Uint8Array> =>
      (await collection.findOne({ _id }, { raw: true })) as unknown as Uint8Array;
    await db.createCollection('copy');
    let next = 0;
    const sameForAll = async (seed: number): Promise<void> => {
      const random = new Random(seed);
      const _id = next++;
      await source.insertOne({ ...randomDocument(random, Number.parseInt(version, 10)), _id });
      for (let step = 0; step < 12; step++) {
        const before = await rawOf(source, _id);
        if (!(await changed(source, _id, random, version))) continue;
        const entry = await lastEntry(client, 'appliers.source');
        const after = await rawOf(source, _id);
        if (equalBytes(before, after)) continue;
        const own = applyUpdate(before, entry.o);
        assert.equal(canonicalExtendedJson(own), canonicalExtendedJson(after));
        assert.ok(equalBytes(own, after), 'the bytes differ');
        const data = targetData(client);
        const ns = 'appliers.copy';
        await data.apply(
          [
            { op: 'd', ns, o: serialize({ _id }), o2: undefined },
            { op: 'i', ns, o: before, o2: undefined },
          ],
          never,
        );
        await applyByServer(data, entry);
        const applied = await rawOf(copy, _id);
        assert.equal(canonicalExtendedJson(applied), canonicalExtendedJson(after));
        assert.ok(equalBytes(applied, after), 'the bytes that the server made differ');
      }
    };
    await fc.assert(fc.asyncProperty(fc.nat(), sameForAll), { numRuns: 40 });
  });

  for (const recorded of CORPUS_VERSIONS) {
    it(`give the same of all that a ${recorded} recorded`, async function () {
      // Nothing goes back to an older version.
      if (Number.parseFloat(recorded) > Number.parseFloat(version)) return;
      for (const scenario of readCorpus(recorded).scenarios) await sameOfScenario(client, recorded, scenario);
    });
  }
});

/** As a replay does it, into the copy. */
async function applyByServer(data: TargetData, { ts, op, ns, ui, o, o2 }: OplogEntry): Promise<void> {
  const nothing = new Map<string, Uint8Array>();
  const collection: PlannedCollection = {
    ...{ uuid: ui ?? '', ns, options: serialize({}), indexes: nothing, places: [], createdAt: undefined },
    ...{ to: { database: 'appliers', collection: 'copy' }, base: undefined, operations: 1 },
    after: clusterTime(0, 0),
    tolerantThrough: ts,
  };
  const unknown = { wallMs: undefined, inTransaction: undefined, lsid: undefined, txnNumber: undefined };
  const applier = new OperationApplier(data, () => undefined, never);
  await applier.add({ ts, op, ns, ui, o, o2, fromMigrate: false, ...unknown }, collection);
  await applier.finish();
}

/** False when the server refused the update, or had nothing to do. */
async function changed(
  collection: Collection<{ _id: number }>,
  _id: number,
  random: Random,
  version: string,
): Promise<boolean> {
  const major = Number.parseInt(version, 10);
  const { update, ...rest } = randomUpdate(random, major);
  try {
    const done = random.chance(0.1)
      ? await collection.replaceOne({ _id }, randomReplacement(random, major))
      : await collection.updateOne({ _id }, update, rest);
    return done.modifiedCount === 1;
  } catch {
    return false; // a path through a scalar, a field that is no array: the point of random updates
  }
}

async function lastEntry(client: MongoClient, ns: string): Promise<OplogEntry> {
  const oplog = client.db('local').collection('oplog.rs');
  const [entry] = await oplog.find({ op: 'u', ns }, { raw: true }).sort({ $natural: -1 }).limit(1).toArray();
  return readOplogEntry(entry as unknown as Uint8Array);
}

/** Restores a recorded log at its last mark by both ways. */
async function sameOfScenario(client: MongoClient, version: string, scenario: Scenario): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-repository-'));
  try {
    const mark = scenario.marks.at(-1)!;
    const entries = scenario.entries.filter((entry) => entry.ts <= mark.at);
    await writeRepository(folder, entries, version);
    const target = entries.at(-1)!.ts;
    const [byServer, byUs] = [
      await restored(client, folder, target, false),
      await restored(client, folder, target, true),
    ];
    const difference = firstDifference(byServer, byUs, (ns) => ns);
    assert.ok(difference === undefined, `${version} ${scenario.name}: ${difference ?? ''}`);
    const expected = mark.namespaces.map(({ ns }) => ns).filter((ns) => !ns.endsWith('.system.views'));
    assert.deepEqual([...byServer.keys()].map(originOf).sort(), expected.sort(), scenario.name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A repository whose snapshot holds nothing and whose log holds all. */
async function writeRepository(
  folder: string,
  entries: readonly OplogEntry[],
  version: string,
): Promise<void> {
  await openOrCreateRepository(folder, { setName: 'corpus', replicaSetId: undefined });
  const start = entries[0]!.ts;
  await using store = fileSegmentStore(folder);
  const lineage = await store.beginLineage({ start, startedAtMs: 0 }, undefined);
  const bytes = Buffer.concat(entries.map((entry) => entry.bytes));
  await store.append({ bytes, documents: entries.length }, entries.at(-1)!.ts);
  await store.seal();
  const nothingYet = justBefore(start);
  const writer = await fileSnapshotStore(folder).begin('base', { lineage: lineage.id, start: nothingYet });
  await writer.commit({
    id: 'base',
    lineage: lineage.id,
    start: nothingYet,
    consistentAt: nothingYet,
    takenAtMs: 0,
    serverVersion: `${version}.0`,
    featureCompatibilityVersion: version,
    scope: [],
    collections: [],
  });
}

const suffix = '__r';
const originOf = (ns: string): string => ns.replace(`${suffix}.`, '.');

async function restored(
  client: MongoClient,
  folder: string,
  target: ClusterTime,
  own: boolean,
): Promise<Truth> {
  await dropAll(client);
  const reader = fileRepository(folder);
  const content = await reader.content();
  const request = { target, scope: [], renames: [] };
  const names = await planRestore(reader, content, request, never);
  const databases = new Set([...names.collections, ...names.views].map(({ to }) => to.database));
  const renames = [...databases].map((from) => ({ from, to: `${from}${suffix}` }));
  const plan = await planRestore(reader, content, { ...request, renames }, never);
  const data = targetData(client);
  const chosen = own ? { ...data, mayApply: () => Promise.resolve(false) } : data;
  const options = { withoutExpiry: false, onDatabase: () => Promise.resolve(), onProgress: () => undefined };
  await restore(plan, reader, { catalogue: targetCatalogue(client), data: chosen }, options, never);
  return readTruth(client);
}
