import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpFileName } from '../core/dumpFile';
import { writeDumpMetadata } from '../core/dumpMetadata';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { DumpWriter, RawBatch } from '../engine/ports';
import { errnoOf, syncFolder } from './putFile';

/**
 * Writes a mongodump directory. Throws `targetExists` where the folder holds anything; `discard` removes what was
 * written, whole.
 */
export async function mongodumpDirectory(folder: string): Promise<DumpWriter & { discard(): Promise<void> }> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  if ((await readdir(folder)).length > 0) {
    throw new BackupError('targetExists', say`the folder ${folder} is not empty`, {
      hint: say`Nothing was written. Choose a folder that does not exist yet.`,
    });
  }
  const databases = new Set<string>();
  const place = async (database: string, collection: string, ending: string): Promise<string> => {
    if (!databases.has(database)) {
      databases.add(database);
      await mkdir(join(folder, database), { mode: 0o700 });
    }
    return join(folder, database, `${dumpFileName(collection, hashOf)}${ending}`);
  };
  return {
    async metadata({ database, collection }, metadata) {
      const path = await place(database, collection, '.metadata.json');
      await write(path, (file) => file.writeFile(writeDumpMetadata(metadata)));
    },
    async documents({ database, collection }, batches) {
      const path = await place(database, collection, '.bson');
      await write(path, (file) => writeAll(file, batches));
    },
    async finish(serverVersion) {
      const prelude = { ServerVersion: serverVersion, ToolVersion: 'mongo-rewind' };
      await write(join(folder, 'prelude.json'), (file) => file.writeFile(JSON.stringify(prelude)));
      for (const database of databases) await syncFolder(join(folder, database));
      await syncFolder(folder);
    },
    async discard() {
      if (made !== undefined) {
        await rm(folder, { recursive: true, force: true });
        return;
      }
      for (const name of [...databases, 'prelude.json'])
        await rm(join(folder, name), { recursive: true, force: true });
    },
  };
}

async function writeAll(file: FileHandle, batches: AsyncIterable<RawBatch>): Promise<void> {
  for await (const { bytes } of batches) await file.writeFile(bytes);
}

async function write(path: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    // Two names that differ only in case must not become one file on a disk that does not tell them apart.
    const file = await open(path, 'wx', 0o600);
    try {
      await work(file);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  if (code === 'EEXIST') {
    return new BackupError(
      'targetExists',
      say`${path} cannot be written: there is a file of this name, maybe in another case`,
      {
        hint: say`Export to a disk that tells upper and lower case apart.`,
        cause: error,
      },
    );
  }
  return new BackupError('badInput', say`the dump cannot be written (${path}: ${code})`, {
    hint: say`Choose a folder that you own, on a disk with room.`,
    cause: error,
  });
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url');
}
