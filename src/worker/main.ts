import { parentPort, workerData } from 'node:worker_threads';
import { type Translations, useTranslations } from '../core/say';
import type { WorkerRequest, WorkerResponse } from '../protocol/job';
import { usePassphrase } from '../storage/encryption';
import { failureReport } from './failureReport';
import { runJob } from './jobs';

/** Serves jobs to the thread that started this one. */
const running = new Map<number, AbortController>();

function send(response: WorkerResponse): void {
  parentPort?.postMessage(response);
}

async function serve(request: WorkerRequest): Promise<void> {
  const { id } = request;
  if (request.kind === 'cancel') {
    running.get(id)?.abort();
    return;
  }
  const abort = new AbortController();
  running.set(id, abort);
  try {
    const onProgress = (progress: unknown): void => {
      send({ kind: 'progress', id, progress });
    };
    const repository = (request.params as { readonly repository?: string }).repository;
    const { passphrase } = request;
    // One that is not given takes none away: jobs run side by side.
    if (repository !== undefined && passphrase !== undefined) usePassphrase(repository, passphrase);
    // The params were typed by the client that sent them: this thread has no other.
    const result = await runJob(request.job, request.params as never, onProgress, abort.signal);
    send({ kind: 'done', id, result });
  } catch (error) {
    send({ kind: 'failed', id, error: failureReport(error) });
  } finally {
    running.delete(id);
  }
}

useTranslations((workerData ?? {}) as Translations);
parentPort?.on('message', (request: WorkerRequest) => {
  void serve(request);
});
