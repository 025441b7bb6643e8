import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileWrites, WritableFile } from '../../src/storage/files';

/** Thrown by every operation at and after the crash. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CrashPoint {
  /** The number of the operation that is the last one, from 1 on; none for `Infinity`. */
  readonly at: number;
  /** Nothing of it is done, or a write only half. */
  readonly how: 'before' | 'torn';
}

/** A file by one of its names. */
interface Written {
  path: string;
  readonly content: {
    length: number;
    synced: number;
    /** Bytes that an unsynced truncation took away. */
    cut: Uint8Array;
  };
}

/**
 * File operations that stop at one of them. It knows what is durable by the letter: bytes after a sync of their file,
 * names after a sync of their folder; so that it can also show what a power cut leaves.
 */
export class CrashingFiles implements FileWrites {
  readonly #real: FileWrites;
  readonly #point: CrashPoint;
  readonly #onCrash: () => void;
  readonly #written: Written[] = [];
  /** Undoes changes of names that are not durable. */
  #names: { readonly folder: string; readonly undo: () => Promise<void> }[] = [];
  /** Counted operations so far, each with its name. */
  readonly operations: string[] = [];
  crashed = false;

  constructor(real: FileWrites, point: CrashPoint, onCrash: () => void) {
    this.#real = real;
    this.#point = point;
    this.#onCrash = onCrash;
  }

  async open(path: string, flags: 'wx' | 'w' | 'a+' | 'r+'): Promise<WritableFile> {
    const existed = existsSync(path);
    const file = await this.step(`open ${flags} ${path}`, () => this.#real.open(path, flags));
    const length = flags === 'w' ? 0 : (await stat(path)).size;
    const known = this.#written.find((w) => w.path === path);
    const written: Written = known ?? { path, content: { length, synced: length, cut: new Uint8Array() } };
    if (!known) this.#written.push(written);
    if (!existed) this.#names.push({ folder: dirname(path), undo: () => unlink(written.path) });
    return new CrashingFile(this, file, written);
  }

  async makeFolder(path: string): Promise<string | undefined> {
    if (existsSync(path)) return undefined;
    const first = await this.makeFolder(dirname(path));
    await this.makeNewFolder(path).catch((error: unknown) => {
      if (!existsSync(path) || this.crashed) throw error; // else somebody made it at the same time
    });
    return first ?? path;
  }

  async makeNewFolder(path: string): Promise<void> {
    await this.step(`mkdir ${path}`, () => this.#real.makeNewFolder(path));
    this.#names.push({ folder: dirname(path), undo: () => rm(path, { recursive: true }) });
  }

  async rename(from: string, to: string): Promise<void> {
    const replaced = existsSync(to) ? await readFile(to) : undefined;
    await this.step(`rename ${from}`, () => this.#real.rename(from, to));
    const written = this.#written.filter((w) => w.path === from);
    for (const w of written) w.path = to;
    const undo = async (): Promise<void> => {
      await rename(to, from);
      for (const w of written) w.path = from;
      if (replaced) await writeFile(to, replaced);
    };
    this.#names.push({ folder: dirname(to), undo });
  }

  async link(from: string, to: string): Promise<void> {
    await this.step(`link ${to}`, () => this.#real.link(from, to));
    for (const { content } of this.#written.filter((w) => w.path === from)) {
      this.#written.push({ path: to, content });
    }
    this.#names.push({ folder: dirname(to), undo: () => unlink(to) });
  }

  async copy(from: string, to: string): Promise<void> {
    const file = await this.open(to, 'wx');
    try {
      await file.write(await readFile(from), 0);
    } finally {
      await file.close();
    }
  }

  async unlink(path: string): Promise<void> {
    const removed = existsSync(path) ? await readFile(path) : undefined;
    await this.step(`unlink ${path}`, () => this.#real.unlink(path));
    for (const w of this.#written.filter((each) => each.path === path)) {
      this.#written.splice(this.#written.indexOf(w), 1);
    }
    if (removed) this.#names.push({ folder: dirname(path), undo: () => writeFile(path, removed) });
  }

  async removeEmptyFolder(path: string): Promise<void> {
    await this.step(`rmdir ${path}`, () => this.#real.removeEmptyFolder(path));
    this.#names.push({ folder: dirname(path), undo: () => mkdir(path) });
  }

  removeTree(path: string): Promise<void> {
    return this.step(`rm -r ${path}`, () => this.#real.removeTree(path));
  }

  async syncFolder(path: string): Promise<void> {
    await this.step(`sync folder ${path}`, () => Promise.resolve());
    this.#names = this.#names.filter((name) => name.folder !== path);
  }

  async step<T>(name: string, effect: () => Promise<T>, torn?: () => Promise<unknown>): Promise<T> {
    if (this.crashed) throw new Crash('crashed before');
    this.operations.push(name);
    if (this.operations.length < this.#point.at) return effect();
    this.crashed = true;
    if (this.#point.how === 'torn') await torn?.();
    this.#onCrash();
    throw new Crash(`crashed at ${name}`);
  }

  /** Takes back what was not durable; of unsynced bytes nothing is left, or only their number. */
  async cutPower(unsynced: 'lost' | 'zeros'): Promise<void> {
    for (const written of this.#written) {
      if (!existsSync(written.path)) continue;
      const { path } = written;
      const { length, synced, cut } = written.content;
      await truncate(path, Math.min(synced, (await stat(path)).size));
      if (cut.length > 0) await writeAt(path, (await stat(path)).size, cut);
      else if (unsynced === 'zeros') await truncate(path, Math.max(synced, length));
    }
    for (const { undo } of this.#names.reverse()) await undo();
  }
}

class CrashingFile implements WritableFile {
  readonly #files: CrashingFiles;
  readonly #file: WritableFile;
  readonly #written: Written;

  constructor(files: CrashingFiles, file: WritableFile, written: Written) {
    this.#files = files;
    this.#file = file;
    this.#written = written;
  }

  async write(bytes: Uint8Array, position?: number): Promise<void> {
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    const done = async (part: Uint8Array): Promise<void> => {
      await this.#file.write(part, position);
      const { content } = this.#written;
      content.length = Math.max(content.length, (position ?? content.length) + part.length);
    };
    await this.#files.step(
      `write ${this.#written.path}`,
      () => done(bytes),
      () => done(half),
    );
  }

  async truncate(length: number): Promise<void> {
    const { path, content } = this.#written;
    const tail = (await readFile(path)).subarray(length);
    await this.#files.step(`truncate ${path}`, () => this.#file.truncate(length));
    content.cut = tail;
    content.length = length;
    content.synced = Math.min(content.synced, length);
  }

  async sync(): Promise<void> {
    await this.#files.step(`sync ${this.#written.path}`, () => Promise.resolve());
    const { content } = this.#written;
    content.synced = content.length;
    content.cut = new Uint8Array();
  }

  datasync(): Promise<void> {
    return this.sync();
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  lastByte(): Promise<number | undefined> {
    return this.#file.lastByte();
  }

  /** A process that is gone has closed its files. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

async function writeAt(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, position);
  await file.close();
}
