import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const reapers = new Set<Reaper>();
let watchingExit = false;

/** Ends a detached child with its whole process group and removes its folder when this process is gone, however it ended. */
export class Reaper {
  readonly #pid: number;
  readonly #folder: string;
  readonly #watcher: ChildProcess | undefined;

  constructor(pid: number, folder: string) {
    this.#pid = pid;
    this.#folder = folder;
    this.#watcher = process.platform === 'win32' ? undefined : this.#watch();
    if (!watchingExit) {
      // Each bundle of tests has a copy of this file, hence a listener of its own.
      process.setMaxListeners(process.getMaxListeners() + 1);
      process.once('exit', reapAll);
    }
    watchingExit = true;
    reapers.add(this);
  }

  /** The child ended in an orderly way: nothing is left to do. */
  dismiss(): void {
    reapers.delete(this);
    this.#watcher?.kill('SIGKILL');
  }

  reap(): void {
    this.dismiss();
    try {
      process.kill(process.platform === 'win32' ? this.#pid : -this.#pid, 'SIGKILL');
    } catch {
      // It ended before us.
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** A shell that waits for its input to close, which a killed process does too. */
  #watch(): ChildProcess {
    const script = 'read -r _; kill -KILL -- "-$1" 2>/dev/null; rm -rf "$2"';
    const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(this.#pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watcher.on('error', () => undefined); // no shell: the exit handler remains
    watcher.unref();
    const input = watcher.stdin as (typeof watcher.stdin & { unref?: () => void }) | null;
    input?.on('error', () => undefined);
    input?.unref?.();
    return watcher;
  }
}

function reapAll(): void {
  for (const reaper of reapers) reaper.reap();
}
