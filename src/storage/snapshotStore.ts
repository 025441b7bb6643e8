import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { writeDumpMetadata } from '../core/dumpMetadata';
import { fileNameFor } from '../core/fileName';
import { frameKeys } from '../core/frameKeys';
import { releaseBytes } from '../core/releaseBytes';
import { say } from '../core/say';
import type { SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, clusterTime, parseClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type {
  DamagedFile,
  ListedCollection,
  RawBatch,
  SnapshotStore,
  SnapshotWriter,
  StoredFrame,
} from '../engine/ports';
import { files } from './files';
import { cipherFor, endingFor } from './encryption';
import { noteFolder } from './foldersFile';
import { dataEndingFor, isManifestName, manifestNameFor } from './fileNames';
import { type PackedFrame, packFrame } from './frameFile';
import { repacked, writeKeys } from './storedFrames';
import { manifestFromJson, manifestToJson } from './manifestJson';
import { errnoOf, makeFolder, storageError, syncFolder } from './putFile';
import { putSealedJson, readSealedJson, sha256Of } from './sealedJson';
import { putUnfinished, unfinishedName } from './unfinished';
import { UnsyncedFiles } from './unsyncedFiles';

/** Least raw bytes of a frame, but for the last one: below a batch's 4 MB, so that those need no joining. */
const frameBytes = 3 << 20;
const framesInFlight = 3;
/** Stored bytes after which the disk is set to work, so that little is left to wait for at the end. */
const flushBytes = 16 << 20;
/** Files below this leave it to the end to be synced: one by one they would cost more than all else. */
const smallBytes = 1 << 20;
const never: ClusterTime = clusterTime(0, 0);

/** Writes snapshots into a repository. */
export function fileSnapshotStore(folder: string): SnapshotStore {
  return {
    async begin(id, needs) {
      const path = join(folder, 'snapshots', id);
      await makeFolder(path);
      await putUnfinished(path, 'taking', needs);
      return writer(folder, id);
    },
  };
}

/** The manifests of all snapshots, oldest first; damaged ones apart. A folder without one is no snapshot. */
export async function readManifests(
  folder: string,
): Promise<{ manifests: SnapshotManifest[]; damaged: DamagedFile[] }> {
  const manifests: SnapshotManifest[] = [];
  const damaged: DamagedFile[] = [];
  const ids = await readdir(join(folder, 'snapshots')).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const id of ids.sort()) {
    const file = posix.join('snapshots', id, manifestNameFor(folder));
    try {
      manifests.push(manifestFromJson(await readSealedJson(join(folder, file))));
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') continue;
      const missing = errnoOf(error) === 'ENOENT';
      if (missing && !(await lostManifest(join(folder, 'snapshots', id)))) continue;
      if (!missing && !(error instanceof BackupError && error.code === 'damaged')) throw error;
      const reason = missing ? say`it is missing` : say`its content does not match its checksum`;
      damaged.push({ file, reason, loses: { kind: 'snapshot', at: timeInId(id) } });
    }
  }
  manifests.sort((a, b) => (a.consistentAt < b.consistentAt ? -1 : 1));
  return { manifests, damaged };
}

function writer(repository: string, id: string): SnapshotWriter {
  const folder = join(repository, 'snapshots', id);
  const databases = new Set<string>();
  const folders = new Map<string, { name: string; taken: Set<string> }>();
  let placed = 0;
  const places = new Map<string, string>();
  const unsynced = new UnsyncedFiles();
  const newPlace = (collection: ListedCollection): string => {
    // Names tell of what is encrypted: there the manifest alone has them.
    if (endingFor(folder) !== '') return posix.join('data', String(++placed).padStart(5, '0'));
    let database = folders.get(collection.database);
    if (!database) {
      database = { name: fileNameFor(collection.database, databases), taken: new Set() };
      folders.set(collection.database, database);
    }
    return posix.join(database.name, fileNameFor(collection.name, database.taken));
  };
  /** One that is read again is written over. */
  const place = (collection: ListedCollection): string => {
    const name = places.get(collection.uuid) ?? newPlace(collection);
    places.set(collection.uuid, name);
    return name;
  };
  return {
    async write(collection, batches, onProgress, signal) {
      const name = place(collection);
      const file = `${name}${dataEndingFor(folder)}`;
      await makeFolder(join(folder, dirname(file)));
      const { keys, ...facts } = await writeFrames(join(folder, file), unsynced, batches, onProgress, signal);
      // One frame alone is read whole, whatever is asked of it.
      const keysFile = keys.length > 1 ? `${name}.keys${endingFor(folder)}` : undefined;
      const keyBytes = keysFile === undefined ? undefined : sealedBytes(folder, writeKeys(keys));
      if (keysFile !== undefined && keyBytes) await unsynced.write(join(folder, keysFile), keyBytes);
      const metadataFile = `${name}.metadata.json${endingFor(folder)}`;
      const content = sealedBytes(folder, Buffer.from(metadata(collection)));
      await unsynced.write(join(folder, metadataFile), content);
      const ofKeys = keysFile !== undefined && keyBytes ? { keysFile, keysSha256: sha256Of(keyBytes) } : {};
      return { file, ...facts, ...ofKeys, metadataFile, metadataSha256: sha256Of(content) };
    },
    async commit(manifest) {
      await unsynced.sync();
      await syncFolder(dirname(folder));
      await putSealedJson(join(folder, manifestNameFor(folder)), manifestToJson(manifest));
      await noteFolder(repository, 'snapshots', id, manifest.consistentAt);
      await files().unlink(join(folder, unfinishedName));
      await syncFolder(folder);
    },
    discard: () => files().removeTree(folder),
  };
}

interface FileFacts {
  readonly documents: number;
  readonly bytes: number;
  readonly storedBytes: number;
  readonly sha256: string;
  /** Of each frame. */
  readonly keys: readonly Uint32Array[];
}

/** Compresses up to three frames at once and writes them in order; what is small may stay unsynced. */
async function writeFrames(
  path: string,
  unsynced: UnsyncedFiles,
  batches: AsyncIterable<RawBatch | StoredFrame>,
  onProgress: (documents: number, bytes: number) => void,
  signal: AbortSignal,
): Promise<FileFacts> {
  const cipher = endingFor(path) === '' ? undefined : cipherFor(path);
  const hash = createHash('sha256');
  const totals = { documents: 0, bytes: 0, storedBytes: 0 };
  const keys: Uint32Array[] = [];
  const inFlight: Promise<PackedFrame>[] = [];
  let unflushed = 0;
  let flushing = Promise.resolve();
  try {
    const file = await files().open(path, 'w');
    try {
      const writeOldest = async (): Promise<void> => {
        const packed = await inFlight.shift();
        if (!packed) return;
        const { facts, bytes } = packed;
        await file.write(bytes, totals.storedBytes);
        hash.update(bytes);
        totals.storedBytes += bytes.length;
        totals.documents += facts.documents;
        totals.bytes += facts.rawLength;
        onProgress(totals.documents, totals.bytes);
        unflushed += bytes.length;
        packed.release?.();
        if (unflushed < flushBytes) return;
        unflushed = 0;
        await flushing;
        flushing = file.datasync();
        flushing.catch(() => undefined); // reported by the next one to wait for it
      };
      for await (const batch of gather(batches)) {
        signal.throwIfAborted();
        const known = 'stored' in batch ? batch.keys : undefined;
        const unpacked = 'stored' in batch && !known ? await batch.unpack() : batch;
        keys.push(
          known ?? ('bytes' in unpacked ? frameKeys(unpacked.bytes, unpacked.documents) : new Uint32Array(0)),
        );
        const packing =
          'stored' in batch
            ? Promise.resolve(repacked(batch))
            : packFrame(batch, never, never, cipher).finally(batch.release);
        packing.catch(() => undefined); // reported when it is its turn
        inFlight.push(packing);
        if (inFlight.length >= framesInFlight) await writeOldest();
      }
      while (inFlight.length > 0) await writeOldest();
      await flushing;
      unsynced.add(path);
      if (totals.storedBytes >= smallBytes) await file.datasync();
    } finally {
      await Promise.allSettled([...inFlight, flushing]);
      await file.close();
    }
  } catch (error) {
    throw errnoOf(error) === undefined ? error : storageError(error, path);
  }
  return { ...totals, sha256: hash.digest('hex'), keys };
}

/** Joins small batches into runs of about {@link frameBytes}, so that small documents compress well. */
async function* gather(
  batches: AsyncIterable<RawBatch | StoredFrame>,
): AsyncGenerator<RawBatch | StoredFrame, void> {
  let pending: RawBatch[] = [];
  let bytes = 0;
  let documents = 0;
  const gathered = (): RawBatch => {
    const batch = joined(pending, documents);
    pending = [];
    bytes = documents = 0;
    return batch;
  };
  for await (const batch of batches) {
    if (batch.documents === 0) continue;
    if ('stored' in batch) {
      if (documents > 0) yield gathered();
      yield batch;
      continue;
    }
    pending.push(batch);
    bytes += batch.bytes.length;
    documents += batch.documents;
    if (bytes >= frameBytes) yield gathered();
  }
  if (documents > 0) yield gathered();
}

/** Bytes of a small file, encrypted in an encrypted repository. */
function sealedBytes(folder: string, bytes: Uint8Array): Uint8Array {
  return endingFor(folder) === '' ? bytes : cipherFor(folder).seal(bytes);
}

function joined(batches: readonly RawBatch[], documents: number): RawBatch {
  const [only] = batches;
  if (only && batches.length === 1) return only;
  const bytes = Buffer.concat(batches.map((batch) => batch.bytes));
  for (const { release } of batches) release?.();
  return { bytes, documents, release: () => releaseBytes(bytes) };
}

/** Whether a snapshot without a manifest once had one: neither is it being taken, nor is it empty. */
async function lostManifest(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return []; // removed in between
    throw error;
  });
  // A crash at the very beginning leaves nothing, or a small file that was not whole yet.
  const whole = names.filter((name) => !name.includes('.tmp-'));
  return whole.length > 0 && !names.includes(unfinishedName) && !names.some(isManifestName);
}

function timeInId(id: string): ClusterTime | undefined {
  const match = /-(\d{1,10})-(\d{1,10})$/.exec(id);
  return match ? parseClusterTime(`${match[1] ?? ''}:${match[2] ?? ''}`) : undefined;
}

/** mongodump's own metadata file. */
function metadata({ name, uuid, options, indexes }: ListedCollection): string {
  return writeDumpMetadata({ type: 'collection', collectionName: name, uuid, options, indexes });
}
