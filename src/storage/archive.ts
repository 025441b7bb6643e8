import { type Crc64, crc64, emptyCrc64 } from '../core/crc64';
import { readDumpMetadata } from '../core/dumpMetadata';
import { findElement } from '../core/rawDocument';
import { bigintOf, isTrue, stringOf } from '../core/rawValue';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { DumpDescription, DumpedCollection, DumpReader } from '../engine/ports';
import { ByteQueue, cutOff, takeDocuments } from './bsonStream';

/*
 * The archives of mongodump: a magic number, a header, one document for each collection, a terminator; then blocks,
 * each with a header that names the collection, documents and a terminator. Blocks of several collections interleave;
 * a header with EOF and a checksum of all its documents ends each.
 */

const magic = 0x8199e26d;
/** 0xffffffff, read as a length. */
const terminator = -1;

/** Reads an archive once, from its beginning to its end. */
export function archiveReader(bytes: AsyncIterable<Uint8Array>, path: string, atMs: number): DumpReader {
  const queue = new ByteQueue(bytes);
  let prelude: Promise<DumpDescription> | undefined;
  return {
    describe: () => (prelude ??= readPrelude(queue, path, atMs)),
    async *pieces(signal) {
      const sums = new Map<string, Crc64>();
      for (;;) {
        signal.throwIfAborted();
        const header = await takeDocument(queue, path);
        if (!header) break;
        const database = stringOf(findElement(header, 'db')) ?? '';
        const collection = stringOf(findElement(header, 'collection')) ?? '';
        const ns = `${database}.${collection}`;
        const sum = sums.get(ns) ?? emptyCrc64;
        if (isTrue(findElement(header, 'EOF'))) {
          if (bigintOf(findElement(header, 'CRC')) !== signed(sum)) throw cutOff(`${ns} in ${path}`);
          sums.delete(ns);
          await takeTerminator(queue, path);
          yield { database, collection, batch: undefined };
          continue;
        }
        sums.set(ns, sum);
        for (;;) {
          const batch = await takeDocuments(queue, path, (length) => length === terminator);
          if (!batch) break;
          sums.set(ns, crc64(batch.bytes, sums.get(ns) ?? emptyCrc64));
          yield { database, collection, batch };
        }
        await takeTerminator(queue, path);
      }
      if (sums.size > 0) throw cutOff(path);
    },
  };
}

async function readPrelude(queue: ByteQueue, path: string, atMs: number): Promise<DumpDescription> {
  const start = Buffer.from(await queue.peek(4));
  if (start.length < 4 || start.readUInt32LE() !== magic) {
    throw new BackupError('badInput', say`${path} is no archive of mongodump`, {
      hint: say`Choose the file of mongodump --archive, or the folder of mongodump --out.`,
    });
  }
  queue.skip(4);
  const header = await takeDocument(queue, path);
  if (!header) throw cutOff(path);
  const serverVersion = stringOf(findElement(header, 'server_version'));
  const collections: DumpedCollection[] = [];
  while (!(await atTerminator(queue))) {
    const document = await takeDocument(queue, path);
    if (!document) throw cutOff(path);
    const database = stringOf(findElement(document, 'db')) ?? '';
    const name = stringOf(findElement(document, 'collection')) ?? '';
    const metadata = stringOf(findElement(document, 'metadata')) ?? '';
    if (database === '') continue; // the oplog
    const described = readDumpMetadata(metadata === '' ? '{}' : metadata);
    collections.push({ ...described, database, name });
  }
  await takeTerminator(queue, path);
  return { serverVersion, atMs, collections };
}

async function takeDocument(queue: ByteQueue, path: string): Promise<Uint8Array | undefined> {
  const start = Buffer.from(await queue.peek(4));
  if (start.length === 0) return undefined;
  const length = start.length < 4 ? 0 : start.readInt32LE();
  if (length < 5) throw cutOff(path);
  const held = await queue.peek(length);
  if (held.length < length) throw cutOff(path);
  queue.skip(length);
  return held.subarray(0, length);
}

async function atTerminator(queue: ByteQueue): Promise<boolean> {
  const start = Buffer.from(await queue.peek(4));
  return start.length >= 4 && start.readInt32LE() === terminator;
}

async function takeTerminator(queue: ByteQueue, path: string): Promise<void> {
  if (!(await atTerminator(queue))) throw cutOff(path);
  queue.skip(4);
}

function signed({ high, low }: Crc64): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
