import * as vscode from 'vscode';
import { safetyCopyOf, temporaryOf } from '../core/rewindNames';
import type { PlanReport, RecorderReport } from '../protocol/job';
import type { Compared } from './compareFlow';
import { backText, isSame } from './compareText';
import { clusterTimeMs, formatClusterNearby, formatCount } from './format';
import { sentence } from './sentence';

export interface InPlaceChanges extends Compared {
  readonly plan: PlanReport;
  readonly recorder: RecorderReport;
}

const listed = 12;
/** The last recorded moment is taken for now as long as it is no older. */
const currentMs = 5_000;

export function databasesOf({ namespaces }: PlanReport): readonly string[] {
  return [...new Set(namespaces.map(({ ns }) => databaseOf(ns)))];
}

/** Whether a restore in place of `plan` puts back what had that name, or takes away what has it now. */
export function isTouched(plan: PlanReport, ns: string): boolean {
  const isOurs = safetyCopyOf(ns) !== undefined || temporaryOf(ns) !== undefined;
  return !isOurs && databasesOf(plan).includes(databaseOf(ns));
}

/** What a restore in place changes, as the lines of a modal's detail. */
export function inPlaceDetail({ plan, diffs, left, recorder }: InPlaceChanges, nowMs: number): string {
  const then = plan.namespaces.filter(({ ns }) => isTouched(plan, ns));
  const known = new Set(then.map(({ ns }) => ns));
  const all = [
    ...diffs.filter(({ report }) => !isSame(report)).map(({ ns, report }) => `• ${ns}: ${backText(report)}`),
    ...then.flatMap(uncomparedText),
    ...left.filter((ns) => !known.has(ns)).map((ns) => vscode.l10n.t('• {0}: came since, goes', ns)),
  ];
  const lines = all.slice(0, listed);
  const more = all.length - listed;
  if (more > 0) lines.push(vscode.l10n.t('and {0} more', formatCount(more)));
  if (lines.length === 0) lines.push(vscode.l10n.t('• No document differs; collections are made anew.'));
  const kept = vscode.l10n.t('What is there now is kept beside it, and “Undo Last Restore” swaps it back.');
  const lost = vscode.l10n.t('What was written since that moment is not in the restored collections.');
  const late = lateText(diffs[0]?.report.from, recorder, nowMs);
  const warnings = [...late, ...plan.warnings.map(sentence)].map((warning) => `⚠ ${warning}`);
  return [...lines, '', lost, kept, ...warnings].join('\n');
}

/** Where the server may have moved on from the moment that stands for now. */
function lateText(compared: string | undefined, recorder: RecorderReport, nowMs: number): string[] {
  const ms = compared === undefined ? undefined : clusterTimeMs(compared);
  if (compared === undefined || ms === undefined || nowMs - ms < currentMs) return [];
  // A server where nothing happens writes nothing to record.
  const keepsUp = recorder.state === 'recording' && (recorder.lagMs ?? currentMs) < currentMs;
  if (keepsUp) return [];
  const time = formatClusterNearby(compared, nowMs);
  return [vscode.l10n.t('Compared with {0}, the last recorded moment: later writes are not counted.', time)];
}

function uncomparedText({ ns, type }: PlanReport['namespaces'][number]): string[] {
  switch (type) {
    case 'view':
      return [vscode.l10n.t('• {0}: the view as it was defined then', ns)];
    case 'timeseries':
      return [vscode.l10n.t('• {0}: the measurements of then', ns)];
    case 'collection':
      return [];
  }
}

function databaseOf(ns: string): string {
  return ns.slice(0, ns.indexOf('.'));
}
