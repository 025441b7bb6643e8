import { readlinkSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { errnoOf, makeFolderWithin, putFile, storageError } from './putFile';
import { files } from './files';

const heartbeatMs = 2_000;
/** A holder that has been watched for so long without a heartbeat is taken for dead. */
const staleMs = 15_000;
/** A holder that has not shown itself for so long is not named any more by who cannot watch it. */
const forgottenMs = 60_000;
const watchMs = 500;
const contentLength = 2048;
/** Nothing is written on the strength of an older heartbeat. */
const leaseMs = 5_000;

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Sees the pids of processes in the same one: containers of one host have one each. */
  readonly space: string;
  readonly token: string;
  /** What it told last of what it does, and when by its clock. */
  readonly told?: { readonly state: unknown; readonly atMs: number };
}

/** The right to write a repository's oplog. Given back by disposing. */
export interface RepositoryLock extends AsyncDisposable {
  readonly token: string;
  /** Aborted when another process has taken the lock over. */
  readonly lost: AbortSignal;
  /** Throws `locked` when it is lost; asked before each write. */
  confirm(): Promise<void>;
  /** Lets other processes know what the holder does; small, and never waited for. */
  tell(state: unknown): void;
}

/*
 * Each process that wants the lock first puts a file of its own into the folder `lock`, then looks for others: of two
 * that do so at once, at least one sees the other and withdraws. So no file is ever written by two, and no
 * step in between leaves the lock to both or free for a third.
 */

/** What one process at a time may do; each has a folder of its own. */
type LockName = 'lock' | 'inplace.lock';

/** Takes the lock, or throws `locked` naming the holder. Holders that are dead are removed. */
export async function takeLock(folder: string, name: LockName = 'lock'): Promise<RepositoryLock> {
  const locks = join(folder, name);
  const other = await livingHolder(locks, undefined);
  if (other) throw lockedBy(name, other);
  const token = `${String(process.pid)}-${Math.random().toString(36).slice(2)}`;
  const path = join(locks, `${token}.json`);
  const mine: LockHolder = { pid: process.pid, host: hostname(), space, token };
  try {
    await makeFolderWithin(locks);
    await putFile(path, contentOf(mine));
  } catch (error) {
    throw storageError(error, path);
  }
  const rival = await livingHolder(locks, token);
  if (!rival) return hold(path, mine);
  await files().unlink(path);
  throw lockedBy(name, rival);
}

/** {@link takeLock} of restores in place, but watches a holder until it is known whether it lives. */
export async function takeInPlaceLock(folder: string, signal: AbortSignal): Promise<RepositoryLock> {
  const seen = new Map<string, number>();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await takeLock(folder, 'inplace.lock');
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'locked')) throw error;
      for (const { path, beatMs } of await holders(join(folder, 'inplace.lock'))) {
        if (beatMs !== (seen.get(path) ?? beatMs)) throw error;
        seen.set(path, beatMs);
      }
    }
    await wait(watchMs, undefined, { signal });
  }
}

/** Who holds the lock and is alive; `undefined` when nobody does. */
export async function lockHolder(folder: string): Promise<LockHolder | undefined> {
  for (const { holder, ageMs } of await holders(join(folder, 'lock'))) {
    if (!isGone(holder) && ageMs < forgottenMs) return holder;
  }
  return undefined;
}

/** What the last holders told, dead ones among them, until the next one takes the lock. */
export async function toldStates(folder: string): Promise<unknown[]> {
  const found = await holders(join(folder, 'lock'));
  return found.flatMap(({ holder }) => (holder.told ? [holder.told.state] : []));
}

function lockedBy(name: LockName, { pid, host }: LockHolder): BackupError {
  if (name === 'inplace.lock')
    return new BackupError(
      'locked',
      say`another restore in place or undo is under way (pid ${String(pid)} on ${host})`,
      {
        hint: say`Wait until it is done, or end that process.`,
      },
    );
  return new BackupError(
    'locked',
    say`another process records this repository (pid ${String(pid)} on ${host})`,
    {
      hint: say`Stop recording there first, or let it record.`,
    },
  );
}

interface Found {
  readonly path: string;
  readonly holder: LockHolder;
  readonly beatMs: number;
  readonly ageMs: number;
}

/** A holder other than `mine` that may be alive; the dead ones are removed. */
async function livingHolder(locks: string, mine: string | undefined): Promise<LockHolder | undefined> {
  let living: LockHolder | undefined;
  for (const found of await holders(locks)) {
    if (found.holder.token === mine) continue;
    if (isGone(found.holder) || isStale(found)) {
      await files()
        .unlink(found.path)
        .catch((error: unknown) => {
          if (errnoOf(error) !== 'ENOENT') throw storageError(error, found.path);
        });
    } else {
      living = found.holder;
    }
  }
  return living;
}

async function holders(locks: string): Promise<Found[]> {
  let names: string[];
  try {
    names = await readdir(locks);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storageError(error, locks);
  }
  const found: Found[] = [];
  for (const name of names.filter((n) => n.endsWith('.json'))) {
    const path = join(locks, name);
    try {
      const { mtimeMs } = await stat(path);
      const holder = await readHolder(path, name.slice(0, -'.json'.length));
      found.push({ path, holder, beatMs: mtimeMs, ageMs: Date.now() - mtimeMs });
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw storageError(error, path);
    }
  }
  return found;
}

/** A heartbeat may be half written when it is read; then the next look shows it whole. */
async function readHolder(path: string, token: string): Promise<LockHolder> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return { pid: Number(token.split('-')[0]), host: 'unknown', space: '', token };
}

/** Always as long, so that a heartbeat needs no room on a full disk. */
function contentOf(holder: LockHolder): string {
  const text = JSON.stringify(holder);
  return text.length < contentLength ? text.padEnd(contentLength) : contentOf(withoutState(holder));
}

function withoutState({ pid, host, space: theirs, token }: LockHolder): LockHolder {
  return { pid, host, space: theirs, token };
}

const space = processSpace();

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux
  }
}

function isGone(holder: LockHolder): boolean {
  if (holder.host !== hostname() || holder.space !== space) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}

/** Heartbeats seen by this process, by path, and since when each is the last one. */
const watched = new Map<string, { readonly beatMs: number; readonly since: number }>();

/**
 * Whether this process has watched the holder for long enough without a new heartbeat. Clocks are not compared: those of
 * two hosts differ, and all of them jump when a machine wakes up.
 */
function isStale({ path, beatMs }: Found): boolean {
  const known = watched.get(path);
  if (known?.beatMs === beatMs) return performance.now() - known.since > staleMs;
  watched.set(path, { beatMs, since: performance.now() });
  return false;
}

function hold(path: string, mine: LockHolder): RepositoryLock {
  const lost = new AbortController();
  let beatAt = performance.now();
  let state: unknown;
  let beating: Promise<void> | undefined;
  const beat = (): Promise<void> => (beating ??= write().finally(() => (beating = undefined)));
  const write = async (): Promise<void> => {
    try {
      const told = state === undefined ? {} : { told: { state, atMs: Date.now() } };
      await overwrite(path, contentOf({ ...mine, ...told }));
      beatAt = performance.now();
    } catch (error) {
      // Only a file that is gone says that somebody else has the lock; anything else may pass.
      if (errnoOf(error) !== 'ENOENT' || lost.signal.aborted) return;
      lost.abort(
        new BackupError('locked', say`another process took this repository over, or its folder is gone`),
      );
    }
  };
  const timer = setInterval(() => void beat(), heartbeatMs);
  timer.unref();
  return {
    token: mine.token,
    lost: lost.signal,
    async confirm() {
      if (!lost.signal.aborted && performance.now() - beatAt > leaseMs) await beat();
      lost.signal.throwIfAborted();
    },
    tell(next) {
      state = next;
      void beat();
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await beating;
      await files()
        .unlink(path)
        .catch(() => undefined); // gone already, or the next one finds this process dead
    },
  };
}

/** In place: the file keeps its room, and one that was removed is not brought back. */
async function overwrite(path: string, content: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(content, 0);
    const now = new Date();
    await file.utimes(now, now);
  } finally {
    await file.close();
  }
}
