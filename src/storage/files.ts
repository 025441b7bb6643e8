import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, rename, rm, rmdir, unlink } from 'node:fs/promises';

/** Every way in which storage changes what is on disk, so that tests can fail or stop each of them. */
export interface FileWrites {
  open(path: string, flags: 'wx' | 'w' | 'a+' | 'r+'): Promise<WritableFile>;
  /** With its parents; readable by its owner only. Gives the first one that it had to make. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Fails where there is one. */
  makeNewFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. Fails where there is one, and where the file system knows no such thing. */
  link(from: string, to: string): Promise<void>;
  /** Fails where there is one. */
  copy(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  removeEmptyFolder(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  /** Makes renames and new files in a folder durable; does nothing where folders cannot be synced (Windows). */
  syncFolder(path: string): Promise<void>;
}

export interface WritableFile {
  /** Writes all of it at `position`, or at the end of a file opened with `a+`. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  /** Like `sync`, without times that nobody reads. */
  datasync(): Promise<void>;
  size(): Promise<number>;
  lastByte(): Promise<number | undefined>;
  close(): Promise<void>;
}

const real: FileWrites = {
  open: async (path, flags) => new RealFile(await open(path, flags, 0o600)),
  makeFolder: (path) => mkdir(path, { recursive: true, mode: 0o700 }),
  makeNewFolder: (path) => mkdir(path, { mode: 0o700 }),
  rename: (from, to) => rename(from, to),
  link: (from, to) => link(from, to),
  copy: (from, to) => copyFile(from, to, constants.COPYFILE_EXCL),
  unlink: (path) => unlink(path),
  removeEmptyFolder: (path) => rmdir(path),
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  syncFolder: async (path) => {
    if (process.platform === 'win32') return;
    const folder = await open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

let current = real;

export function files(): FileWrites {
  return current;
}

/** For tests: changes files by other means from now on; by the real ones again when none are given. */
export function useFiles(replacement: ((real: FileWrites) => FileWrites) | undefined): void {
  current = replacement ? replacement(real) : real;
}

class RealFile implements WritableFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** A full disk shows as a short write first: only the next one fails. */
  async write(bytes: Uint8Array, position?: number): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const at = position === undefined ? undefined : position + done;
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' });
      done += bytesWritten;
    }
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async lastByte(): Promise<number | undefined> {
    const size = await this.size();
    if (size === 0) return undefined;
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return bytesRead === 1 ? buffer[0] : undefined;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
