import * as vscode from 'vscode';
import type { RangeReport, StatusReport } from '../protocol/job';
import { clusterTimeMs } from './format';
import type { Recorder } from './recorders';

/** Ends that are no further apart are taken for the same. */
const nearMs = 60_000;

/** Whether the newest range goes on to now: a recorder keeps up, and no gap parts it from the range. */
export function isGrowing(recorder: Recorder, status: StatusReport | undefined): boolean {
  if (recorder.kind !== 'on' || !status) return false;
  const { state, lagMs = state === 'recording' ? 0 : Infinity, stalledSinceMs } = recorder.report;
  const keepsUp = ['recording', 'catchingUp', 'waiting'].includes(state) && stalledSinceMs === undefined;
  const end = clusterTimeMs(status.ranges.at(-1)?.to ?? '');
  const position = clusterTimeMs(status.recorder.position ?? '');
  if (!keepsUp || lagMs >= nearMs || end === undefined || position === undefined) return false;
  return position - end < nearMs;
}

/** A sentence for the newest range, its moments written by `format`. */
export function restorableText(
  { from, to }: RangeReport,
  growing: boolean,
  format: (time: string) => string,
): string {
  return growing
    ? vscode.l10n.t('Restorable since {0}', format(from))
    : vscode.l10n.t('Restorable {0} – {1}', format(from), format(to));
}
