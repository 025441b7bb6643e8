import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createGunzip, gunzipSync } from 'node:zlib';
import { collectionOfDumpFile } from '../core/dumpFile';
import { type DumpMetadata, readDumpMetadata } from '../core/dumpMetadata';
import { writeDocument } from '../core/rawDocument';
import { say } from '../core/say';
import { timeseriesOfBuckets } from '../core/view';
import { BackupError } from '../engine/errors';
import type { DumpDescription, DumpedCollection, DumpReader } from '../engine/ports';
import { archiveReader } from './archive';
import { ByteQueue, cutOff, takeDocuments } from './bsonStream';
import { errnoOf } from './putFile';

/** Opens a mongodump directory, that of one database, or an archive; each compressed by gzip or not. */
export async function openDump(path: string): Promise<DumpReader> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new BackupError('notFound', say`there is no dump at ${path}`, {
      hint: say`Choose the folder that mongodump --out made, or the file of mongodump --archive.`,
      cause: error,
    });
  });
  return facts.isDirectory()
    ? directoryReader(path)
    : archiveReader(await bytesOf(path), path, facts.mtimeMs);
}

interface DataFile {
  readonly database: string;
  readonly collection: string;
  readonly path: string;
}

function directoryReader(folder: string): DumpReader {
  let found: Promise<{ description: DumpDescription; files: DataFile[] }> | undefined;
  const look = (): Promise<{ description: DumpDescription; files: DataFile[] }> =>
    (found ??= readFolder(folder));
  return {
    describe: async () => (await look()).description,
    async *pieces(signal) {
      for (const { database, collection, path } of (await look()).files) {
        const queue = new ByteQueue(await bytesOf(path));
        for (;;) {
          signal.throwIfAborted();
          const batch = await takeDocuments(queue, path);
          if (!batch) break;
          yield { database, collection, batch };
        }
        yield { database, collection, batch: undefined };
      }
    },
  };
}

async function readFolder(folder: string): Promise<{ description: DumpDescription; files: DataFile[] }> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((e) => e.isFile()).map((e) => e.name);
  const folders = entries.filter((e) => e.isDirectory()).map((e) => e.name);
  const collections: DumpedCollection[] = [];
  const files: DataFile[] = [];
  // The folder of one database has the collections' files in it.
  const oneDatabase = folders.length === 0 && names.some((n) => /\.metadata\.json(\.gz)?$/.test(n));
  const databases = oneDatabase ? [''] : folders.sort();
  let newestMs = 0;
  for (const database of databases) {
    const name = oneDatabase ? basename(resolve(folder)) : database;
    const one = await readDatabase(join(folder, database), name);
    collections.push(...one.collections);
    files.push(...one.files);
    newestMs = Math.max(newestMs, one.newestMs);
  }
  if (collections.length === 0) {
    throw new BackupError('badInput', say`there is no dump in ${folder}`, {
      hint: say`Choose the folder that mongodump --out made: it has a folder for each database.`,
    });
  }
  const oplog = oneDatabase ? undefined : names.find((n) => n === 'oplog.bson' || n === 'oplog.bson.gz');
  if (oplog !== undefined) files.push({ database: '', collection: 'oplog', path: join(folder, oplog) });
  const serverVersion = await readPrelude(folder, names);
  return { description: { serverVersion, atMs: newestMs, collections }, files };
}

async function readPrelude(folder: string, names: readonly string[]): Promise<string | undefined> {
  const name = names.find((n) => n === 'prelude.json' || n === 'prelude.json.gz');
  if (name === undefined) return undefined;
  const { ServerVersion: version } = JSON.parse(await textOf(join(folder, name))) as {
    ServerVersion?: string;
  };
  return version !== undefined && /^\d+\.\d+/.test(version) ? version : undefined;
}

async function readDatabase(
  folder: string,
  database: string,
): Promise<{ collections: DumpedCollection[]; files: DataFile[]; newestMs: number }> {
  const names = (await readdir(folder)).sort();
  const metadata = new Map<string, DumpMetadata>();
  const collections: DumpedCollection[] = [];
  const files: DataFile[] = [];
  let newestMs = 0;
  for (const name of names) {
    const match = /^(.*)\.metadata\.json(\.gz)?$/.exec(name);
    if (match?.[1] === undefined) continue;
    const one = await readMetadata(join(folder, name));
    const collection = one.collectionName ?? collectionOfDumpFile(match[1]);
    if (collection === undefined) throw cutOff(join(folder, name));
    metadata.set(match[1], one);
    collections.push({ ...one, database, name: collection });
  }
  for (const name of names) {
    const match = /^(.*)\.bson(\.gz)?$/.exec(name);
    if (match?.[1] === undefined) continue;
    const path = join(folder, name);
    newestMs = Math.max(newestMs, (await stat(path)).mtimeMs);
    const collection = metadata.get(match[1])?.collectionName ?? collectionOfDumpFile(match[1]);
    if (collection === undefined) throw cutOff(path);
    files.push({ database, collection, path });
    const isBuckets = timeseriesOfBuckets(`${database}.${collection}`) !== undefined;
    if (metadata.has(match[1]) || isBuckets) continue;
    const none = { collectionName: collection, uuid: undefined, options: writeDocument([]), indexes: [] };
    collections.push({ ...none, type: 'collection', database, name: collection });
  }
  return { collections, files, newestMs };
}

async function readMetadata(path: string): Promise<DumpMetadata> {
  const text = await textOf(path);
  try {
    return readDumpMetadata(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) throw cutOff(path);
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  try {
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch {
    throw cutOff(path); // not gzip, or cut off
  }
}

/** A file's bytes, unpacked where they begin as gzip does. */
async function bytesOf(path: string): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(path, 'r');
  const start = Buffer.alloc(2);
  try {
    await file.read(start, 0, 2, 0);
  } finally {
    await file.close();
  }
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  return named(start.readUInt16BE() === 0x1f8b ? stream.pipe(createGunzip()) : stream, path);
}

async function* named(stream: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* stream;
  } catch (error) {
    if (errnoOf(error)?.startsWith('Z_')) throw cutOff(path);
    throw error;
  }
}
