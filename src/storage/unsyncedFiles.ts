import { dirname } from 'node:path';
import { files } from './files';
import { storageError, syncFolder } from './putFile';

/** Half of the threads that work on files, so that a recorder beside it does not wait. */
const lanes = 2;

/** Files that are written but not yet durable. Synced together they cost a small part of one after the other. */
export class UnsyncedFiles {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.add(path);
    try {
      const file = await files().open(path, 'w');
      try {
        await file.write(bytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw storageError(error, path);
    }
  }

  /** Makes them durable, with their names. */
  async sync(): Promise<void> {
    await eachInLanes(this.#paths, syncFile);
    await eachInLanes(new Set([...this.#paths].map((path) => dirname(path))), syncFolder);
    this.#paths.clear();
  }
}

/** Nothing goes on when it throws. */
async function eachInLanes(paths: Iterable<string>, work: (path: string) => Promise<void>): Promise<void> {
  const queue = [...paths];
  const lane = async (): Promise<void> => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) await work(path);
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of ended) if (result.status === 'rejected') throw result.reason as Error;
}

async function syncFile(path: string): Promise<void> {
  try {
    const file = await files().open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError(error, path);
  }
}
