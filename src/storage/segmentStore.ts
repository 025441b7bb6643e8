import { createHash, type Hash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { lastDocument } from '../core/rawDocument';
import type { LineageStart, Segment, SegmentIndex } from '../core/segment';
import { type ClusterTime, clusterTime, justBefore } from '../core/time';
import { TransactionAssembler } from '../core/transactions';
import { BackupError } from '../engine/errors';
import type { RawBatch, RecordedPosition, SegmentStore } from '../engine/ports';
import { files, type WritableFile } from './files';
import { listFrames, openToRead, packFrame, readFrame } from './frameFile';
import { errnoOf, makeFolderWithin, storageError, syncFolder } from './putFile';
import { putOpenNote, removeOpenNote } from './openNote';
import { cipherFor, endingFor } from './encryption';
import { noteFolder } from './foldersFile';
import { dataEndingFor, indexOfData, openNameFor } from './fileNames';
import { putSealedJson } from './sealedJson';
import { SegmentBuilder } from './segmentBuilder';
import { assemblerBefore, boundsOf, lineageIds, readLineage, SegmentCatalog } from './segmentCatalog';
import { lineageToJson, segmentIndexToJson, segmentName } from './segmentJson';

/**
 * Writes the oplog of a repository. Only the holder of the repository's lock may use it: `confirm` throws once the
 * lock is lost, and is asked before anything is changed.
 */
export function fileSegmentStore(
  folder: string,
  confirm: () => Promise<void> = () => Promise.resolve(),
): SegmentStore & AsyncDisposable {
  return new FileSegmentStore(folder, confirm);
}

interface OpenFile {
  readonly file: WritableFile;
  readonly builder: SegmentBuilder;
  readonly hash: Hash;
  /** Where the durable frames end. */
  end: number;
  /** Whether a failed write may have left something behind the end. */
  torn: boolean;
}

class FileSegmentStore implements SegmentStore, AsyncDisposable {
  readonly #folder: string;
  readonly #confirm: () => Promise<void>;
  #lineage: LineageStart | undefined;
  #assembler = new TransactionAssembler();
  #through: ClusterTime | undefined;
  #chain = '';
  #open: OpenFile | undefined;
  /** Closed under its final name, but without its index yet. */
  #unindexed: SegmentIndex | undefined;

  constructor(folder: string, confirm: () => Promise<void>) {
    this.#folder = folder;
    this.#confirm = confirm;
  }

  async resume(): Promise<RecordedPosition | undefined> {
    await this.#confirm();
    const newest = await this.#newestLineage();
    if (!newest || 'lineage' in newest) return newest;
    const { start } = newest;
    let segments: readonly Segment[] = [];
    try {
      await this.#closeLeftover(start);
      const { lineages } = await new SegmentCatalog(this.#folder).load();
      for (const lineage of lineages) await this.#writeMissingIndexes(lineage.start, lineage.segments);
      segments = lineages.find((l) => l.start.id === start.id)?.segments ?? [];
      const last = segments.at(-1);
      this.#lineage = start;
      this.#chain = last?.chain ?? '';
      this.#through = last?.through ?? justBefore(start.start);
      this.#assembler = await assemblerBefore(this.#folder, this.#through, segments);
      return { lineage: start, last: last && { through: last.through, entry: await this.#lastEntry(last) } };
    } catch (error) {
      if (!isDamage(error)) throw storageError(error, join(this.#folder, 'oplog', start.id));
      const damagedAfter = segments.at(-1)?.through ?? justBefore(start.start);
      return { lineage: start, last: undefined, damagedAfter };
    }
  }

  async beginLineage(begin: Omit<LineageStart, 'id'>, again: string | undefined): Promise<LineageStart> {
    await this.#confirm();
    const oplog = join(this.#folder, 'oplog');
    try {
      const start: LineageStart = { ...begin, id: again ?? (await newLineageFolder(oplog, this.#folder)) };
      await putSealedJson(join(oplog, start.id, 'lineage.json'), lineageToJson(start));
      await syncFolder(oplog);
      await noteFolder(this.#folder, 'oplog', start.id, start.start);
      this.#lineage = start;
      this.#assembler = new TransactionAssembler();
      this.#through = justBefore(start.start);
      this.#chain = '';
      return start;
    } catch (error) {
      throw storageError(error, oplog);
    }
  }

  async append(batch: RawBatch, through: ClusterTime): Promise<void> {
    const after = this.#through;
    const lineage = this.#lineage;
    if (!lineage || after === undefined) throw new Error('append before resume or beginLineage');
    await this.#confirm();
    const open = this.#open ?? (await this.#create(lineage, after));
    const packed = await packFrame(
      batch,
      after,
      through,
      endingFor(this.#folder) === '' ? undefined : cipherFor(this.#folder),
    );
    try {
      await cutTorn(open);
      open.torn = true;
      await open.file.write(packed.bytes, open.end);
      await open.file.datasync();
      open.torn = false;
    } catch (error) {
      // What is torn is cut off before anything else is written here, and when resuming.
      throw storageError(error, join(this.#folder, 'oplog', lineage.id, openNameFor(this.#folder)));
    }
    const frame = { ...packed.facts, offset: open.end };
    open.hash.update(packed.bytes);
    open.end += packed.bytes.length;
    this.#through = through;
    open.builder.add(frame, batch, packed.bytes.length);
  }

  get openBytes(): number {
    return this.#open?.builder.bytes ?? 0;
  }

  async seal(): Promise<Segment | undefined> {
    await this.#confirm();
    await this.#writeIndex();
    const open = this.#open;
    const lineage = this.#lineage;
    if (!open || !lineage) return undefined;
    const index = open.builder.index(open.hash.copy().digest('hex'));
    const name = segmentName(index);
    const folder = join(this.#folder, 'oplog', lineage.id);
    try {
      if (open.torn) {
        await cutTorn(open);
        await open.file.sync();
      }
      await files().rename(
        join(folder, openNameFor(folder)),
        join(folder, `${name}${dataEndingFor(folder)}`),
      );
    } catch (error) {
      throw storageError(error, folder); // it stays open: nothing has changed
    }
    this.#open = undefined;
    this.#chain = index.chain;
    this.#unindexed = index;
    await open.file.close().catch(() => undefined); // all its bytes are durable
    await this.#writeIndex();
    return {
      ...index,
      file: posix.join('oplog', lineage.id, `${name}${dataEndingFor(folder)}`),
      open: false,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.file.close();
  }

  /** The last step of closing a segment; tried again before the next one begins. */
  async #writeIndex(): Promise<void> {
    const index = this.#unindexed;
    if (!index) return;
    const folder = join(this.#folder, 'oplog', index.lineage);
    try {
      await syncFolder(folder);
      await putSealedJson(
        join(folder, indexOfData(`${segmentName(index)}${dataEndingFor(folder)}`)),
        segmentIndexToJson(index),
      );
    } catch (error) {
      throw storageError(error, folder);
    }
    this.#unindexed = undefined;
  }

  async #create(lineage: LineageStart, after: ClusterTime): Promise<OpenFile> {
    await this.#writeIndex();
    const folder = join(this.#folder, 'oplog', lineage.id);
    const path = join(folder, openNameFor(folder));
    try {
      const file = await files().open(path, 'wx');
      try {
        await syncFolder(folder);
        await putOpenNote(folder, after);
      } catch (error) {
        await file.close();
        await files().unlink(path);
        throw error;
      }
      const builder = new SegmentBuilder(lineage.id, after, this.#chain, this.#assembler);
      this.#open = { file, builder, hash: createHash('sha256'), end: 0, torn: false };
      return this.#open;
    } catch (error) {
      throw storageError(error, path);
    }
  }

  async #newestLineage(): Promise<{ start: LineageStart } | RecordedPosition | undefined> {
    for (const id of (await lineageIds(this.#folder)).reverse()) {
      const folder = join(this.#folder, 'oplog', id);
      await removeTemporaries(folder);
      try {
        const start = await readLineage(this.#folder, id);
        if (start?.imported) continue;
        if (start) return { start };
      } catch (error) {
        if (!isDamage(error)) throw storageError(error, folder);
        return withoutBeginning(folder, id);
      }
      if ((await readdir(folder)).length > 0) return withoutBeginning(folder, id);
      await files().removeEmptyFolder(folder); // begun by a crash
    }
    return undefined;
  }

  /** Closes what an earlier recorder left open, without the torn frame at its end. */
  async #closeLeftover(lineage: LineageStart): Promise<void> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    const path = join(folder, openNameFor(folder));
    if (!(await readdir(folder)).includes(openNameFor(folder))) return;
    const { frames, end, size } = await framesIn(path);
    const [first] = frames;
    const last = frames.at(-1);
    if (!first || !last) {
      await removeOpenNote(folder);
      await files().unlink(path);
    } else {
      const file = await files().open(path, 'r+');
      try {
        if (end < size) await file.truncate(end);
        await file.sync();
      } finally {
        await file.close();
      }
      const name = segmentName({ after: first.after, through: last.through });
      await files().rename(path, join(folder, `${name}${dataEndingFor(folder)}`));
    }
    await syncFolder(folder);
  }

  async #writeMissingIndexes(lineage: LineageStart, segments: readonly Segment[]): Promise<void> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    const names = new Set(await readdir(folder));
    for (const segment of segments) {
      const indexName = indexOfData(`${segmentName(segment)}${dataEndingFor(folder)}`);
      if (segment.open || (names.has(indexName) && segment.sha256 !== '')) continue;
      const { file, open: _open, ...index } = segment;
      const sha256 = await sha256OfFile(join(this.#folder, file));
      await putSealedJson(join(folder, indexName), segmentIndexToJson({ ...index, sha256 }));
    }
  }

  async #lastEntry(segment: Segment): Promise<Uint8Array> {
    const frame = segment.frames.at(-1);
    const path = join(this.#folder, segment.file);
    if (!frame) throw new Error(`${segment.file} has no frames`);
    const handle = await openToRead(path);
    try {
      const { bytes } = await readFrame(handle, frame, path);
      return lastDocument(bytes) ?? bytes;
    } finally {
      await handle.close();
    }
  }
}

async function cutTorn(open: OpenFile): Promise<void> {
  if (!open.torn) return;
  await open.file.truncate(open.end);
  open.torn = false;
}

async function framesIn(path: string): ReturnType<typeof listFrames> {
  const handle = await openToRead(path);
  try {
    return await listFrames(handle, true);
  } finally {
    await handle.close();
  }
}

/** What putting a small file leaves when it is stopped in the middle. */
async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.includes('.tmp-')) await files().unlink(join(folder, name));
  }
}

/** A lineage whose own beginning cannot be read: it ends where its last segment does, as that one's name says. */
async function withoutBeginning(folder: string, id: string): Promise<RecordedPosition> {
  const bounds = (await readdir(folder)).sort().map(boundsOf);
  const damagedAfter = bounds.findLast((b) => b !== undefined)?.through ?? clusterTime(0, 1);
  return { lineage: { id, start: damagedAfter, startedAtMs: 0 }, last: undefined, damagedAfter };
}

/** Ids are never used twice, whoever makes a lineage. */
async function newLineageFolder(oplog: string, repository: string): Promise<string> {
  await makeFolderWithin(oplog);
  for (;;) {
    const newest = (await lineageIds(repository)).at(-1) ?? '0';
    const id = String(Number(newest) + 1).padStart(4, '0');
    try {
      await files().makeNewFolder(join(oplog, id));
      return id;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'damaged';
}

/** SHA-256 of a file, as hex; reads it in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await openToRead(path);
  try {
    for await (const piece of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
      hash.update(piece as Uint8Array);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}
