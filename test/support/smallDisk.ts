import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { useFiles } from '../../src/storage/files';

const run = promisify(execFile);

/** A folder in which only so much can be stored. */
export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Whether the operating system itself refuses what does not fit. */
  readonly real: boolean;
  /** Makes room for all that may come. */
  grow(): Promise<void>;
}

/** A file system of its own where this process may mount one, else a folder whose writes are counted. */
export async function smallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-disk-'));
  const mounted = await mount(folder, [`size=${bytes}`]);
  let room = bytes;
  if (!mounted) {
    useFiles((real) => ({
      ...real,
      open: async (file, flags) => {
        const opened = await real.open(file, flags);
        const write = async (content: Uint8Array, position?: number): Promise<void> => {
          const fits = content.subarray(0, Math.min(content.length, room));
          room -= fits.length;
          await opened.write(fits, position);
          if (fits.length < content.length)
            throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        };
        return new Proxy(opened, {
          get: (target, name) => {
            if (name === 'write') return write;
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        });
      },
    }));
  }
  return {
    folder,
    real: mounted,
    async grow() {
      if (mounted) await mount(folder, ['remount', 'size=256m']);
      else room = Infinity;
    },
    async [Symbol.asyncDispose]() {
      if (mounted) await run('umount', [folder]);
      else useFiles(undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mount(folder: string, options: readonly string[]): Promise<boolean> {
  return await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
}
