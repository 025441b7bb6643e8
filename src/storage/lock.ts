import { open, readFile, rename, unlink, utimes, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '../engine/errors';
import { errnoOf, storageError } from './putFile';

const heartbeatMs = 2_000;
/** A holder on another host that has not shown itself for so long is taken for dead. */
const staleMs = 15_000;

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/** The right to write a repository's oplog. Given back by disposing. */
export interface RepositoryLock extends AsyncDisposable {
  /** Aborted when another process has taken the lock over. */
  readonly lost: AbortSignal;
}

/** Takes the lock, or throws `locked` naming the holder. A holder that is dead is replaced. */
export async function takeLock(folder: string): Promise<RepositoryLock> {
  const path = join(folder, 'lock');
  const token = `${String(process.pid)}-${Math.random().toString(36).slice(2)}`;
  const holder: LockHolder = { pid: process.pid, host: hostname(), token };
  for (let attempt = 0; ; attempt++) {
    if (await tryCreate(path, holder)) return hold(path, token);
    const current = await readHolder(folder);
    if (current && (attempt >= 3 || (await isAlive(path, current)))) {
      throw new BackupError(
        'locked',
        `another process records this repository (pid ${String(current.pid)} on ${current.host})`,
        {
          hint: 'Stop recording there first, or let it record.',
        },
      );
    }
    await setAside(path, current, token);
  }
}

/** Who holds the lock and is alive; `undefined` when nobody does. */
export async function lockHolder(folder: string): Promise<LockHolder | undefined> {
  const holder = await readHolder(folder);
  return holder && (await isAlive(join(folder, 'lock'), holder)) ? holder : undefined;
}

async function tryCreate(path: string, holder: LockHolder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(holder));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw storageError(error, path);
  }
}

async function readHolder(folder: string): Promise<LockHolder | undefined> {
  try {
    const { pid, host, token } = JSON.parse(await readFile(join(folder, 'lock'), 'utf8')) as LockHolder;
    return { pid, host, token };
  } catch {
    return undefined; // absent, or torn by a crash while it was written
  }
}

async function isAlive(path: string, holder: LockHolder): Promise<boolean> {
  if (holder.host === hostname()) {
    try {
      process.kill(holder.pid, 0);
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') return false;
    }
  }
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  );
  return age < staleMs;
}

/** Moves a dead holder's lock away; of several who try, the rename lets one through for each lock. */
async function setAside(path: string, dead: LockHolder | undefined, token: string): Promise<void> {
  const aside = `${path}.dead-${token}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw storageError(error, path);
  }
  const moved = await readFile(aside, 'utf8').catch(() => '');
  if (dead !== undefined && !moved.includes(dead.token)) {
    // Somebody had replaced the dead one meanwhile: give the lock back.
    await rename(aside, path).catch(() => undefined);
    return;
  }
  await unlink(aside).catch(() => undefined);
}

function hold(path: string, token: string): RepositoryLock {
  const lost = new AbortController();
  const beat = async (): Promise<void> => {
    const content = await readFile(path, 'utf8').catch(() => '');
    if (!content.includes(token)) {
      lost.abort(new BackupError('locked', 'another process took this repository over'));
      return;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
  };
  const timer = setInterval(() => void beat(), heartbeatMs);
  timer.unref();
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      const content = await readFile(path, 'utf8').catch(() => '');
      if (content.includes(token)) await unlink(path).catch(() => undefined);
    },
  };
}
