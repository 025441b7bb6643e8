import { BackupError, isAbort } from '../engine/errors';
import type { FailureReport } from '../protocol/job';

/** What of an error crosses to another thread. */
export function failureReport(error: unknown): FailureReport {
  if (error instanceof BackupError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  if (isAbort(error)) return { code: 'cancelled', message: 'cancelled' };
  return {
    code: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
