import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { lockHolder, type RepositoryLock, takeLock } from '../../../src/storage/lock';
import { waitFor } from '../../support/waitFor';

describe('takeLock', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-lock-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function holderOfPid(pid: number, change: object = {}): Promise<string> {
    await using _mine = await takeLock(folder);
    const [name] = await readdir(path.join(folder, 'lock'));
    const holder = JSON.parse(await readFile(path.join(folder, 'lock', name!), 'utf8')) as object;
    const file = path.join(folder, 'lock', `${pid}-other.json`);
    await writeFile(file, JSON.stringify({ ...holder, pid, token: `${pid}-other`, ...change }));
    return file;
  }

  it('gives the lock to one at most of many who ask at once', async () => {
    for (let round = 0; round < 20; round++) {
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(folder)));
      const taken = asked.flatMap((a): RepositoryLock[] => (a.status === 'fulfilled' ? [a.value] : []));
      assert.ok(taken.length <= 1, `${taken.length} hold it`);
      for (const lock of taken) await lock[Symbol.asyncDispose]();
      assert.deepEqual(await readdir(path.join(folder, 'lock')), []);
    }
  });

  it('names the holder to who comes later', async () => {
    await using _lock = await takeLock(folder);
    await assert.rejects(takeLock(folder), { code: 'locked', message: new RegExp(`pid ${process.pid} on `) });
    assert.equal((await lockHolder(folder))?.pid, process.pid);
  });

  it('replaces a holder whose process is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await holderOfPid(child.pid!);
    assert.equal(await lockHolder(folder), undefined);
    await using _lock = await takeLock(folder);
    assert.equal((await lockHolder(folder))?.pid, process.pid);
  });

  it('does not take a holder in another container for dead because its pid is not here', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await holderOfPid(child.pid!, { space: 'pid:[1]' });
    await assert.rejects(takeLock(folder), { code: 'locked' });
  });

  it('does not take half a heartbeat for a dead holder', async () => {
    await mkdir(path.join(folder, 'lock'));
    await writeFile(path.join(folder, 'lock', `${process.pid}-other.json`), '{"pid":');
    await assert.rejects(takeLock(folder), { code: 'locked' });
  });

  it('tells others what its holder does', async () => {
    await using lock = await takeLock(folder);
    lock.tell({ state: 'recording' });
    const holder = await waitFor('the news', async () => {
      const found = await lockHolder(folder);
      return found?.told ? found : undefined;
    });
    assert.deepEqual(holder.told?.state, { state: 'recording' });
  });

  it('is lost when somebody removes it, and lets nothing be written then', async () => {
    const lock = await takeLock(folder);
    await rm(path.join(folder, 'lock'), { recursive: true });
    lock.tell({ state: 'recording' });
    await waitFor('the loss', () => lock.lost.aborted);
    await assert.rejects(lock.confirm(), { code: 'locked' });
    await lock[Symbol.asyncDispose]();
    assert.equal((await readdir(folder)).length, 0);
  });
});
