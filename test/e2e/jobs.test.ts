import assert from 'node:assert/strict';
import { once } from 'node:events';
import { JobList } from '../../src/host/jobList';
import type { Logger } from '../../src/host/logger';
import { runJob } from '../../src/host/runJob';

const log: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Keeps what it is given, as the storage of a workspace does. */
class Memory {
  readonly #values = new Map<string, string>();
  get<T>(key: string, otherwise?: T): T {
    const value = this.#values.get(key);
    return value === undefined ? (otherwise as T) : (JSON.parse(value) as T);
  }
  update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}

describe('runJob', () => {
  const memory = new Memory();
  const jobs = new JobList(memory);
  const untilAborted = async (signal: AbortSignal): Promise<never> => {
    await once(signal, 'abort');
    signal.throwIfAborted();
    throw new Error('not reached');
  };

  it('tells what came out, and what can be done with it', async () => {
    const outcome = await runJob(
      { jobs, log },
      {
        title: 'Preview',
        connection: 'a',
        outcome: (documents) => `${documents} documents`,
        made: () => ({ database: 'shop__at_1', at: '5:1' }),
        work: () => Promise.resolve(7),
      },
    );
    assert.deepEqual(outcome, { kind: 'done', result: 7 });
    const [job] = jobs.all;
    assert.equal(job?.state, 'done');
    assert.equal(job.message, '7 documents');
    assert.deepEqual(job.result, { database: 'shop__at_1', at: '5:1' });
  });

  it('ends when cancelled from its row', async () => {
    const running = runJob(
      { jobs, log },
      { title: 'Endless', connection: 'a', outcome: String, work: untilAborted },
    );
    const [job] = jobs.all;
    assert.equal(job?.state, 'running');
    jobs.cancel(job.id);
    assert.equal(jobs.find(job.id)?.state, 'cancelling');
    assert.deepEqual(await running, { kind: 'cancelled' });
    assert.equal(jobs.find(job.id)?.state, 'cancelled');
  });

  it('ends with all others of its connection, and leaves those of another alone', async () => {
    const list = new JobList(new Memory());
    const start = (title: string, connection: string) =>
      runJob({ jobs: list, log }, { title, connection, outcome: String, work: untilAborted });
    const [first, second, other] = [start('First', 'gone'), start('Second', 'gone'), start('Other', 'stays')];
    await list.endAll('gone');
    assert.deepEqual(await Promise.all([first, second]), [{ kind: 'cancelled' }, { kind: 'cancelled' }]);
    assert.deepEqual(list.runningOf('gone'), []);
    assert.deepEqual(
      list.runningOf('stays').map(({ title }) => title),
      ['Other'],
    );
    await list.endAll('stays');
    await other;
  });

  it('tells a failure and ends', async () => {
    const work = () => Promise.reject(new Error('boom'));
    const outcome = await runJob({ jobs, log }, { title: 'Failing', connection: 'a', outcome: String, work });
    assert.equal(outcome.kind, 'failed');
    assert.equal(jobs.all[0]?.state, 'failed');
  });

  it('keeps its history over a reload, where what ran is interrupted', () => {
    jobs.start('Cut off', 'a', new AbortController());
    const reloaded = new JobList(memory);
    assert.deepEqual(
      reloaded.all.map(({ title, state }) => `${title} ${state}`),
      ['Cut off cancelled', 'Failing failed', 'Endless cancelled', 'Preview done'],
    );
    reloaded.clearFinished();
    assert.deepEqual(new JobList(memory).all, []);
  });
});
