import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { frameKeys } from '../core/frameKeys';
import { releaseBytes } from '../core/releaseBytes';
import type { SnapshotPart } from '../core/snapshot';
import { type ClusterTime, clusterTime } from '../core/time';
import type { RawBatch, StoredFrame, StoredPart } from '../engine/ports';
import { cipherFor, endingFor, sealedBytes } from './encryption';
import { partNamesFor } from './fileNames';
import { files, type WritableFile } from './files';
import { type PackedFrame, packFrame } from './frameFile';
import { storageError } from './putFile';
import { sha256Of } from './sealedJson';
import { checkPart, repacked, writeKeys } from './storedFrames';
import type { UnsyncedFiles } from './unsyncedFiles';

/** Least raw bytes of a frame, but for the last one: below a batch's 4 MB, so that those need no joining. */
const frameBytes = 3 << 20;
const framesInFlight = 3;
const sharesInFlight = 4;
/** Stored bytes of a part, but for the last one: so often the disk is set to work, and little is left for the end. */
const partBytes = 16 << 20;
/** Files below this leave it to the end to be synced: one by one they would cost more than all else. */
const smallBytes = 1 << 20;
/** Stored frames of less are joined with others, or the inserts before each base would leave one for ever. */
const smallFrameBytes = 1 << 18;
const never: ClusterTime = clusterTime(0, 0);

export interface PartsPlace {
  readonly repository: string;
  readonly snapshot: string;
  /** What the names of the files begin with, relative to the snapshot's folder. */
  readonly name: string;
  readonly unsynced: UnsyncedFiles;
}

export interface WrittenParts {
  readonly parts: readonly SnapshotPart[];
  readonly documents: number;
  readonly bytes: number;
  readonly storedBytes: number;
}

/**
 * Writes a collection's documents. Up to three frames are compressed at once; what is small may stay unsynced. Leaves no
 * file behind when it fails.
 */
export async function writeParts(
  place: PartsPlace,
  items: AsyncIterable<RawBatch | StoredFrame | StoredPart>,
  onProgress: (documents: number, bytes: number) => void,
  signal: AbortSignal,
): Promise<WrittenParts> {
  const writer = new PartsWriter(place, onProgress);
  try {
    for await (const item of gather(items)) {
      signal.throwIfAborted();
      if ('part' in item) await writer.share(item);
      else await writer.add(item);
    }
    return await writer.end();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Removes what {@link writeParts} wrote, where the collection is to be read again. */
export async function removeParts(
  { repository, snapshot, unsynced }: PartsPlace,
  parts: readonly SnapshotPart[],
): Promise<void> {
  const names = parts.flatMap((part) => [part.file, ...(part.keysFile === undefined ? [] : [part.keysFile])]);
  for (const name of names) {
    const path = join(repository, 'snapshots', snapshot, name);
    unsynced.forget(path);
    await files().unlink(path);
  }
}

class PartsWriter {
  readonly #place: PartsPlace;
  readonly #folder: string;
  readonly #onProgress: (documents: number, bytes: number) => void;
  readonly #parts: SnapshotPart[] = [];
  readonly #made: string[] = [];
  readonly #inFlight: { readonly packing: Promise<PackedFrame>; readonly keys: Uint32Array }[] = [];
  /** Parts that are being checked. */
  readonly #sharing: Promise<void>[] = [];
  /** Of the parts that are done. */
  readonly #totals: Totals = { documents: 0, bytes: 0, storedBytes: 0 };
  #open: OpenPart | undefined;
  #closing = Promise.resolve();

  constructor(place: PartsPlace, onProgress: (documents: number, bytes: number) => void) {
    this.#place = place;
    this.#folder = join(place.repository, 'snapshots', place.snapshot);
    this.#onProgress = onProgress;
  }

  async add(frame: RawBatch | StoredFrame): Promise<void> {
    const cipher = endingFor(this.#folder) === '' ? undefined : cipherFor(this.#folder);
    const keys = await keysOf(frame);
    const packing =
      'stored' in frame
        ? Promise.resolve(repacked(frame))
        : packFrame(frame, never, never, cipher).finally(frame.release);
    packing.catch(() => undefined); // reported when it is its turn
    this.#inFlight.push({ packing, keys });
    if (this.#inFlight.length >= framesInFlight) await this.#writeOldest();
  }

  /** Gives a part of an earlier snapshot a name in this one. Throws `damaged` where that, or one before, is not whole. */
  async share(stored: StoredPart): Promise<void> {
    await this.#drain();
    while (this.#sharing.length >= sharesInFlight) await this.#sharing.shift();
    const { snapshot, part } = stored;
    const { data, keys } = this.#nextNames();
    const sharing = this.#shareAs(stored, data, keys);
    sharing.catch(() => undefined); // told by whoever waits for it
    this.#sharing.push(sharing);
    this.#done({
      ...part,
      file: data,
      ...(part.keysFile === undefined ? {} : { keysFile: keys }),
      sharedAs: part.sharedAs ?? `${snapshot}/${part.file}`,
    });
    this.#report();
  }

  async #shareAs(stored: StoredPart, data: string, keys: string): Promise<void> {
    const { snapshot, part } = stored;
    await checkPart(this.#place.repository, stored);
    await this.#link(snapshot, part.file, data);
    if (part.keysFile !== undefined) await this.#link(snapshot, part.keysFile, keys);
  }

  async end(): Promise<WrittenParts> {
    await this.#drain();
    await Promise.all(this.#sharing);
    await this.#closing;
    return { parts: this.#parts, ...this.#totals };
  }

  async discard(): Promise<void> {
    const packing = this.#inFlight.map((frame) => frame.packing);
    await Promise.allSettled([...packing, ...this.#sharing, this.#closing]);
    await this.#open?.close().catch(() => undefined); // what failed first is told
    for (const path of this.#made) {
      this.#place.unsynced.forget(path);
      await files()
        .unlink(path)
        .catch(() => undefined); // it goes with the snapshot's folder
    }
  }

  async #drain(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#writeOldest();
    await this.#finish();
  }

  async #writeOldest(): Promise<void> {
    const oldest = this.#inFlight.shift();
    if (!oldest) return;
    const packed = await oldest.packing;
    if (!this.#open) {
      const { data } = this.#nextNames();
      this.#open = await OpenPart.begin(data, this.#make(data));
    }
    await this.#open.write(packed, oldest.keys);
    this.#report();
    if (this.#open.totals.storedBytes >= partBytes) await this.#finish();
  }

  /** Ends the part that is being written; what makes it durable goes on. */
  async #finish(): Promise<void> {
    if (!this.#open) return;
    const open = this.#open;
    const { file, totals, keys } = open;
    // One frame alone is read whole, whatever is asked of it.
    const ofKeys = keys.length > 1 ? await this.#writeKeys(keys) : {};
    await this.#closing;
    this.#open = undefined;
    this.#done({ file, ...totals, sha256: open.sha256(), ...ofKeys });
    this.#closing = open.close(totals.storedBytes >= smallBytes);
    this.#closing.catch(() => undefined); // told by the next one to wait for it
  }

  #done(part: SnapshotPart): void {
    this.#parts.push(part);
    this.#totals.documents += part.documents;
    this.#totals.bytes += part.bytes;
    this.#totals.storedBytes += part.storedBytes;
  }

  async #writeKeys(keys: readonly Uint32Array[]): Promise<{ keysFile: string; keysSha256: string }> {
    const keysFile = this.#nextNames().keys;
    const bytes = sealedBytes(this.#folder, writeKeys(keys));
    await this.#place.unsynced.write(this.#make(keysFile), bytes);
    return { keysFile, keysSha256: sha256Of(bytes) };
  }

  async #link(snapshot: string, from: string, to: string): Promise<void> {
    const path = join(this.#place.repository, 'snapshots', snapshot, from);
    const made = join(this.#folder, to);
    this.#made.push(made);
    this.#place.unsynced.addName(made);
    try {
      await files()
        .link(path, made)
        .catch(() => {
          this.#place.unsynced.add(made);
          return files().copy(path, made);
        });
    } catch (error) {
      throw storageError(error, made);
    }
  }

  /** The path of a file that this one makes, durable in the end. */
  #make(file: string): string {
    const path = join(this.#folder, file);
    this.#made.push(path);
    this.#place.unsynced.add(path);
    return path;
  }

  #nextNames(): { data: string; keys: string } {
    return partNamesFor(this.#folder, this.#place.name, this.#parts.length + 1);
  }

  #report(): void {
    const { documents = 0, bytes = 0 } = this.#open?.totals ?? {};
    this.#onProgress(this.#totals.documents + documents, this.#totals.bytes + bytes);
  }
}

interface Totals {
  documents: number;
  bytes: number;
  storedBytes: number;
}

/** The part that is being written. */
class OpenPart {
  readonly file: string;
  readonly totals: Totals = { documents: 0, bytes: 0, storedBytes: 0 };
  /** Of each frame. */
  readonly keys: Uint32Array[] = [];
  readonly #path: string;
  readonly #handle: WritableFile;
  readonly #hash = createHash('sha256');

  private constructor(file: string, path: string, handle: WritableFile) {
    this.file = file;
    this.#path = path;
    this.#handle = handle;
  }

  static async begin(file: string, path: string): Promise<OpenPart> {
    try {
      return new OpenPart(file, path, await files().open(path, 'wx'));
    } catch (error) {
      throw storageError(error, path);
    }
  }

  async write({ facts, bytes, release }: PackedFrame, keys: Uint32Array): Promise<void> {
    try {
      await this.#handle.write(bytes, this.totals.storedBytes);
    } catch (error) {
      throw storageError(error, this.#path);
    }
    this.#hash.update(bytes);
    this.totals.storedBytes += bytes.length;
    this.totals.documents += facts.documents;
    this.totals.bytes += facts.rawLength;
    this.keys.push(keys);
    release?.();
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }

  async close(durable = false): Promise<void> {
    try {
      if (durable) await this.#handle.datasync();
    } catch (error) {
      throw storageError(error, this.#path);
    } finally {
      await this.#handle.close();
    }
  }
}

async function keysOf(frame: RawBatch | StoredFrame): Promise<Uint32Array> {
  if (!('stored' in frame)) return frameKeys(frame.bytes, frame.documents);
  if (frame.keys) return frame.keys;
  const { bytes, documents, release } = await frame.unpack();
  const keys = frameKeys(bytes, documents);
  release?.();
  return keys;
}

/** Joins small batches into runs of about {@link frameBytes}, so that small documents compress well. */
async function* gather(
  items: AsyncIterable<RawBatch | StoredFrame | StoredPart>,
): AsyncGenerator<RawBatch | StoredFrame | StoredPart, void> {
  let pending: RawBatch[] = [];
  let bytes = 0;
  let documents = 0;
  const gathered = (): RawBatch => {
    const batch = joined(pending, documents);
    pending = [];
    bytes = documents = 0;
    return batch;
  };
  for await (const item of items) {
    if ('part' in item || ('stored' in item && item.rawLength >= smallFrameBytes)) {
      if (documents > 0) yield gathered();
      yield item;
      continue;
    }
    const batch = 'stored' in item ? await item.unpack() : item;
    if (batch.documents === 0) continue;
    pending.push(batch);
    bytes += batch.bytes.length;
    documents += batch.documents;
    if (bytes >= frameBytes) yield gathered();
  }
  if (documents > 0) yield gathered();
}

function joined(batches: readonly RawBatch[], documents: number): RawBatch {
  const [only] = batches;
  if (only && batches.length === 1) return only;
  const bytes = Buffer.concat(batches.map((batch) => batch.bytes));
  for (const { release } of batches) release?.();
  return { bytes, documents, release: () => releaseBytes(bytes) };
}
