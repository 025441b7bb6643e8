import { type FileHandle, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { createHash, type Hash } from 'node:crypto';
import { join, posix } from 'node:path';
import { splitDocuments } from '../core/rawDocument';
import type { LineageStart, Segment } from '../core/segment';
import { type ClusterTime, justBefore } from '../core/time';
import { TransactionAssembler } from '../core/transactions';
import type { RawBatch, RecordedPosition, SegmentStore } from '../engine/ports';
import { listFrames, openToRead, packFrame, readFrame } from './frameFile';
import { storageError, syncFolder } from './putFile';
import { putSealedJson } from './sealedJson';
import { SegmentBuilder } from './segmentBuilder';
import {
  assemblerBefore,
  boundsOf,
  lineageIds,
  openName,
  readLineage,
  SegmentCatalog,
} from './segmentCatalog';
import { lineageToJson, segmentIndexToJson, segmentName } from './segmentJson';

/** Writes the oplog of a repository. Only the holder of the repository's lock may use it. */
export function fileSegmentStore(folder: string): SegmentStore & AsyncDisposable {
  return new FileSegmentStore(folder);
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly builder: SegmentBuilder;
  readonly hash: Hash;
  /** Where the durable frames end. */
  end: number;
}

class FileSegmentStore implements SegmentStore, AsyncDisposable {
  readonly #folder: string;
  #lineage: LineageStart | undefined;
  #assembler = new TransactionAssembler();
  #through: ClusterTime | undefined;
  #chain = '';
  #open: OpenFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async resume(): Promise<RecordedPosition | undefined> {
    const lineage = await this.#newestLineage();
    if (!lineage) return undefined;
    await this.#closeLeftover(lineage);
    const { lineages } = await new SegmentCatalog(this.#folder).load();
    const segments = lineages.find((l) => l.start.id === lineage.id)?.segments ?? [];
    await this.#writeMissingIndexes(lineage, segments);
    const last = segments.at(-1);
    this.#lineage = lineage;
    this.#chain = last?.chain ?? '';
    this.#through = last?.through ?? justBefore(lineage.start);
    this.#assembler = await assemblerBefore(this.#folder, this.#through, segments);
    return { lineage, last: last && { through: last.through, entry: await this.#lastEntry(last) } };
  }

  async beginLineage(start: LineageStart): Promise<void> {
    const folder = join(this.#folder, 'oplog', start.id);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw storageError(error, folder);
    }
    await putSealedJson(join(folder, 'lineage.json'), lineageToJson(start));
    await syncFolder(join(this.#folder, 'oplog'));
    this.#lineage = start;
    this.#assembler = new TransactionAssembler();
    this.#through = justBefore(start.start);
    this.#chain = '';
  }

  async append(batch: RawBatch, through: ClusterTime): Promise<void> {
    const after = this.#through;
    if (!this.#lineage || after === undefined) throw new Error('append before resume or beginLineage');
    const open = this.#open ?? (await this.#create(this.#lineage, after));
    const packed = await packFrame(batch, after, through);
    try {
      await open.handle.write(packed.bytes, 0, packed.bytes.length, open.end);
      await open.handle.datasync();
    } catch (error) {
      await open.handle.truncate(open.end).catch(() => undefined); // what is torn is cut off again when resuming
      throw storageError(error, join(this.#folder, 'oplog', this.#lineage.id, openName));
    }
    open.builder.add({ ...packed.facts, offset: open.end }, batch, packed.bytes.length);
    open.hash.update(packed.bytes);
    open.end += packed.bytes.length;
    this.#through = through;
  }

  get openBytes(): number {
    return this.#open?.builder.bytes ?? 0;
  }

  async seal(): Promise<Segment | undefined> {
    const open = this.#open;
    const lineage = this.#lineage;
    if (!open || !lineage) return undefined;
    const index = open.builder.index(open.hash.copy().digest('hex'));
    const name = segmentName(index);
    const folder = join(this.#folder, 'oplog', lineage.id);
    try {
      await open.handle.close();
      this.#open = undefined;
      await rename(join(folder, openName), join(folder, `${name}.bson.zst`));
      await syncFolder(folder);
    } catch (error) {
      throw storageError(error, folder);
    }
    this.#chain = index.chain;
    await putSealedJson(join(folder, `${name}.json`), segmentIndexToJson(index));
    return { ...index, file: posix.join('oplog', lineage.id, `${name}.bson.zst`), open: false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  async #create(lineage: LineageStart, after: ClusterTime): Promise<OpenFile> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    const path = join(folder, openName);
    try {
      const handle = await open(path, 'wx', 0o600);
      await syncFolder(folder);
      const builder = new SegmentBuilder(lineage.id, after, this.#chain, this.#assembler);
      this.#open = { handle, builder, hash: createHash('sha256'), end: 0 };
      return this.#open;
    } catch (error) {
      throw storageError(error, path);
    }
  }

  async #newestLineage(): Promise<LineageStart | undefined> {
    for (const id of (await lineageIds(this.#folder)).reverse()) {
      const lineage = await readLineage(this.#folder, id);
      if (lineage) return lineage;
      await rmdir(join(this.#folder, 'oplog', id)).catch(() => undefined); // begun by a crash, empty
    }
    return undefined;
  }

  /** Closes what an earlier recorder left open, without the torn frame at its end. */
  async #closeLeftover(lineage: LineageStart): Promise<void> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    const path = join(folder, openName);
    const names = await readdir(folder);
    if (!names.includes(openName)) return;
    const handle = await open(path, 'r+');
    let name: string | undefined;
    try {
      const { frames, end, size } = await listFrames(handle, true);
      if (end < size) {
        await handle.truncate(end);
        await handle.sync();
      }
      const [first] = frames;
      const last = frames.at(-1);
      if (first && last) name = segmentName({ after: first.after, through: last.through });
    } finally {
      await handle.close();
    }
    if (name === undefined) await unlink(path);
    else await rename(path, join(folder, `${name}.bson.zst`));
    await syncFolder(folder);
  }

  async #writeMissingIndexes(lineage: LineageStart, segments: readonly Segment[]): Promise<void> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    const names = new Set(await readdir(folder));
    for (const segment of segments) {
      const name = segmentName(segment);
      if (names.has(`${name}.json`) || boundsOf(`${name}.bson.zst`) === undefined) continue;
      const { file, open: _open, ...index } = segment;
      const sha256 = await sha256OfFile(join(this.#folder, file));
      await putSealedJson(join(folder, `${name}.json`), segmentIndexToJson({ ...index, sha256 }));
    }
  }

  async #lastEntry(segment: Segment): Promise<Uint8Array> {
    const frame = segment.frames.at(-1);
    const path = join(this.#folder, segment.file);
    if (!frame) throw new Error(`${segment.file} has no frames`);
    const handle = await openToRead(path);
    try {
      const { bytes } = await readFrame(handle, frame, path);
      let last: Uint8Array = bytes;
      for (const document of splitDocuments(bytes)) last = document;
      return last;
    } finally {
      await handle.close();
    }
  }
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
