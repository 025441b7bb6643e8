import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, cp, link, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { splitDocuments } from '../../src/core/rawDocument';
import { decideRetention } from '../../src/core/retention';
import type { SnapshotManifest, SnapshotPart } from '../../src/core/snapshot';
import type { ClusterTime } from '../../src/core/time';
import { prune } from '../../src/engine/prune';
import { needsSource } from '../../src/engine/synthesizeSnapshot';
import { verify } from '../../src/engine/verify';
import { fileChecker } from '../../src/storage/fileChecker';
import { fileRepository } from '../../src/storage/fileRepository';
import { useFiles } from '../../src/storage/files';
import { filePruner } from '../../src/storage/pruneFiles';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';
import { CrashingFiles } from '../support/crashingFiles';
import { makeBase } from '../support/makeBase';
import { type CollectionName, RecordedRepository } from '../support/recordedRepository';

const signal = new AbortController().signal;
const documentBytes = 100_000;
const count = 650;

describe('parts of a collection that snapshots share', function () {
  this.timeout(60_000);
  let folder: string;
  let made: RecordedRepository;
  let base: SnapshotManifest;

  /** Four parts of orders that cannot be compressed; then one document in the second changes, and some are added. */
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-parts-'));
    made = await RecordedRepository.create(path.join(folder, 'repo'));
    for (let n = 0; n < count; n++) made.put('orders', { _id: n, bytes: randomBytes(documentBytes) });
    made.put('people', { _id: 'first' });
    base = await made.snapshot();
    for (let round = 0; round < 5; round++) {
      made.put('orders', { _id: 250, round });
      made.put('orders', { _id: `new ${String(round)}`, round });
      made.put('log', { _id: round });
      await made.seal();
    }
  });

  afterEach(() => useFiles(undefined));

  after(async () => {
    await made.close();
    await rm(folder, { recursive: true, force: true });
  });

  const endOfRound = (round: number): ClusterTime => made.times.at(-3 * (5 - round) + 2) as ClusterTime;
  const partsOf = (snapshot: SnapshotManifest, name: CollectionName): readonly SnapshotPart[] =>
    snapshot.collections.find((c) => c.name === name)?.parts ?? [];
  const copy = async (name: string): Promise<string> => {
    const repository = path.join(folder, name);
    const isPart = (file: string): boolean => /snapshots.*\.zst$/.test(file);
    await cp(made.folder, repository, { recursive: true, filter: (file) => !isPart(file) });
    for (const file of await readdir(made.folder, { recursive: true })) {
      // Nothing may ever write into them.
      if (isPart(file)) await link(path.join(made.folder, file), path.join(repository, file));
    }
    return repository;
  };

  const next = (repository: string, from: SnapshotManifest, round: number): Promise<SnapshotManifest> =>
    makeBase(repository, {
      ...{ base: from, target: endOfRound(round) },
      ...{ nowMs: 1_800_000_000_000 + round * 1000, budgetBytes: 1 << 30 },
    });

  async function documents(
    repository: string,
    of: SnapshotManifest,
    name: CollectionName,
  ): Promise<string[]> {
    const found: string[] = [];
    for await (const { bytes } of fileRepository(repository).readCollection(
      of.id,
      partsOf(of, name),
      signal,
    )) {
      for (const document of splitDocuments(bytes)) found.push(Buffer.from(document).toString('hex'));
    }
    return found.sort();
  }

  async function holdsTruth(repository: string, of: SnapshotManifest, round: number): Promise<void> {
    for (const name of ['orders', 'people', 'log'] as const) {
      const same = Buffer.from((await documents(repository, of, name)).join()).equals(
        Buffer.from(made.truth(endOfRound(round), name).join()),
      );
      assert.ok(same, `${name} after round ${String(round)}`);
    }
  }

  /** Files whose damage hurts a time. */
  async function damagedFiles(repository: string): Promise<string[]> {
    const content = await fileRepository(repository).content();
    const { damaged } = await verify(content, fileChecker(repository), () => undefined, signal);
    return damaged.filter((d) => d.hurts.length > 0).map((d) => d.file);
  }

  const inode = async (repository: string, of: SnapshotManifest, part: SnapshotPart | undefined) =>
    (await stat(path.join(repository, 'snapshots', of.id, part?.file ?? ''))).ino;

  it('are those in which nothing changed, base after base, and stay few', async () => {
    const repository = await copy('shared');
    assert.deepEqual(
      partsOf(base, 'orders').map((p) => p.file),
      ['shop/orders.bson.zst', ...[2, 3, 4].map((n) => `shop/orders.bson.${String(n)}.zst`)],
    );
    let last = base;
    for (let round = 0; round < 5; round++) {
      const snapshot = await next(repository, last, round);
      await holdsTruth(repository, snapshot, round);
      const [before, after] = [partsOf(last, 'orders'), partsOf(snapshot, 'orders')];
      assert.equal(after.length, 4);
      const shared = await Promise.all(
        after.map(
          async (p, n) =>
            (await inode(repository, snapshot, p)) === (await inode(repository, last, before[n])),
        ),
      );
      assert.deepEqual(shared, [true, false, true, false]);
      assert.deepEqual(
        after.map((p) => p.sharedAs),
        [`${base.id}/shop/orders.bson.zst`, undefined, `${base.id}/shop/orders.bson.3.zst`, undefined],
      );
      assert.equal(partsOf(snapshot, 'people')[0]?.sharedAs, `${base.id}/shop/people.bson.zst`);
      last = snapshot;
    }
    assert.deepEqual(await damagedFiles(repository), []);
  });

  it('stay when the snapshot that they were written for goes, and count once', async () => {
    const repository = await copy('pruned');
    const snapshot = await next(repository, base, 4);
    const content = await fileRepository(repository).content();
    const facts = { snapshots: content.snapshots, lineages: content.lineages, pins: [], reserved: [] };
    const { freedBytes, keptBytes } = decideRetention(facts, { from: endOfRound(4), maxBytes: undefined });
    const sizes = new Map<number, number>();
    for (const name of await readdir(repository, { recursive: true })) {
      const { ino, size } = await stat(path.join(repository, name));
      if (/\.zst$/.test(name)) sizes.set(ino, size);
    }
    assert.equal(
      freedBytes + keptBytes,
      [...sizes.values()].reduce((sum, size) => sum + size, 0),
    );
    const nowMs = Number((endOfRound(4) >> 32n) + 1n) * 1000;
    const request = { keepMs: 0, maxBytes: undefined, dryRun: false, nowMs };
    await prune(content, filePruner(repository), request, () => undefined, signal);
    assert.deepEqual(
      (await fileRepository(repository).content()).snapshots.map((s) => s.id),
      [snapshot.id],
    );
    await holdsTruth(repository, snapshot, 4);
    assert.deepEqual(await damagedFiles(repository), []);
  });

  it('are copied where the file system knows no second name for a file', async () => {
    const repository = await copy('copied');
    const refuse = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));
    useFiles((real) => ({ ...real, link: refuse }));
    const snapshot = await next(repository, base, 0);
    const [first] = partsOf(snapshot, 'orders');
    assert.notEqual(
      await inode(repository, snapshot, first),
      await inode(repository, base, partsOf(base, 'orders')[0]),
    );
    await holdsTruth(repository, snapshot, 0);
    assert.deepEqual(await damagedFiles(repository), []);
  });

  it('give way to those of a collection that is read again', async () => {
    const repository = await copy('again');
    const needs = { lineage: base.lineage, start: base.start };
    const writer = await fileSnapshotStore(repository).begin('twice', needs);
    const orders = base.collections.find((c) => c.name === 'orders');
    assert.ok(orders);
    const read = (parts: readonly SnapshotPart[]) => {
      const batches = fileRepository(repository).readCollection(base.id, parts, signal);
      return writer.write(orders, batches, () => undefined, signal);
    };
    await read(orders.parts);
    const written = await read(orders.parts.slice(3));
    await writer.commit({ ...base, id: 'twice', collections: [{ ...orders, ...written }] });
    const left = await readdir(path.join(repository, 'snapshots', 'twice', 'shop'));
    assert.deepEqual(left.sort(), ['orders.bson.zst', 'orders.metadata.json']);
    assert.deepEqual(await damagedFiles(repository), []);
  });

  it('are never written into the folder of another snapshot', async () => {
    const repository = await copy('taken');
    const needs = { lineage: base.lineage, start: base.start };
    await assert.rejects(fileSnapshotStore(repository).begin(base.id, needs), /EEXIST/);
    assert.deepEqual(
      (await fileRepository(repository).content()).snapshots.map((s) => s.id),
      [base.id],
    );
    assert.deepEqual(await damagedFiles(repository), []);
  });

  it('are not passed on damaged: the source is read again', async () => {
    const repository = await copy('damaged');
    const [first] = partsOf(base, 'orders');
    const name = path.join(repository, 'snapshots', base.id, first?.file ?? '');
    await copyFile(name, `${name}.own`);
    await rename(`${name}.own`, name);
    const file = await open(name, 'r+');
    await file.write(Buffer.from([0x55]), 0, 1, 1_000_000);
    await file.write(Buffer.from([0xaa]), 0, 1, 1_000_001);
    await file.close();
    const failure = await next(repository, base, 0).catch((error: unknown) => error);
    assert.ok(needsSource(failure), String(failure));
    assert.deepEqual(await readdir(path.join(repository, 'snapshots')), [base.id]);
  });

  it('leave the earlier snapshot whole, whichever operation is the last one before the power goes', async () => {
    for (let at = 1; ; at += 3) {
      const repository = await copy('crashed');
      let files: CrashingFiles | undefined;
      useFiles((real) => (files = new CrashingFiles(real, { at, how: 'torn' }, () => undefined)));
      const snapshot = await next(repository, base, 4).catch(() => undefined);
      useFiles(undefined);
      await files?.cutPower(at % 2 === 0 ? 'lost' : 'zeros');
      assert.deepEqual(await damagedFiles(repository), [], `after operation ${String(at)}`);
      const { snapshots } = await fileRepository(repository).content();
      for (const one of snapshots) if (one.id !== base.id) await holdsTruth(repository, one, 4);
      await rm(repository, { recursive: true });
      if (snapshot) break;
    }
  });
});
