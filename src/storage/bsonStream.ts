import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { RawBatch } from '../engine/ports';

/** Raw bytes a batch aims at. */
const batchBytes = 4 << 20;
const longestDocument = 64 << 20;

/** Bytes that come piece by piece, taken by length. */
export class ByteQueue {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** What is held, at least `length` bytes of it; less only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    const more: Uint8Array[] = [];
    let total = this.#held.length;
    while (total < length && !this.#ended) {
      const next = await this.#pieces.next();
      if (next.done === true) this.#ended = true;
      else {
        more.push(next.value);
        total += next.value.length;
      }
    }
    if (more.length > 0) this.#held = Buffer.concat([this.#held, ...more]);
    return this.#held;
  }

  skip(length: number): void {
    this.#held = this.#held.subarray(length);
  }
}

/**
 * Whole documents from the front of the queue, about 4 MB of them, up to where `ends` says that something else comes.
 * `undefined` when none is left. Throws `damaged` where a document is cut off.
 */
export async function takeDocuments(
  queue: ByteQueue,
  what: string,
  ends: (length: number) => boolean = () => false,
): Promise<RawBatch | undefined> {
  let held = await queue.peek(batchBytes);
  let at = 0;
  let documents = 0;
  while (at < held.length && at < batchBytes) {
    if (held.length - at < 4) held = await queue.peek(at + 4);
    const length =
      held.length - at < 4 ? -1 : Buffer.from(held.buffer, held.byteOffset + at, 4).readInt32LE();
    if (ends(length)) break;
    if (length < 5 || length > longestDocument) throw cutOff(what);
    if (held.length - at < length) held = await queue.peek(at + length);
    if (held.length - at < length || held[at + length - 1] !== 0) throw cutOff(what);
    at += length;
    documents += 1;
  }
  if (documents === 0) return undefined;
  queue.skip(at);
  return { bytes: held.subarray(0, at), documents };
}

export function cutOff(what: string): BackupError {
  return new BackupError('badInput', say`${what} is cut off or damaged`, {
    hint: say`Nothing was imported. Make the dump again, or fetch it again.`,
  });
}
