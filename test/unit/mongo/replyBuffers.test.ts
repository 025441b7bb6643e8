import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { BufferPool } from 'mongodb/lib/utils.js';
import '../../../src/mongo/replyBuffers';
import { Random } from '../../support/random';

const large = 1 << 18;

/** What the driver does with each piece that arrives. */
function feed(pool: BufferPool, piece: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  pool.append(piece);
  for (;;) {
    const size = pool.getInt32();
    if (size === null || size > pool.length) return messages;
    messages.push(pool.read(size));
  }
}

function message(length: number): Buffer {
  const bytes = randomBytes(length);
  bytes.writeInt32LE(length);
  return bytes;
}

/** A copy with its memory to itself, as what arrives on a socket has. */
function pieceOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(from, to));
}

describe('replies that are put together as they arrive', () => {
  it('are what was sent, however large and however cut', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const r = new Random(seed);
      const sizes = Array.from({ length: 6 }, () => 16 + Math.floor(r.next() ** 3 * 4 * large));
      const sent = [...sizes, large - 1, large, large + 1].map(message);
      const all = Buffer.concat(sent);
      const pool = new BufferPool();
      const got: Uint8Array[] = [];
      for (let at = 0; at < all.length;) {
        const end = Math.min(all.length, at + 1 + Math.floor(r.next() ** 4 * 300_000));
        got.push(...feed(pool, pieceOf(all, at, end)));
        at = end;
      }
      assert.equal(got.length, sent.length, `seed ${String(seed)}`);
      for (const [index, bytes] of sent.entries()) assert.ok(bytes.equals(got[index] ?? bytes.subarray(1)));
      assert.equal(pool.length, 0);
    }
  });

  it('give the pieces of large ones back at once', () => {
    const sent = message(4 * large);
    const pool = new BufferPool();
    const pieces = [0, 1, 2, 3].map((n) => pieceOf(sent, n * large, (n + 1) * large));
    for (const piece of pieces) feed(pool, piece);
    assert.deepEqual(
      pieces.map((piece) => piece.length),
      [0, 0, 0, 0],
    );
  });

  it('leave pieces alone that share their memory, and what claims to be too large', () => {
    const sent = message(2 * large);
    const shared = sent.subarray(0, large);
    const pool = new BufferPool();
    feed(pool, shared);
    assert.equal(shared.length, large);
    const absurd = new BufferPool();
    const bytes = message(large);
    bytes.writeInt32LE(0x7fffffff);
    assert.deepEqual(feed(absurd, bytes), []);
    assert.equal(absurd.length, large);
  });
});
