import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, crc32, createZstdCompress, zstdDecompress } from 'node:zlib';
import { type FrameFacts, frameHeaderLength, readFrameHeader, writeFrameHeader } from '../core/frame';
import type { IndexedFrame } from '../core/segment';
import { releaseBytes } from '../core/releaseBytes';
import { say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type { RawBatch } from '../engine/ports';
import { readAhead } from './readAhead';
import { type Cipher, cipherFor, isEncrypted } from './encryption';

const decompress = promisify(zstdDecompress);

/**
 * Level 1 with a window that stays in a core's cache: 4 to 12 times smaller at over 400 MB/s a core. Higher levels cost
 * more than they save, a larger window costs a tenth of the speed for 4 % of the size.
 */
const parameters = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 };
/** Output is made in one piece where it fits: each further piece is a round trip between threads. */
const slack = 1 << 16;

/**
 * One zstd frame. All of it is handed over as the end of the frame, with room for the worst case: so zstd reads and
 * writes in place, where a stream that is told of its end later copies both in and out.
 */
function compress(bytes: Uint8Array): Promise<Uint8Array> {
  const chunkSize = bytes.length + (bytes.length >> 8) + slack;
  const stream = createZstdCompress({ params: parameters, chunkSize, flush: constants.ZSTD_e_end });
  return new Promise<Uint8Array>((resolve, reject) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('error', reject);
    stream.write(bytes, (error) => {
      const [first] = pieces;
      if (error) reject(error);
      else resolve(first && pieces.length === 1 ? first : Buffer.concat(pieces));
      stream.close();
    });
  });
}

/** A frame ready to be written: its header and stored bytes in one piece. */
export interface PackedFrame {
  readonly facts: FrameFacts;
  readonly bytes: Uint8Array;
  /** Gives the memory of `bytes` back once they are written. */
  readonly release?: () => void;
}

/** Encrypted where a cipher is given. */
export async function packFrame(
  batch: RawBatch,
  after: ClusterTime,
  through: ClusterTime,
  cipher?: Cipher,
): Promise<PackedFrame> {
  const packed = await compress(batch.bytes);
  const context = { documents: batch.documents, rawLength: batch.bytes.length, after, through };
  const stored = cipher ? cipher.seal(packed, contextOf(context)) : packed;
  const facts: FrameFacts = {
    documents: batch.documents,
    rawLength: batch.bytes.length,
    storedLength: stored.length,
    checksum: crc32(stored),
    after,
    through,
  };
  const bytes = Buffer.concat([writeFrameHeader(facts, crc32), stored]);
  releaseBytes(packed);
  return { facts, bytes, release: () => releaseBytes(bytes) };
}

/** What a header says of an encrypted frame is authentic too. */
function contextOf(facts: Pick<FrameFacts, 'documents' | 'rawLength' | 'after' | 'through'>): Uint8Array {
  const { documents, rawLength, after, through } = facts;
  return Buffer.from(`${String(documents)} ${String(rawLength)} ${String(after)} ${String(through)}`);
}

/**
 * The frames of a file, in order, by their headers alone. Stops at the first that is torn or does not join the one
 * before: `end` is where the whole ones end. With `check`, the stored bytes are read and their checksums compared too.
 */
export async function listFrames(
  file: FileHandle,
  check: boolean,
): Promise<{ frames: IndexedFrame[]; end: number; size: number }> {
  const { size } = await file.stat();
  const frames: IndexedFrame[] = [];
  const header = Buffer.alloc(frameHeaderLength);
  let room = Buffer.alloc(0); // for one frame after the other: new memory costs as much as to read it
  let offset = 0;
  while (offset + frameHeaderLength <= size) {
    const { bytesRead } = await file.read(header, 0, frameHeaderLength, offset);
    const facts = readFrameHeader(header.subarray(0, bytesRead), crc32);
    if (!facts || offset + frameHeaderLength + facts.storedLength > size) break;
    const before = frames.at(-1);
    if (before && before.through !== facts.after) break; // not one that was written behind it
    if (check) {
      if (room.length < facts.storedLength) {
        releaseBytes(room);
        room = Buffer.allocUnsafeSlow(facts.storedLength + (facts.storedLength >> 3));
      }
      const stored = room.subarray(0, facts.storedLength);
      const { bytesRead } = await file.read(stored, 0, stored.length, offset + frameHeaderLength);
      if (bytesRead !== stored.length || crc32(stored) !== facts.checksum) break;
    }
    frames.push({ ...facts, offset });
    offset += frameHeaderLength + facts.storedLength;
  }
  releaseBytes(room);
  return { frames, end: offset, size };
}

/** Reads and checks one frame. Throws `damaged` when its bytes are not what its header says. */
export async function readFrame(file: FileHandle, frame: IndexedFrame, path: string): Promise<RawBatch> {
  return unpackStored(await readStored(file, frame, path), frame, path);
}

/** One frame's header and packed bytes, checked. */
export async function readStored(file: FileHandle, frame: IndexedFrame, path: string): Promise<Uint8Array> {
  const stored = Buffer.allocUnsafe(frameHeaderLength + frame.storedLength);
  const { bytesRead } = await file.read(stored, 0, stored.length, frame.offset);
  const facts = bytesRead === stored.length ? readFrameHeader(stored, crc32) : undefined;
  const body = stored.subarray(frameHeaderLength);
  if (facts?.checksum !== frame.checksum || crc32(body) !== frame.checksum)
    throw damagedFrame(path, frame.offset);
  return stored;
}

/** The documents of a frame that {@link readStored} gave. */
export async function unpackStored(stored: Uint8Array, frame: IndexedFrame, path: string): Promise<RawBatch> {
  const sealed = stored.subarray(frameHeaderLength);
  const body = isEncrypted(path) ? cipherFor(path).open(sealed, contextOf(frame)) : sealed;
  if (!body) throw damagedFrame(path, frame.offset);
  try {
    const bytes = await decompress(body, {
      maxOutputLength: frame.rawLength,
      chunkSize: frame.rawLength + slack,
    });
    if (bytes.length !== frame.rawLength) throw damagedFrame(path, frame.offset);
    return { bytes, documents: frame.documents, release: () => releaseBytes(bytes) };
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw damagedFrame(path, frame.offset, error);
  }
}

/** All frames of a file that is complete, two ahead of the reader. Throws `damaged` where it is not. */
export async function* readFrames(path: string, signal: AbortSignal): AsyncGenerator<RawBatch, void> {
  const file = await openToRead(path);
  try {
    const { frames, end, size } = await listFrames(file, false);
    if (end !== size) throw damagedFrame(path, end);
    yield* readListed(file, frames, path, signal);
  } finally {
    await file.close();
  }
}

/** The frames given, two ahead of the reader. */
export function readListed(
  file: FileHandle,
  frames: readonly IndexedFrame[],
  path: string,
  signal: AbortSignal,
): AsyncGenerator<RawBatch, void> {
  return readAhead(frames, (frame) => readFrame(file, frame, path), signal);
}

export async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new BackupError('damaged', say`a file of the repository cannot be read: ${path}`, {
      hint: say`Verify the repository to see which times it hurts.`,
      cause: error,
    });
  }
}

export function damagedFrame(path: string, offset: number, cause?: unknown): BackupError {
  return new BackupError('damaged', say`${path} is damaged at byte ${String(offset)}`, {
    hint: say`Verify the repository to see which times it hurts.`,
    ...(cause === undefined ? {} : { cause }),
  });
}
