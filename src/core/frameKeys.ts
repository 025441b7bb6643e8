import { documentKey } from './documentKey';
import { BsonType, documentLength, findElement, type RawElement } from './rawDocument';

/*
 * A frame's keys tell which documents it may hold without unpacking it: a 32-bit hash of each document's `_id`, in
 * the documents' order. Two `_id`s that the server takes for the same one have the same hash; others may, rarely.
 */

/** The hashes of the `_id`s of concatenated documents. */
export function frameKeys(bytes: Uint8Array, documents: number): Uint32Array {
  const keys = new Uint32Array(documents);
  let at = 0;
  for (let index = 0; index < documents; index++) {
    const length = documentLength(bytes, at);
    keys[index] = startsWithObjectId(bytes, at)
      ? finished(hashBytes(hashByte(SEED, BsonType.objectId), bytes, at + 9, at + 21))
      : hashOf(findElement(bytes.subarray(at, at + length), '_id'));
    at += length;
  }
  return keys;
}

/** The hash for a {@link documentKey}. */
export function keyHash(key: string): number {
  let hash = SEED;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    hash = code < 0x100 ? hashByte(hash, code) : hashByte(hashByte(hash, code >> 8), code & 0xff);
  }
  return finished(hash);
}

/** Hashes to look many others up in: most are turned away by one bit of a small table, without a look into a set. */
export class KeySet {
  readonly #bits = new Uint8Array(TABLE_BITS >> 3);
  readonly #hashes = new Set<number>();

  constructor(hashes: Iterable<number>) {
    for (const hash of hashes) {
      this.#hashes.add(hash);
      const bit = hash & (TABLE_BITS - 1);
      this.#bits[bit >> 3] = (this.#bits[bit >> 3] as number) | (1 << (bit & 7));
    }
  }

  has(hash: number): boolean {
    const bit = hash & (TABLE_BITS - 1);
    return ((this.#bits[bit >> 3] as number) & (1 << (bit & 7))) !== 0 && this.#hashes.has(hash);
  }

  hasAny(hashes: Uint32Array): boolean {
    for (let index = 0; index < hashes.length; index++) if (this.has(hashes[index] as number)) return true;
    return false;
  }
}

const TABLE_BITS = 1 << 20;

const SEED = 0x811c9dc5 | 0;

function startsWithObjectId(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 4] === BsonType.objectId &&
    bytes[at + 5] === 0x5f &&
    bytes[at + 6] === 0x69 &&
    bytes[at + 7] === 0x64 &&
    bytes[at + 8] === 0
  );
}

function hashOf(id: RawElement | undefined): number {
  return id === undefined ? 0 : keyHash(documentKey(id));
}

function hashBytes(seed: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = seed;
  for (let at = from; at < to; at++) hash = hashByte(hash, bytes[at] as number);
  return hash;
}

function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** Spreads what differs in few bits over all of them. */
function finished(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
