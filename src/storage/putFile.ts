import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError } from '../engine/errors';

/** Writes a small file so that it exists whole or not at all, durably, readable by its owner only. */
export async function putFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${String(process.pid)}`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw storageError(error, path);
  }
}

/** Makes renames and new files in a folder durable; a no-op where folders cannot be synced (Windows). */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder: FileHandle = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storageError(error, path);
  }
}

/** Names what a failed file operation means and what to do. */
export function storageError(error: unknown, path: string): BackupError {
  if (error instanceof BackupError) return error;
  const code = errnoOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new BackupError('repositoryFull', `the disk that holds the repository is full (${path})`, {
      hint: 'Free some room or move the repository. What was recorded so far is kept.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new BackupError('repositoryUnwritable', `the repository cannot be written (${path}: ${code})`, {
      hint: 'Choose a folder that you own, or mend its permissions.',
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new BackupError('repositoryUnwritable', `the repository failed: ${text}`, { cause: error });
}

export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
