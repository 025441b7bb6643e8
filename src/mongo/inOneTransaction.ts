import type { Namespace } from '../core/namespace';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { serverCode } from './serverErrors';

/** Codes of a transaction that lasted too long, has too large an entry in the log, or fits no cache. */
const tooLarge: ReadonlySet<number | undefined> = new Set([290, 257, 388]);
/** Of one that the server ended, perhaps because it lasted too long. */
const noSuchTransaction = 251;
const longMs = 10_000;
/** Of one that others were quicker than, or, until 6.1, that fits no cache. */
const writeConflict = 112;
const largeBytes = 16 << 20;

/** What one attempt wrote. */
export interface Tally {
  bytes: number;
}

/**
 * One that was too large would be so again. Others write to the newest measurements, which are exchanged first: who
 * fails twice for a conflict after having written much has no room.
 */
export async function inOneTransaction(
  ns: Namespace,
  conflicts: { late: number },
  work: (tally: Tally) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const tally = { bytes: 0 };
  try {
    await work(tally);
  } catch (error) {
    const code = serverCode(error) ?? serverCode((error as Error).cause);
    if (code === writeConflict && tally.bytes > largeBytes) conflicts.late += 1;
    const isOver = code === noSuchTransaction && performance.now() - began > longMs;
    if (!tooLarge.has(code) && !isOver && conflicts.late < 2) throw error;
    throw new BackupError(
      'serverFailed',
      say`more measurements differ in ${ns.database} than the server lets one transaction change`,
      {
        hint: say`Nothing was changed. Restore into a scratch database, or give the server a larger cache (cacheSizeGB) and a longer transactionLifetimeLimitSeconds.`,
        cause: error,
      },
    );
  }
}
