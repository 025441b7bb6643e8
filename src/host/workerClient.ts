import type { Worker } from 'node:worker_threads';
import { quote, say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { FailureReport, JobKind, Jobs, WorkerRequest, WorkerResponse } from '../protocol/job';
import type { Logger } from './logger';

export interface JobOptions<K extends JobKind> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Jobs[K]['progress']) => void;
  /** Of the repository that the params name. */
  readonly passphrase?: string;
}

export interface RunsJobs {
  run<K extends JobKind>(
    kind: K,
    params: Jobs[K]['params'],
    options?: JobOptions<K>,
  ): Promise<Jobs[K]['result']>;
}

interface Pending {
  readonly kind: JobKind;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly progress: (progress: unknown) => void;
}

/** The engine in its worker: started at the first job, started again after a crash. */
export class WorkerClient implements RunsJobs {
  readonly #start: () => Worker;
  readonly #log: Logger;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;

  constructor(start: () => Worker, log: Logger) {
    this.#start = start;
    this.#log = log;
  }

  /** Aborting asks the engine to stop; the promise settles when it has. */
  async run<K extends JobKind>(
    kind: K,
    params: Jobs[K]['params'],
    options: JobOptions<K> = {},
  ): Promise<Jobs[K]['result']> {
    const { signal, onProgress, passphrase } = options;
    if (this.#closed || signal?.aborted) throw new BackupError('cancelled', say`cancelled`);
    const worker = (this.#worker ??= this.#launch());
    const id = this.#nextId++;
    const cancel = () => this.#send(worker, { kind: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise<Jobs[K]['result']>((resolve, reject) => {
        this.#pending.set(id, {
          kind,
          resolve: (result) => resolve(result as Jobs[K]['result']),
          reject,
          progress: (progress) => onProgress?.(progress as Jobs[K]['progress']),
        });
        const secret = passphrase === undefined ? {} : { passphrase };
        this.#send(worker, { kind: 'start', id, job: kind, params, ...secret });
      });
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Cancels every job, so that recorders seal what they hold, and ends the worker after `graceMs` at most. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const settled = this.#whenIdle();
    for (const id of this.#pending.keys()) this.#send(worker, { kind: 'cancel', id });
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([settled, grace]);
    clearTimeout(timer);
    await worker.terminate();
  }

  async #whenIdle(): Promise<void> {
    await Promise.all(
      [...this.#pending].map(
        ([id, job]) =>
          new Promise<void>((resolve) => {
            this.#pending.set(id, {
              ...job,
              resolve: (result) => (job.resolve(result), resolve()),
              reject: (error) => (job.reject(error), resolve()),
            });
          }),
      ),
    );
  }

  #launch(): Worker {
    const worker = this.#start();
    worker.on('message', (message: WorkerResponse) => this.#receive(message));
    worker.on('error', (error) => {
      this.#log.error('engine worker failed', error);
      this.#lose(worker, error);
    });
    worker.on('exit', (code) => {
      if (code !== 0 && !this.#closed) this.#log.error('engine worker exited', code);
      this.#lose(worker, undefined);
    });
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', (chunk: Buffer) => this.#log.debug('engine worker', String(chunk).trimEnd()));
    this.#log.info('engine worker started');
    return worker;
  }

  #send(worker: Worker, request: WorkerRequest): void {
    worker.postMessage(request);
  }

  #receive(message: WorkerResponse): void {
    const job = this.#pending.get(message.id);
    if (!job) return;
    switch (message.kind) {
      case 'progress':
        return job.progress(message.progress);
      case 'done':
        return job.resolve(message.result);
      case 'failed':
        return job.reject(errorOf(message.error));
    }
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = this.#closed
      ? new BackupError('cancelled', say`cancelled`)
      : new BackupError('internal', say`The backup engine stopped unexpectedly.`, {
          hint: say`It starts again with the next job; the log has the cause.`,
          cause,
        });
    for (const job of [...this.#pending.values()]) job.reject(lost);
  }
}

/** What {@link FailureReport} was made from. */
export function errorOf(failure: FailureReport): BackupError {
  return new BackupError(
    failure.code,
    quote(failure.message),
    failure.hint === undefined ? {} : { hint: quote(failure.hint) },
  );
}
