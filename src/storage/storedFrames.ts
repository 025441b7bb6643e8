import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { frameHeaderLength, readFrameHeader } from '../core/frame';
import { releaseBytes } from '../core/releaseBytes';
import type { IndexedFrame } from '../core/segment';
import type { StoredFrame, StoredFrames, StoredPart } from '../engine/ports';
import { cipherFor, isEncrypted } from './encryption';
import {
  damagedFrame,
  listFrames,
  openToRead,
  type PackedFrame,
  readStored,
  unpackStored,
} from './frameFile';
import { errnoOf } from './putFile';
import { readAhead } from './readAhead';

/** Reads a snapshot's frames as they are stored, each checked. */
export function storedFrames(folder: string): StoredFrames {
  return {
    keys: (stored) => keysOf(folder, stored),
    async *read({ snapshot, part }, keys, signal) {
      const path = join(folder, 'snapshots', snapshot, part.file);
      const handle = await openToRead(path);
      try {
        const { frames, end, size } = await listFrames(handle, false);
        if (end !== size) throw damagedFrame(path, end);
        const read = async (frame: IndexedFrame, index: number): Promise<StoredFrame> => {
          const stored = await readStored(handle, frame, path);
          const own = keys?.[index];
          return {
            documents: frame.documents,
            rawLength: frame.rawLength,
            stored,
            // Keys that do not fit the frame are as good as none.
            keys: own?.length === frame.documents ? own : undefined,
            unpack: () => unpackStored(stored, frame, path),
          };
        };
        yield* readAhead(frames, read, signal);
      } finally {
        await handle.close();
      }
    },
  };
}

async function keysOf(folder: string, { snapshot, part }: StoredPart): Promise<Uint32Array[] | undefined> {
  if (part.keysFile === undefined) return undefined;
  const keys = await readKeys(join(folder, 'snapshots', snapshot, part.keysFile));
  const count = keys?.reduce((sum, own) => sum + own.length, 0);
  return count === part.documents ? keys : undefined;
}

/** Throws `damaged` where a part is not what its snapshot says. Compares checksums of frames, which is cheap. */
export async function checkPart(folder: string, { snapshot, part }: StoredPart): Promise<void> {
  const path = join(folder, 'snapshots', snapshot, part.file);
  const handle = await openToRead(path);
  try {
    const { frames, end, size } = await listFrames(handle, true);
    const documents = frames.reduce((sum, frame) => sum + frame.documents, 0);
    if (end !== size || size !== part.storedBytes || documents !== part.documents)
      throw damagedFrame(path, end);
  } finally {
    await handle.close();
  }
}

/** A stored frame to be written again as it is. */
export function repacked({ stored }: StoredFrame): PackedFrame {
  const facts = readFrameHeader(stored, crc32);
  if (facts?.storedLength !== stored.length - frameHeaderLength) throw new Error('not a whole frame');
  return { facts, bytes: stored, release: () => releaseBytes(stored) };
}

/** Each frame's keys behind their count, all as 32-bit numbers; a CRC-32 of it all at the end. */
export function writeKeys(frames: readonly Uint32Array[]): Uint8Array {
  const bytes = new Uint8Array(4 * (frames.reduce((sum, keys) => sum + keys.length + 1, 0) + 1));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const keys of frames) {
    view.setUint32(at, keys.length, true);
    at += 4;
    for (let index = 0; index < keys.length; index++, at += 4)
      view.setUint32(at, keys[index] as number, true);
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/** `undefined` where they are lost or damaged: they only save work. */
async function readKeys(path: string): Promise<Uint32Array[] | undefined> {
  const stored = await readFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  const opened = stored && (isEncrypted(path) ? cipherFor(path).open(stored) : stored);
  const end = (opened?.length ?? 0) - 4;
  if (!opened || end < 0) return undefined;
  const bytes = new DataView(opened.buffer, opened.byteOffset, opened.length);
  if (crc32(opened.subarray(0, end)) !== bytes.getUint32(end, true)) return undefined;
  const frames: Uint32Array[] = [];
  for (let at = 0; at < end;) {
    const keys = new Uint32Array(bytes.getUint32(at, true));
    at += 4;
    for (let index = 0; index < keys.length; index++, at += 4) keys[index] = bytes.getUint32(at, true);
    frames.push(keys);
  }
  return frames;
}
