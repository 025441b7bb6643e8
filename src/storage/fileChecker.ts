import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { say } from '../core/say';
import type { CheckedFile, FileChecker } from '../engine/ports';
import { listFrames, openToRead } from './frameFile';
import { errnoOf } from './putFile';

/** Checks a repository's files byte by byte; never holds more than a piece of one. */
export function fileChecker(folder: string): FileChecker {
  return {
    check: (file, sha256, signal) => checkFile(join(folder, file), sha256, signal),
    checkFrames: (file, signal) => checkFrames(join(folder, file), signal),
  };
}

async function checkFile(path: string, sha256: string, signal: AbortSignal): Promise<CheckedFile> {
  return withFile(path, async (handle) => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
      signal.throwIfAborted();
      hash.update(piece as Uint8Array);
      bytes += (piece as Uint8Array).length;
    }
    const same = hash.digest('hex') === sha256;
    return { bytes, reason: same ? undefined : say`its bytes do not match their checksum` };
  });
}

/**
 * Every frame must be whole, to the end of the file. Bytes at its end that are none may be one that is being written:
 * they are looked at again until they stay as they are.
 */
async function checkFrames(path: string, signal: AbortSignal): Promise<CheckedFile> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const checked = await withFile(path, async (handle) => {
      const { frames, end, size } = await listFrames(handle, true);
      const reason = end < size ? say`damaged or cut off at byte ${String(end)}` : undefined;
      return { bytes: end, reason, wholeThrough: frames.at(-1)?.through };
    });
    if (checked.reason === undefined || attempt >= tailAttempts) return checked;
    await setTimeout(tailMs);
  }
}

/** A frame of 4 MB is written and synced within this many tries. */
const tailAttempts = 5;
const tailMs = 200;

async function withFile(
  path: string,
  work: (handle: Awaited<ReturnType<typeof openToRead>>) => Promise<CheckedFile>,
): Promise<CheckedFile> {
  let handle: Awaited<ReturnType<typeof openToRead>>;
  try {
    handle = await openToRead(path);
  } catch (error) {
    const missing = errnoOf((error as Error).cause) === 'ENOENT';
    return { bytes: 0, reason: missing ? say`it is missing` : say`it cannot be read` };
  }
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
