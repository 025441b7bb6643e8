import { setImmediate } from 'node:timers/promises';
import { type ClientSession, type Db, type Document, Long } from 'mongodb';
import { readInt32 } from '../core/rawDocument';
import { releaseBytes } from '../core/releaseBytes';
import type { RawBatch } from '../engine/ports';
import './rawCommand';
import './replyBuffers';
import { withReplyLimit } from './replyLimit';

export interface RawFind {
  readonly db: Db;
  /** One explicit session for the whole cursor, so that every `getMore` reaches the same member. */
  readonly session: ClientSession;
  readonly command: Document;
  /** Ask for the next batch while the last one is being used. */
  readonly readAhead: boolean;
  /** For tailable cursors: how long the server waits for data before an empty batch. */
  readonly maxAwaitTimeMs?: number;
  /** A reply that takes longer than this is given up. */
  readonly replyLimitMs?: number;
}

const usualReplyLimitMs = 120_000;
const killLimitMs = 2_000;

/**
 * Runs a `find` and gives its batches as concatenated BSON, with no work per document in the driver.
 * An empty batch is given too: on a tailable cursor it says that all there is has been read.
 */
export async function* readRaw(find: RawFind, signal: AbortSignal): AsyncGenerator<RawBatch, void> {
  const { db, session } = find;
  const collection: unknown = find.command['find'];
  let cursorId = 0n;
  let ahead: Promise<Document> | undefined;
  const ask = (command: Document): Promise<Document> =>
    withReplyLimit(find.replyLimitMs ?? usualReplyLimitMs, signal, (limit) =>
      db.command(command, { raw: true, session, signal: limit }),
    );
  const more = (id: bigint, name: string): Promise<Document> =>
    ask({
      getMore: Long.fromBigInt(id),
      collection: name,
      ...(find.command['batchSize'] === undefined ? {} : { batchSize: find.command['batchSize'] as number }),
      ...(find.maxAwaitTimeMs === undefined ? {} : { maxTimeMS: find.maxAwaitTimeMs }),
    });
  let name = typeof collection === 'string' ? collection : '';
  try {
    let reply = readReply(await ask(find.command));
    cursorId = reply.id;
    if (reply.collection !== '') name = reply.collection;
    for (;;) {
      signal.throwIfAborted();
      if (find.readAhead && cursorId !== 0n) {
        ahead = more(cursorId, name);
        ahead.catch(() => undefined);
        await setImmediate(); // the request is on its way before this thread is busy
      }
      const { documents: bytes, count: documents } = stripKeys(reply.batch);
      yield { bytes, documents, release: () => releaseBytes(bytes) };
      signal.throwIfAborted();
      if (cursorId === 0n) return;
      const next = await (ahead ?? more(cursorId, name));
      ahead = undefined;
      reply = readReply(next);
      cursorId = reply.id;
    }
  } finally {
    await ahead?.catch(() => undefined);
    if (cursorId !== 0n && name !== '') {
      const kill = { killCursors: name, cursors: [Long.fromBigInt(cursorId)] };
      await withReplyLimit(killLimitMs, undefined, (limit) =>
        db.command(kill, { session, signal: limit }),
      ).catch(() => undefined); // it ends with its session anyway
    }
  }
}

interface Reply {
  readonly id: bigint;
  readonly collection: string;
  /** A BSON array. */
  readonly batch: Buffer;
}

/** Reads `cursor: {firstBatch | nextBatch, id, ns}`. */
function readReply(reply: Document): Reply {
  const cursor = reply['cursor'] as Buffer;
  let id = 0n;
  let collection = '';
  let batch: Buffer = emptyArray;
  let at = 4;
  while (cursor[at] !== 0) {
    const type = cursor[at];
    const nameEnd = cursor.indexOf(0, at + 1);
    const name = cursor.toString('latin1', at + 1, nameEnd);
    const value = nameEnd + 1;
    switch (type) {
      case 0x04: {
        const length = cursor.readInt32LE(value);
        if (name === 'firstBatch' || name === 'nextBatch') {
          batch = cursor.subarray(value, value + length);
        }
        at = value + length;
        break;
      }
      case 0x03:
        at = value + cursor.readInt32LE(value);
        break;
      case 0x12:
        if (name === 'id') id = cursor.readBigInt64LE(value);
        at = value + 8;
        break;
      case 0x02: {
        const length = cursor.readInt32LE(value);
        if (name === 'ns') {
          const ns = cursor.toString('utf8', value + 4, value + 3 + length);
          collection = ns.slice(ns.indexOf('.') + 1);
        }
        at = value + 4 + length;
        break;
      }
      case 0x08:
        at = value + 1;
        break;
      case 0x01:
      case 0x11:
        at = value + 8;
        break;
      default:
        throw new Error(`unexpected field ${name} of type ${String(type)} in a cursor reply`);
    }
  }
  return { id, collection, batch };
}

const emptyArray = Buffer.from([5, 0, 0, 0, 0]);

/** Moves the documents of a BSON array together, in place: the reply is nobody else's. */
function stripKeys(array: Buffer): { documents: Uint8Array; count: number } {
  let length = 0;
  let count = 0;
  let at = 4;
  // The keys are 0, 1, 2, …, so their lengths are known.
  let keyLength = 1;
  let longer = 10;
  while (array[at] !== 0) {
    if (count === longer) {
      keyLength += 1;
      longer *= 10;
    }
    const value = at + keyLength + 2;
    const size = readInt32(array, value);
    const end = value + size;
    if (size < 5 || end >= array.length || array[value - 1] !== 0) throw new Error('a batch is malformed');
    array.copyWithin(length, value, end);
    length += size;
    count += 1;
    at = end;
  }
  return { documents: array.subarray(0, length), count };
}
