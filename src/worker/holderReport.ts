import { say } from '../core/say';
import type { RecorderReport } from '../protocol/job';
import type { LockHolder } from '../storage/lock';

/** A recorder of another process tells every two seconds; one that has not for so long hangs. */
const silentAfterMs = 10_000;

/** What the recorder of another process does, as it told; `undefined` where it has told nothing yet. */
export function holderReport(holder: LockHolder): RecorderReport | undefined {
  if (!holder.told) return undefined;
  const report = { ...(holder.told.state as RecorderReport), holder: holderText(holder) };
  if (Date.now() - holder.told.atMs < silentAfterMs) return report;
  return {
    ...report,
    state: 'stalled',
    stalledSinceMs: report.stalledSinceMs ?? holder.told.atMs,
    reason: say`the process that records does not answer`,
  };
}

export function holderText({ pid, host }: { readonly pid: number; readonly host: string }): string {
  return say`pid ${String(pid)} on ${host}`;
}
