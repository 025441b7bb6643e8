import * as vscode from 'vscode';
import { isAbort } from '../engine/errors';
import type { CopyProgress } from '../protocol/job';
import { failureLine } from './failure';
import { commandIds } from './ids';
import type { JobList, JobResult } from './jobList';
import type { Logger } from './logger';
import { ProgressRate } from './progressRate';
import { progressText } from './progressText';

export interface UserJob<T> {
  readonly title: string;
  readonly connection: string;
  /** One line for the jobs view once it is done. */
  readonly outcome: (result: T) => string;
  /** What the row in the jobs view offers then. */
  readonly made?: (result: T) => JobResult;
  readonly work: (signal: AbortSignal, report: (progress: CopyProgress) => void) => Promise<T>;
}

export type JobOutcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Runs what the user asked for: shown, cancellable, listed, and its failure told. Never rejects. */
export async function runJob<T>(
  host: { readonly jobs: JobList; readonly log: Logger },
  job: UserJob<T>,
): Promise<JobOutcome<T>> {
  const options = { location: vscode.ProgressLocation.Notification, title: job.title, cancellable: true };
  return await vscode.window.withProgress(options, async (ui, token) => {
    const abort = new AbortController();
    const link = token.onCancellationRequested(() => abort.abort());
    const id = host.jobs.start(job.title, job.connection, abort);
    const rate = new ProgressRate();
    let shown = 0;
    const report = (progress: CopyProgress) => {
      const { message, percent } = progressText(progress, rate.next(progress, Date.now()));
      const increment = Math.max(0, (percent ?? shown) - shown);
      shown += increment;
      ui.report({ message, increment });
      host.jobs.report(id, message);
    };
    try {
      const result = await job.work(abort.signal, report);
      host.jobs.finish(id, 'done', job.outcome(result), job.made?.(result));
      host.log.info('job done', job.title);
      return { kind: 'done', result };
    } catch (error) {
      if (isAbort(error)) {
        host.jobs.finish(id, 'cancelled', vscode.l10n.t('Cancelled'));
        host.log.info('job cancelled', job.title);
        return { kind: 'cancelled' };
      }
      host.jobs.finish(id, 'failed', failureLine(error));
      host.log.error('job failed', job.title, error);
      void tellFailure(job.title, error);
      return { kind: 'failed', error };
    } finally {
      link.dispose();
    }
  });
}

/** An error message with its hint, and the log one click away. */
export async function tellFailure(title: string, error: unknown): Promise<void> {
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(`${title}: ${failureLine(error)}`, showLog);
  if (chosen === showLog) await vscode.commands.executeCommand(commandIds.showLog);
}
