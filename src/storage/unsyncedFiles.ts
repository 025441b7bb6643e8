import { dirname } from 'node:path';
import { eachInLanes } from './eachInLanes';
import { files } from './files';
import { openAndSync, storageError, syncFolder } from './putFile';

/** Half of the threads that work on files, so that a recorder beside it does not wait. */
const lanes = 2;

/** Files that are written but not yet durable. Synced together they cost a small part of one after the other. */
export class UnsyncedFiles {
  readonly #paths = new Set<string>();
  /** With names that are not yet durable. */
  readonly #folders = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
    this.addName(path);
  }

  /** For a further name of a file that is durable itself. */
  addName(path: string): void {
    this.#folders.add(dirname(path));
  }

  /** For one that is gone. */
  forget(path: string): void {
    this.#paths.delete(path);
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
    await eachInLanes(lanes, this.#paths, (path) => openAndSync(path, 'r+'));
    await eachInLanes(lanes, this.#folders, syncFolder);
    this.#paths.clear();
    this.#folders.clear();
  }
}
