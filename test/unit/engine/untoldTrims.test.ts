import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { formatClusterTime } from '../../../src/core/time';
import { runJob } from '../../../src/worker/jobs';
import { RecordedRepository } from '../../support/recordedRepository';

const { signal } = new AbortController();
const quiet = (): void => undefined;

describe('untoldTrims', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'untold-trims-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** What `show`, `diff` and `history` warn of, for a collection that is capped and for one that is not. */
  async function warnedBy(serverVersion: string): Promise<Record<string, readonly string[][]>> {
    const repository = path.join(folder, serverVersion);
    const made = await RecordedRepository.create(repository, undefined, serverVersion);
    made.put('log', { _id: 1 });
    made.put('orders', { _id: 1 });
    const snapshot = await made.snapshot();
    made.put('log', { _id: 2 });
    const last = made.put('orders', { _id: 2 });
    await made.seal();
    await made.close();
    const [from, to] = [formatClusterTime(snapshot.consistentAt), formatClusterTime(last)];
    const warned: Record<string, readonly string[][]> = {};
    for (const ns of ['shop.log', 'shop.orders']) {
      const of = { repository, ns };
      const reports = [
        await runJob('show', { ...of, at: to }, quiet, signal),
        await runJob('diff', { ...of, from, to }, quiet, signal),
        await runJob('diff', { ...of, from: to, to: from }, quiet, signal),
        await runJob('history', { ...of, id: '1' }, quiet, signal),
      ];
      warned[ns] = reports.map(({ warnings }) => [...warnings]);
    }
    return warned;
  }

  it('is warned of by all that tells of a capped collection of MongoDB 4.4, and of it alone', async () => {
    const warning =
      'MongoDB 4.4.29 does not log what the capped collection shop.log trims: ' +
      'its oldest documents here may be some that it had given up already';
    assert.deepEqual(await warnedBy('4.4.29'), {
      'shop.log': [[warning], [warning], [warning], [warning]],
      'shop.orders': [[], [], [], []],
    });
  });

  it('is nothing to warn of from 5.0 on', async () => {
    assert.deepEqual(await warnedBy('5.0.31'), {
      'shop.log': [[], [], [], []],
      'shop.orders': [[], [], [], []],
    });
  });
});
