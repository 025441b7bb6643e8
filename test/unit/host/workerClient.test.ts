import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { BackupError } from '../../../src/engine/errors';
import type { Logger } from '../../../src/host/logger';
import { WorkerClient } from '../../../src/host/workerClient';

const silent: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A real worker that answers by what `repository` says: an engine in miniature. */
const script = `
  const { parentPort } = require('node:worker_threads');
  const cancels = new Map();
  const send = (kind, id, more) => parentPort.postMessage({ kind, id, ...more });
  parentPort.on('message', (message) => {
    const { kind, id } = message;
    if (kind === 'cancel') return cancels.get(id)?.();
    const { repository } = message.params;
    if (repository === 'echo') send('done', id, { result: message.job });
    if (repository === 'refuse')
      send('failed', id, { error: { code: 'gap', message: 'in a gap', hint: 'pick another' } });
    if (repository === 'progress') {
      send('progress', id, { progress: 1 });
      send('progress', id, { progress: 2 });
      send('done', id, { result: 'end' });
    }
    if (repository === 'crash') process.nextTick(() => { throw new Error('boom'); });
    if (repository === 'exit') process.exit(3);
    if (repository === 'wait') {
      send('progress', id, { progress: 'waiting' });
      cancels.set(id, () => send('done', id, { result: 'sealed' }));
    }
    if (repository === 'deaf') send('progress', id, { progress: 'deaf' });
  });
`;

describe('WorkerClient', () => {
  let starts = 0;
  let client: WorkerClient;
  beforeEach(() => {
    starts = 0;
    client = new WorkerClient(() => {
      starts++;
      return new Worker(script, { eval: true, stdout: true, stderr: true });
    }, silent);
  });
  afterEach(() => client.close(100));

  const run = (repository: string, signal?: AbortSignal, onProgress?: (progress: unknown) => void) =>
    client.run(
      'record',
      { uri: '', repository },
      { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) },
    );

  it('starts its worker at the first job only', async () => {
    assert.equal(starts, 0);
    assert.deepEqual(await Promise.all([run('echo'), run('echo')]), ['record', 'record']);
    assert.equal(starts, 1);
  });

  it('passes progress on in order', async () => {
    const seen: unknown[] = [];
    assert.equal(await run('progress', undefined, (p) => seen.push(p)), 'end');
    assert.deepEqual(seen, [1, 2]);
  });

  it('rebuilds the error of a failed job', async () => {
    await assert.rejects(run('refuse'), (error) => {
      assert.ok(error instanceof BackupError);
      assert.deepEqual([error.code, error.message, error.hint], ['gap', 'in a gap', 'pick another']);
      return true;
    });
  });

  it('asks the job to stop when aborted, and waits for its answer', async () => {
    const abort = new AbortController();
    assert.equal(await run('wait', abort.signal, () => abort.abort()), 'sealed');
  });

  it('starts nothing that is aborted already', async () => {
    await assert.rejects(run('echo', AbortSignal.abort()), { code: 'cancelled' });
    assert.equal(starts, 0);
  });

  for (const end of ['crash', 'exit'])
    it(`fails every pending job when its worker ends by ${end}, and starts another`, async () => {
      const waiting = run('wait');
      const ending = run(end);
      await assert.rejects(waiting, { code: 'internal', message: 'The backup engine stopped unexpectedly.' });
      await assert.rejects(ending, { code: 'internal' });
      assert.equal(await run('echo'), 'record');
      assert.equal(starts, 2);
    });

  it('lets jobs end when closed', async () => {
    const waiting = new Promise<unknown>((resolve, reject) => {
      const running = run('wait', undefined, () => {
        client.close(5000).catch(reject);
      });
      running.then(resolve, reject);
    });
    assert.equal(await waiting, 'sealed');
    await assert.rejects(run('echo'), { code: 'cancelled' });
  });

  it('does not wait for a deaf job longer than its grace', async () => {
    const heard = new Promise<void>((resolve) => {
      const deaf = run('deaf', undefined, () => resolve());
      deaf.catch(() => undefined);
    });
    await heard;
    const began = performance.now();
    await client.close(50);
    assert.ok(performance.now() - began < 2000);
  });
});
