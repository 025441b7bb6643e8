import * as vscode from 'vscode';
import { failureLine } from './failure';
import { formatSpan } from './format';
import type { RecorderReport } from '../protocol/job';
import type { Recorder } from './recorders';
import { sentence } from './sentence';

export type Severity = 'off' | 'fine' | 'warning' | 'error';

export interface RecorderText {
  readonly severity: Severity;
  /** A few words: `recording`, `14 s behind`, `stalled 2 min`. */
  readonly short: string;
  /** Why, where there is a why. */
  readonly reason: string | undefined;
}

const errorAfterMs = 5 * 60_000;

/** A recorder's state in words. `lagWarningMs` is where lag becomes a warning. */
export function recorderText(recorder: Recorder, lagWarningMs: number, nowMs: number): RecorderText {
  switch (recorder.kind) {
    case 'off':
      return { severity: 'off', short: vscode.l10n.t('not recording'), reason: undefined };
    case 'starting':
      return { severity: 'fine', short: vscode.l10n.t('starting'), reason: undefined };
    case 'failed':
      return failed(failureLine(recorder.error));
    case 'retrying':
      return stalled(recorder.sinceMs, failureLine(recorder.error), nowMs);
    case 'on':
      return reportText(recorder.report, lagWarningMs, nowMs);
  }
}

function reportText(report: RecorderReport, lagWarningMs: number, nowMs: number): RecorderText {
  const { state, lagMs, reason } = report;
  switch (state) {
    case 'stopped':
      return { severity: 'off', short: vscode.l10n.t('not recording'), reason };
    case 'failed':
      return failed(reason);
    case 'stalled':
      return stalled(report.stalledSinceMs ?? nowMs, reason, nowMs);
    case 'waiting':
      return followed(report, lagWarningMs, nowMs);
    case 'catchingUp':
    case 'recording': {
      const late = lagMs !== undefined && lagMs >= lagWarningMs;
      const severity = late ? 'warning' : 'fine';
      if (late) return { severity, short: vscode.l10n.t('{0} behind', formatSpan(lagMs)), reason };
      const short = state === 'recording' ? vscode.l10n.t('recording') : vscode.l10n.t('catching up');
      return { severity, short, reason };
    }
  }
}

/** Of a recorder elsewhere what needs attention is as urgent as of one here. */
function followed(report: RecorderReport, lagWarningMs: number, nowMs: number): RecorderText {
  const { holder, lagMs, reason, stalledSinceMs } = report;
  const who = holder === undefined ? undefined : vscode.l10n.t('Recorded by {0}.', holder);
  if (stalledSinceMs !== undefined) {
    const why = reason === undefined ? [] : [sentence(reason)];
    return stalled(stalledSinceMs, [...why, ...(who === undefined ? [] : [who])].join(' '), nowMs);
  }
  if (lagMs !== undefined && lagMs >= lagWarningMs)
    return {
      severity: 'warning',
      short: vscode.l10n.t('{0} behind', formatSpan(lagMs)),
      reason: who ?? reason,
    };
  return { severity: 'fine', short: vscode.l10n.t('recorded elsewhere'), reason: who ?? reason };
}

function failed(reason: string | undefined): RecorderText {
  return { severity: 'error', short: vscode.l10n.t('recording failed'), reason };
}

function stalled(sinceMs: number, reason: string | undefined, nowMs: number): RecorderText {
  const ms = nowMs - sinceMs;
  return {
    severity: ms >= errorAfterMs ? 'error' : 'warning',
    short: vscode.l10n.t('stalled {0}', formatSpan(ms)),
    reason,
  };
}
