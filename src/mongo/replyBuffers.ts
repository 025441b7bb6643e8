import { BufferPool } from 'mongodb/lib/utils.js';
import { readInt32 } from '../core/rawDocument';

/*
 * Large replies are put together as they arrive. The driver keeps all pieces (64 KB each) until the last one is there,
 * copies them into one, and leaves them to the garbage collector, which a dump keeps at work all the time.
 */

/** Below this, replies are left to the driver. */
const largeReply = 1 << 18;
/** Of the wire protocol; what claims to be larger is left to the driver to refuse. */
const largestReply = 48_000_000;

interface Arriving {
  readonly bytes: Uint8Array;
  filled: number;
}

/** What the driver's class carries once it is changed: changed twice, it would put everything together twice. */
const changed = Symbol.for('mongo-rewind.replyBuffers');

const arriving = new WeakMap<BufferPool, Arriving>();

function putRepliesTogether(pools: typeof BufferPool.prototype & { [changed]?: true }): void {
  if (pools[changed]) return;
  pools[changed] = true;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the pool they belong to
  const { append, read } = pools;

  pools.append = function (piece) {
    const reply = arriving.get(this) ?? begun(this, piece);
    if (!reply || reply.filled === reply.bytes.length) {
      append.call(this, piece);
      return;
    }
    const taken = Math.min(piece.length, reply.bytes.length - reply.filled);
    reply.bytes.set(piece.subarray(0, taken), reply.filled);
    reply.filled += taken;
    this.buffers.clear();
    this.totalByteLength = 0;
    append.call(this, reply.bytes.subarray(0, reply.filled));
    if (taken < piece.length) append.call(this, piece.subarray(taken));
    else giveBack(piece);
  };

  pools.read = function (size) {
    const reply = arriving.get(this);
    if (reply?.bytes.length !== size) return read.call(this, size);
    arriving.delete(this);
    this.buffers.shift();
    this.totalByteLength -= size;
    return reply.bytes;
  };
}

putRepliesTogether(BufferPool.prototype);

/** The reply that begins with this piece, where it is a large one. */
function begun(pool: BufferPool, piece: Uint8Array): Arriving | undefined {
  if (pool.totalByteLength > 0 || piece.length < 4) return undefined;
  const size = readInt32(piece, 0);
  if (size < largeReply || size <= piece.length || size > largestReply) return undefined;
  const reply = { bytes: Buffer.allocUnsafeSlow(size), filled: 0 };
  arriving.set(pool, reply);
  return reply;
}

/** Of a piece that has its memory to itself. */
function giveBack(piece: Uint8Array): void {
  const { buffer } = piece;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.length) buffer.transfer(0);
}
