import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { splitDocuments } from '../../src/core/rawDocument';
import type { SnapshotManifest } from '../../src/core/snapshot';
import type { ClusterTime } from '../../src/core/time';
import { documentsAt } from '../../src/engine/documentsAt';
import { planRestore } from '../../src/engine/restorePlan';
import { verify } from '../../src/engine/verify';
import { fileChecker } from '../../src/storage/fileChecker';
import { storedFrames } from '../../src/storage/storedFrames';
import { makeBase } from '../support/makeBase';
import { RecordedRepository } from '../support/recordedRepository';

const signal = new AbortController().signal;
const text = 'lorem ipsum '.repeat(400);

describe('synthesizeSnapshot', function () {
  this.timeout(30_000);
  let folder: string;
  let made: RecordedRepository;
  let base: SnapshotManifest;

  /** Three frames of orders, then changes in the middle one, inserts, deletes, a capped collection that rolls. */
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-synthesize-'));
    made = await RecordedRepository.create(path.join(folder, 'repo'));
    for (let n = 0; n < 2_000; n++) made.put('orders', { _id: n, text });
    for (let n = 0; n < 50; n++) made.put('log', { _id: n, text: String(n) });
    made.put('people', { _id: 'first' });
    base = await made.snapshot();
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 20; n++) {
        made.put('orders', { _id: 900 + ((round * 7 + n) % 40), round, n, text });
        made.put('orders', { _id: `new ${(round * 3 + n) % 30}`, round });
        made.put('log', { _id: 100 + round * 20 + n });
        made.remove('log', round * 20 + n + (round * 20 + n >= 50 ? 50 : 0));
      }
      made.remove('orders', 910 + round);
      made.remove('orders', `new ${round}`);
      made.put('orders', { _id: 910, again: round });
      await made.seal();
    }
  });

  after(async () => {
    await made.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function synthesize(target: ClusterTime, budgetBytes: number): Promise<SnapshotManifest> {
    const nowMs = 1_800_000_000_000 + Number(target & 0xffn);
    return makeBase(made.folder, { base, target, nowMs, budgetBytes });
  }

  /** All documents of a collection at a time, from one snapshot on; in order where `ordered`. */
  async function documents(
    from: SnapshotManifest,
    name: string,
    at: ClusterTime,
    ordered = false,
  ): Promise<string[]> {
    const reader = made.reader();
    const content = { ...(await reader.content()), snapshots: [from] };
    const plan = await planRestore(reader, content, { target: at, scope: [], renames: [] }, signal);
    const collection = plan.collections.find((c) => c.ns === `shop.${name}`);
    assert.ok(collection);
    const found: string[] = [];
    for await (const batch of documentsAt(reader, plan, collection, signal)) {
      for (const document of splitDocuments(batch.bytes)) found.push(Buffer.from(document).toString('hex'));
    }
    return ordered ? found : found.sort();
  }

  for (const [how, budget] of [
    ['in one step', 1 << 30],
    ['in steps of one segment', 1],
  ] as const) {
    it(`holds exactly what a replay from the base gives, ${how}`, async () => {
      const target = made.times.at(budget === 1 ? -1 : -90) as ClusterTime;
      const snapshot = await synthesize(target, budget);
      assert.deepEqual([snapshot.start, snapshot.consistentAt, snapshot.madeFrom], [target, target, base.id]);
      for (const name of ['orders', 'people', 'log'] as const) {
        assert.deepEqual(await documents(snapshot, name, target), made.truth(target, name));
      }
      assert.deepEqual(
        await documents(snapshot, 'log', target, true),
        await documents(base, 'log', target, true),
      );
      const last = made.times.at(-1) as ClusterTime;
      assert.deepEqual(await documents(snapshot, 'orders', last), made.truth(last, 'orders'));
      const content = await made.reader().content();
      assert.ok(content.snapshots.some((s) => s.id === snapshot.id));
      assert.deepEqual(
        (await verify(content, fileChecker(made.folder), () => undefined, signal)).damaged,
        [],
      );
      const left = await readdir(path.join(made.folder, 'snapshots'));
      assert.ok(!left.some((id) => id.includes('step')), left.join());
    });
  }

  it('copies frames in which nothing changed as they are', async () => {
    const { snapshots } = await made.reader().content();
    const synthetic = snapshots.find((s) => s.madeFrom !== undefined);
    assert.ok(synthetic);
    const frames = async (of: SnapshotManifest): Promise<string[]> => {
      const stores = storedFrames(made.folder);
      const source = of.collections.find((c) => c.name === 'orders');
      const stored: string[] = [];
      for (const part of source?.parts ?? []) {
        const one = { snapshot: of.id, part };
        for await (const frame of stores.read(one, await stores.keys(one), signal)) {
          assert.equal(frame.keys?.length, frame.documents);
          stored.push(Buffer.from(frame.stored).toString('base64'));
        }
      }
      return stored;
    };
    const [before, after] = [await frames(base), await frames(synthetic)];
    assert.equal(before.length, 3);
    assert.equal(after.filter((frame) => before.includes(frame)).length, 2);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const before = await readdir(path.join(made.folder, 'snapshots'));
    const stop = new AbortController();
    const target = made.times.at(-5) as ClusterTime;
    const request = { base, target, nowMs: 1_900_000_000_000, budgetBytes: 1 };
    await assert.rejects(
      makeBase(made.folder, request, () => stop.abort(), stop.signal),
      /abort/i,
    );
    assert.deepEqual(await readdir(path.join(made.folder, 'snapshots')), before);
    assert.ok((await stat(path.join(made.folder, 'snapshots', base.id))).isDirectory());
  });
});
