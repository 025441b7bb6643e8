import { createHash } from 'node:crypto';
import { join } from 'node:path';
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
    return { bytes, reason: same ? undefined : 'its bytes do not match their checksum' };
  });
}

/** Bytes after the last whole frame are being written now, so they are no damage. */
async function checkFrames(path: string, signal: AbortSignal): Promise<CheckedFile> {
  return withFile(path, async (handle) => {
    signal.throwIfAborted();
    const headers = await listFrames(handle, false);
    const checked = await listFrames(handle, true);
    const damaged = checked.end < headers.end;
    return { bytes: checked.end, reason: damaged ? `damaged at byte ${String(checked.end)}` : undefined };
  });
}

async function withFile(
  path: string,
  work: (handle: Awaited<ReturnType<typeof openToRead>>) => Promise<CheckedFile>,
): Promise<CheckedFile> {
  let handle: Awaited<ReturnType<typeof openToRead>>;
  try {
    handle = await openToRead(path);
  } catch (error) {
    const missing = errnoOf((error as Error).cause) === 'ENOENT';
    return { bytes: 0, reason: missing ? 'it is missing' : 'it cannot be read' };
  }
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
