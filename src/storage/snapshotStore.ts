import { readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { writeDumpMetadata } from '../core/dumpMetadata';
import { fileNameFor } from '../core/fileName';
import { say } from '../core/say';
import { type SnapshotManifest, type SnapshotPart, timeInId } from '../core/snapshot';
import { BackupError } from '../engine/errors';
import type { DamagedFile, ListedCollection, SnapshotStore, SnapshotWriter } from '../engine/ports';
import { files } from './files';
import { endingFor, sealedBytes } from './encryption';
import { noteFolder } from './foldersFile';
import { isManifestName, manifestNameFor } from './fileNames';
import { manifestFromJson, manifestToJson } from './manifestJson';
import { errnoOf, makeFolderWithin, makeNewFolder, syncFolder } from './putFile';
import { putSealedJson, readSealedJson, sha256Of } from './sealedJson';
import { removeParts, writeParts } from './snapshotParts';
import { putUnfinished, unfinishedName } from './unfinished';
import { UnsyncedFiles } from './unsyncedFiles';

/** Writes snapshots into a repository. */
export function fileSnapshotStore(folder: string): SnapshotStore {
  return {
    async begin(id, needs) {
      const path = join(folder, 'snapshots', id);
      await makeFolderWithin(dirname(path));
      // Never into the folder of another: to discard this one would take that one away.
      await makeNewFolder(path);
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
  const written = new Map<string, readonly SnapshotPart[]>();
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
  /** One that is read again takes the place of what was read before. */
  const place = (collection: ListedCollection): string => {
    const name = places.get(collection.uuid) ?? newPlace(collection);
    places.set(collection.uuid, name);
    return name;
  };
  return {
    async write(collection, batches, onProgress, signal) {
      const name = place(collection);
      await makeFolderWithin(join(folder, dirname(name)));
      const partsPlace = { repository, snapshot: id, name, unsynced };
      await removeParts(partsPlace, written.get(collection.uuid) ?? []);
      const facts = await writeParts(partsPlace, batches, onProgress, signal);
      written.set(collection.uuid, facts.parts);
      const metadataFile = `${name}.metadata.json${endingFor(folder)}`;
      const content = sealedBytes(folder, Buffer.from(metadata(collection)));
      await unsynced.write(join(folder, metadataFile), content);
      return { ...facts, metadataFile, metadataSha256: sha256Of(content) };
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

/** mongodump's own metadata file. */
function metadata({ name, uuid, options, indexes }: ListedCollection): string {
  return writeDumpMetadata({ type: 'collection', collectionName: name, uuid, options, indexes });
}
