import { dirname, resolve } from 'node:path';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { files } from './files';

let temporaries = 0;

/** Writes a small file so that it exists whole or not at all, durably, readable by its owner only. */
export async function putFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${String(process.pid)}-${String(++temporaries)}`;
  try {
    const file = await files().open(temporary, 'w');
    try {
      await file.write(typeof content === 'string' ? Buffer.from(content) : content);
      await file.sync();
    } finally {
      await file.close();
    }
    await files().rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await files()
      .unlink(temporary)
      .catch(() => undefined); // renamed already, or never made
    throw storageError(error, path);
  }
}

/** Makes what a file holds durable; with `a+` it is made, empty, where there is none. */
export async function openAndSync(path: string, flags: 'a+' | 'r+'): Promise<void> {
  try {
    const file = await files().open(path, flags);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Makes renames and new files in a folder durable; a no-op where folders cannot be synced (Windows). */
export function syncFolder(path: string): Promise<void> {
  return files().syncFolder(path);
}

/** Makes a folder with its parents, durably. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await files().makeFolder(path);
    if (first === undefined) return;
    for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made)) {
      await syncFolder(dirname(made)).catch((error: unknown) => {
        // The folder that the repository was made in need not be ours to read.
        if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EPERM') throw error;
      });
    }
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Makes a folder, durably, in one that is there, unless it is there itself. A repository that is gone stays so. */
export async function makeFolderWithin(path: string): Promise<void> {
  try {
    await makeNewFolder(path);
  } catch (error) {
    if (!(error instanceof BackupError && errnoOf(error.cause) === 'EEXIST')) throw error;
  }
}

/** Makes a folder that must not be there yet, durably, in one that is. */
export async function makeNewFolder(path: string): Promise<void> {
  try {
    await files().makeNewFolder(path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Names what a failed file operation means and what to do. */
export function storageError(error: unknown, path: string): BackupError {
  if (error instanceof BackupError) return error;
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new BackupError('repositoryFull', say`the disk that holds the repository is full (${path})`, {
      hint: say`Free some room or move the repository. What was recorded so far is kept.`,
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new BackupError('repositoryUnwritable', say`the repository cannot be written (${path}: ${code})`, {
      hint: say`Choose a folder that you own, or mend its permissions.`,
      cause: error,
    });
  }
  if (code === 'ENOENT') {
    return new BackupError('repositoryUnwritable', say`a folder of the repository is gone (${path})`, {
      hint: say`Bring it back, or choose another folder and start again.`,
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new BackupError('repositoryUnwritable', say`the repository failed: ${text}`, { cause: error });
}

export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
