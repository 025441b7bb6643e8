import assert from 'node:assert/strict';
import {
  copyFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gapsBetween, unbrokenRuns } from '../../../src/core/timeline';
import { verify } from '../../../src/engine/verify';
import { fileChecker } from '../../../src/storage/fileChecker';
import { fileRepository } from '../../../src/storage/fileRepository';
import { listFrames } from '../../../src/storage/frameFile';
import { openOrCreateRepository } from '../../../src/storage/repository';
import { putSealedJson } from '../../../src/storage/sealedJson';
import { SegmentCatalog } from '../../../src/storage/segmentCatalog';
import { fileSegmentStore } from '../../../src/storage/segmentStore';
import { entryAt, timeOfEntry } from '../../support/scriptedOplog';

const never = new AbortController().signal;

describe('SegmentCatalog', () => {
  let folder: string;
  let oplog: string;
  let store: ReturnType<typeof fileSegmentStore>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-catalog-'));
    oplog = path.join(folder, 'oplog', '0001');
    await openOrCreateRepository(folder, { setName: 'rs0', replicaSetId: undefined });
    store = fileSegmentStore(folder);
    await store.beginLineage({ start: timeOfEntry(1), startedAtMs: 0 }, undefined);
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function append(...numbers: number[]): Promise<void> {
    for (const n of numbers) await store.append({ bytes: entryAt(n), documents: 1 }, timeOfEntry(n));
  }

  async function entriesOf(catalog: SegmentCatalog): Promise<number> {
    const { lineages } = await catalog.load();
    return lineages[0]!.segments.reduce((sum, s) => sum + s.entries, 0);
  }

  async function closedSegments(): Promise<string[]> {
    return (await readdir(oplog)).filter((n) => /^\d.*\.bson\.zst$/.test(n)).sort();
  }

  it('sees each entry once, however many look at the growing segment at once', async () => {
    const catalog = new SegmentCatalog(folder);
    for (let n = 1; n <= 20; n++) {
      await append(n);
      const seen = await Promise.all([entriesOf(catalog), entriesOf(catalog), entriesOf(catalog)]);
      assert.deepEqual(seen, [n, n, n]);
    }
  });

  it('follows a segment whose last frame was taken back and written again', async () => {
    const catalog = new SegmentCatalog(folder);
    await append(1, 2);
    const file = path.join(oplog, 'open.bson.zst');
    const before = (await readFile(file)).length;
    await append(3);
    assert.equal(await entriesOf(catalog), 3);
    // What a failed sync leaves to readers: the frame was there, and is replaced by a larger one.
    const other = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-catalog-'));
    const twin = fileSegmentStore(other);
    await twin.beginLineage({ start: timeOfEntry(1), startedAtMs: 0 }, undefined);
    for (const n of [1, 2]) await twin.append({ bytes: entryAt(n), documents: 1 }, timeOfEntry(n));
    await twin.append({ bytes: Buffer.concat([entryAt(3), entryAt(4)]), documents: 2 }, timeOfEntry(4));
    await truncate(file, before);
    assert.equal(await entriesOf(catalog), 2);
    await copyFile(path.join(other, 'oplog', '0001', 'open.bson.zst'), file);
    assert.equal(await entriesOf(catalog), 4);
    await twin[Symbol.asyncDispose]();
    await rm(other, { recursive: true });
  });

  it('does not take frames that do not join for an unbroken segment', async () => {
    await append(1, 2, 3, 4);
    const file = path.join(oplog, 'open.bson.zst');
    const handle = await open(file, 'r');
    const { frames } = await listFrames(handle, true);
    await handle.close();
    const bytes = await readFile(file);
    await writeFile(
      file,
      Buffer.concat([bytes.subarray(0, frames[1]!.offset), bytes.subarray(frames[2]!.offset)]),
    );
    assert.equal(await entriesOf(new SegmentCatalog(folder)), 1);
  });

  it('breaks the run where an entry was cut out of a segment, even when the index was made anew', async () => {
    await append(1, 2, 3, 4);
    await store.seal();
    await append(5, 6);
    await store.seal();
    const [first] = await closedSegments();
    await rm(path.join(oplog, first!.replace('.bson.zst', '.json')));
    // The same segment without the third entry, its frames whole.
    const other = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-catalog-'));
    const twin = fileSegmentStore(other);
    await twin.beginLineage({ start: timeOfEntry(1), startedAtMs: 0 }, undefined);
    for (const n of [1, 2, 4]) await twin.append({ bytes: entryAt(n), documents: 1 }, timeOfEntry(n));
    await twin.seal();
    await copyFile(path.join(other, 'oplog', '0001', first!), path.join(oplog, first!));
    await twin[Symbol.asyncDispose]();
    await rm(other, { recursive: true });
    const content = await fileRepository(folder).content();
    assert.equal(unbrokenRuns(content.lineages[0]!).length, 2);
    const { damaged } = await verify(content, fileChecker(folder), () => undefined, never);
    assert.match(damaged.map((d) => d.reason).join(), /missing/);
  });

  it('reads in an index what the entries say, and makes one of another form anew', async () => {
    await append(...Array.from({ length: 30 }, (_, n) => n + 1));
    await store.seal();
    const [name] = await closedSegments();
    const index = path.join(oplog, name!.replace('.bson.zst', '.json'));
    const read = async (): Promise<unknown> => {
      const { lineages, damaged } = await new SegmentCatalog(folder).load();
      const { sha256: _, ...segment } = lineages[0]!.segments[0]!;
      assert.equal(segment.counts.totals[0], 30);
      assert.equal(segment.runs.length > 0, true);
      return { segment, damaged: damaged.length };
    };
    const { segment } = (await read()) as { segment: unknown };
    await putSealedJson(index, { counted: 30 });
    assert.deepEqual(await read(), { segment, damaged: 1 });
    await unlink(index);
    assert.deepEqual(await read(), { segment, damaged: 1 });
  });

  it('stays readable when a segment is missing and a transaction began in it', async () => {
    await append(1, 2);
    await store.seal();
    await append(3);
    await store.seal();
    const [first, second] = await closedSegments();
    await unlink(path.join(oplog, first!));
    await unlink(path.join(oplog, second!.replace('.bson.zst', '.json')));
    const content = await fileRepository(folder).content();
    assert.equal(content.lineages[0]?.segments.length, 1);
    assert.deepEqual(gapsBetween([], content.lineages, []), []);
  });
});
