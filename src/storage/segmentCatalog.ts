import { type FileHandle, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { frameHeaderLength } from '../core/frame';
import { CoreError } from '../core/coreError';
import { type OplogEntry, readOplogEntry } from '../core/oplogEntry';
import { splitDocuments } from '../core/rawDocument';
import { quote, say } from '../core/say';
import type { IndexedFrame, Lineage, LineageStart, Segment } from '../core/segment';
import { type ClusterTime, justBefore } from '../core/time';
import { TransactionAssembler } from '../core/transactions';
import { BackupError } from '../engine/errors';
import type { DamagedFile, LostFile } from '../engine/ports';
import { listFrames, openToRead, readFrame, readListed } from './frameFile';
import { dataOfIndex, indexOfData, isOpenName, openNameFor } from './fileNames';
import { openNoteName, readOpenNote } from './openNote';
import { errnoOf } from './putFile';
import { SegmentBuilder } from './segmentBuilder';
import { lineageFromJson, segmentIndexFromJson, time } from './segmentJson';
import { eachInLanes } from './eachInLanes';
import { readSealedJson } from './sealedJson';
import { unfinishedName } from './unfinished';

const readsAtOnce = 16;
const segmentFile = /^(\d{10})-(\d{10})_(\d{10})-(\d{10})\.bson\.zst(\.enc)?$/;

interface LoadedOplog {
  readonly lineages: Lineage[];
  readonly damaged: DamagedFile[];
}

/** The oplog part of a repository as its files say; each file is read once, the open one as far as it has grown. */
export class SegmentCatalog {
  readonly #folder: string;
  readonly #segments = new Map<string, Segment>();
  /** What has been read of the segment that is being written. */
  readonly #open = new Map<string, SegmentBuilder>();
  #loading: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Segments that cannot be read are left out, and with them what joins them: see `damaged`. */
  load(): Promise<LoadedOplog> {
    // One after the other: two that read on in the open segment at once would both add what is new.
    const loading = this.#loading.then(() => this.#load());
    this.#loading = loading.then(
      () => undefined,
      () => undefined,
    );
    return loading;
  }

  async #load(): Promise<LoadedOplog> {
    const lineages: Lineage[] = [];
    const damaged: DamagedFile[] = [];
    for (const id of [...(await importedLineageIds(this.#folder)), ...(await lineageIds(this.#folder))]) {
      const start = await lineageStart(this.#folder, id, damaged);
      if (start) lineages.push({ start, segments: await this.#loadSegments(start, damaged) });
    }
    return { lineages, damaged };
  }

  async #loadSegments(lineage: LineageStart, damaged: DamagedFile[]): Promise<Segment[]> {
    const folder = join(this.#folder, 'oplog', lineage.id);
    // The open one is listed first: if it is closed meanwhile, its closed form is found and wins.
    const openFile = await openIfThere(join(folder, openNameFor(folder)));
    try {
      const all = await readdir(folder);
      const names = all.filter((name) => segmentFile.test(name)).sort();
      damaged.push(...lostSegments(lineage.id, all), ...(await lostOpenSegment(folder, lineage.id, all)));
      await this.#readAhead(lineage, names);
      const segments: Segment[] = [];
      for (const name of names) {
        try {
          segments.push(await this.#loadClosed(lineage, name, segments, damaged));
        } catch (error) {
          noteDamage(error, posix.join('oplog', lineage.id, name), damaged, lostSegment(lineage.id, name));
        }
      }
      joinRebuilt(segments, justBefore(lineage.start));
      if (openFile) {
        const open = await this.#loadOpen(lineage, openFile, segments, damaged);
        if (open && open.after >= (segments.at(-1)?.through ?? 0n)) segments.push(open);
      }
      return segments;
    } finally {
      await openFile?.close();
    }
  }

  /** Reads indexes several at a time. What cannot be read is met again one by one, and told of there. */
  async #readAhead(lineage: LineageStart, names: readonly string[]): Promise<void> {
    const paths = names.map((name) => posix.join('oplog', lineage.id, name));
    const unknown = paths.filter((file) => !this.#segments.has(file));
    await eachInLanes(readsAtOnce, unknown, (file) => this.#readIndex(file).catch(() => undefined));
  }

  async #readIndex(file: string): Promise<Segment> {
    const json = await readSealedJson(join(this.#folder, indexOfData(file)));
    const segment = Object.assign(segmentIndexFromJson(json), { file, open: false });
    this.#segments.set(file, segment);
    return segment;
  }

  async #loadClosed(
    lineage: LineageStart,
    name: string,
    before: readonly Segment[],
    damaged: DamagedFile[],
  ): Promise<Segment> {
    const file = posix.join('oplog', lineage.id, name);
    const known = this.#segments.get(file);
    if (known) return known;
    const index = indexOfData(file);
    try {
      return await this.#readIndex(file);
    } catch (error) {
      const missing = errnoOf(error) === 'ENOENT';
      if (!missing && !(error instanceof BackupError && error.code === 'damaged')) throw error;
      const what = missing ? say`it is missing` : say`its content does not match its checksum`;
      damaged.push({ file: index, reason: say`${what}; the entries it is about make it good` });
      return rebuildSegment(this.#folder, lineage, name, before);
    }
  }

  async #loadOpen(
    lineage: LineageStart,
    file: FileHandle,
    before: readonly Segment[],
    damaged: DamagedFile[],
  ): Promise<Segment | undefined> {
    const path = posix.join('oplog', lineage.id, openNameFor(this.#folder));
    const absolute = join(this.#folder, path);
    const { frames, size } = await listFrames(file, false);
    const [first] = frames;
    if (!first) {
      const after = before.at(-1)?.through ?? justBefore(lineage.start);
      const loses = { kind: 'segment', lineage: lineage.id, after, through: undefined } as const;
      if (size > 0) damaged.push({ file: path, reason: say`damaged or cut off at byte 0`, loses });
      return undefined;
    }
    let builder = this.#open.get(lineage.id);
    if (!builder || !continues(builder.frames, frames)) {
      const assembler = await assemblerBefore(this.#folder, first.after, before);
      builder = new SegmentBuilder(lineage.id, first.after, before.at(-1)?.chain ?? '', assembler);
      this.#open.set(lineage.id, builder);
    }
    for (const frame of frames.slice(builder.frames.length)) {
      try {
        builder.add(frame, await readFrame(file, frame, absolute), frameHeaderLength + frame.storedLength);
      } catch (error) {
        // The last one may be one whose writing failed, and it is being taken back: verify looks closer.
        const lost = {
          kind: 'segment',
          lineage: lineage.id,
          after: frame.after,
          through: undefined,
        } as const;
        if (frame !== frames.at(-1)) noteDamage(error, path, damaged, lost);
        break;
      }
    }
    if (builder.frames.length === 0) return undefined;
    return { ...builder.index(''), file: path, open: true };
  }
}

/** Whether what was read is how the file still begins: it is not when a write that failed was taken back. */
function continues(read: readonly IndexedFrame[], frames: readonly IndexedFrame[]): boolean {
  const last = read.at(-1);
  const same = frames[read.length - 1];
  if (!last) return true;
  return (
    same !== undefined &&
    read[0]?.after === frames[0]?.after &&
    same.offset === last.offset &&
    same.checksum === last.checksum &&
    same.through === last.through
  );
}

/** Builds the index of a closed segment from its entries: what a crash before the index was written leaves to do. */
export async function rebuildSegment(
  folder: string,
  lineage: LineageStart,
  name: string,
  before: readonly Segment[],
): Promise<Segment> {
  const file = posix.join('oplog', lineage.id, name);
  const path = join(folder, file);
  const handle = await openToRead(path);
  try {
    const { frames, end } = await listFrames(handle, false);
    const bounds = boundsOf(name);
    const after = frames[0]?.after;
    if (after === undefined || after !== bounds?.after || frames.at(-1)?.through !== bounds.through) {
      throw new BackupError('damaged', say`${file} is damaged at byte ${String(end)}`);
    }
    const assembler = await assemblerBefore(folder, after, before);
    const previous = before.at(-1);
    const builder = new SegmentBuilder(lineage.id, after, previous?.chain ?? '', assembler);
    for (const frame of frames) {
      builder.add(frame, await readFrame(handle, frame, path), frameHeaderLength + frame.storedLength);
    }
    return { ...builder.index(''), file, open: false };
  } finally {
    await handle.close();
  }
}

/** An assembler that has seen the unfinished transactions before `after`. */
export async function assemblerBefore(
  folder: string,
  after: ClusterTime,
  segments: readonly Segment[],
): Promise<TransactionAssembler> {
  const assembler = new TransactionAssembler();
  const previous = segments.find((s) => s.through === after);
  const since = previous?.openSince;
  if (since === undefined) return assembler;
  for (const segment of segments.filter((s) => s.through >= since && s.through <= after)) {
    const handle = await openToRead(join(folder, segment.file));
    try {
      const frames = segment.frames.filter((f) => f.through >= since);
      for await (const batch of readListed(
        handle,
        frames,
        join(folder, segment.file),
        new AbortController().signal,
      )) {
        for (const document of splitDocuments(batch.bytes)) {
          const entry = readOplogEntry(document);
          if (entry.ts >= since) pushQuietly(assembler, entry);
        }
      }
    } finally {
      await handle.close();
    }
  }
  return assembler;
}

/** What cannot be understood is recorded all the same; replaying it is refused. */
function pushQuietly(assembler: TransactionAssembler, entry: OplogEntry): void {
  try {
    assembler.push(entry);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
  }
}

/** `0001`, `0002`, … in order. */
export async function lineageIds(folder: string): Promise<string[]> {
  return (await oplogNames(folder)).filter((name) => /^\d{4,}$/.test(name)).sort();
}

/** `i0001`, … in order: made from dumps, and nothing is recorded into them. */
export async function importedLineageIds(folder: string): Promise<string[]> {
  return (await oplogNames(folder)).filter((name) => /^i\d{4,}$/.test(name)).sort();
}

async function oplogNames(folder: string): Promise<string[]> {
  return readdir(join(folder, 'oplog')).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
}

/** `undefined` for a lineage whose beginning was never written: a crash before anything was recorded. */
export async function readLineage(folder: string, id: string): Promise<LineageStart | undefined> {
  try {
    return lineageFromJson(await readSealedJson(join(folder, 'oplog', id, 'lineage.json')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The bounds that a closed segment's name states. */
export function boundsOf(name: string): { after: ClusterTime; through: ClusterTime } | undefined {
  const match = segmentFile.exec(name);
  if (!match) return undefined;
  const at = (seconds: number): ClusterTime =>
    time(`${String(Number(match[seconds]))}:${String(Number(match[seconds + 1]))}`);
  return { after: at(1), through: at(3) };
}

function noteDamage(error: unknown, file: string, damaged: DamagedFile[], loses: LostFile | undefined): void {
  const isDamage =
    (error instanceof BackupError && error.code === 'damaged') ||
    error instanceof CoreError ||
    error instanceof RangeError;
  if (!isDamage) throw error;
  damaged.push({ file, reason: quote(error.message), ...(loses ? { loses } : {}) });
}

/** How a lineage begins; where its file is lost, that is read off its first segment's name. */
async function lineageStart(
  folder: string,
  id: string,
  damaged: DamagedFile[],
): Promise<LineageStart | undefined> {
  let reason = say`it is missing`;
  try {
    const start = await readLineage(folder, id);
    if (start) return start;
  } catch (error) {
    if (!(error instanceof BackupError && error.code === 'damaged')) throw error;
    reason = say`its content does not match its checksum`;
  }
  const names = (await readdir(join(folder, 'oplog', id))).sort();
  const first = boundsOf(names.find((name) => segmentFile.test(name)) ?? '');
  if (!first || names.includes(unfinishedName)) return undefined;
  damaged.push({
    file: posix.join('oplog', id, 'lineage.json'),
    reason: say`${reason}; its segments make it good`,
  });
  const start = (first.after + 1n) as ClusterTime;
  return { id, start, startedAtMs: 0, ...(id.startsWith('i') ? { imported: true as const } : {}) };
}

function lostSegment(lineage: string, name: string): LostFile | undefined {
  const bounds = boundsOf(name);
  return bounds && { kind: 'segment', lineage, ...bounds };
}

/** Segments of which only the index is left. */
function lostSegments(lineage: string, names: readonly string[]): DamagedFile[] {
  const there = new Set(names);
  return names.flatMap((index): DamagedFile[] => {
    const name = dataOfIndex(index);
    const loses = name === undefined || there.has(name) ? undefined : lostSegment(lineage, name);
    if (name === undefined || !loses) return [];
    return [{ file: posix.join('oplog', lineage, name), reason: say`it is missing`, loses }];
  });
}

/** The newest segment, where neither its file nor a closed one that it became is there. */
async function lostOpenSegment(
  folder: string,
  lineage: string,
  names: readonly string[],
): Promise<DamagedFile[]> {
  try {
    const after = await readOpenNote(folder);
    if (names.some(isOpenName) || names.some((name) => boundsOf(name)?.after === after)) return [];
    const loses = { kind: 'segment', lineage, after, through: undefined } as const;
    return [{ file: posix.join('oplog', lineage, openNameFor(folder)), reason: say`it is missing`, loses }];
  } catch (error) {
    const begun = names.some((name) => isOpenName(name) || segmentFile.test(name));
    const missing = errnoOf(error) === 'ENOENT';
    if (missing && (!begun || lineage.startsWith('i'))) return [];
    if (!missing && !(error instanceof BackupError && error.code === 'damaged')) throw error;
    const reason = missing ? say`it is missing` : say`its content does not match its checksum`;
    return [{ file: posix.join('oplog', lineage, openNoteName), reason }];
  }
}

/** A rebuilt segment after a hole cannot know its chain: the next one says what it was. */
function joinRebuilt(segments: Segment[], beginning: ClusterTime): void {
  for (const [at, segment] of segments.entries()) {
    const next = segments[at + 1];
    const knowsIt = segment.after === beginning || segments[at - 1]?.through === segment.after;
    if (segment.sha256 !== '' || knowsIt) continue;
    if (next?.after === segment.through) segments[at] = { ...segment, chain: next.previousChain };
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await openToRead(path);
  } catch (error) {
    if (error instanceof BackupError && errnoOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}
