import type { ExportReport, ImportReport, PruneReport } from '../protocol/job';
import { count, size, timeText } from './text';

export function pruneText(report: PruneReport): string {
  const { dryRun, snapshots, segments, freedBytes, keptBytes, overBudgetBytes, ranges } = report;
  const removed = `${count(snapshots.length)} snapshots and ${count(segments)} segments, ${size(freedBytes)}`;
  const lines = [`${dryRun ? 'would remove' : 'removed'} ${removed}; ${size(keptBytes)} stay`];
  for (const { from, to } of ranges) lines.push(`  restorable: ${timeText(from)} to ${timeText(to)}`);
  if (overBudgetBytes > 0) {
    lines.push(`${size(overBudgetBytes)} over --max-bytes: marks and the newest restorable time need them`);
  }
  return lines.join('\n');
}

export function exportText(report: ExportReport, out: string): string {
  const { at, collections, documents, bytes, warnings } = report;
  const what = `${count(collections)} collections, ${count(documents)} documents, ${size(bytes)}`;
  return [`exported ${what} as of ${timeText(at)} to ${out}`, ...warningLines(warnings)].join('\n');
}

export function importText({ snapshot, mark, warnings }: ImportReport): string {
  const what = `${count(snapshot.documents)} documents, ${size(snapshot.bytes)}`;
  const line = `imported ${what}; restorable at ${timeText(snapshot.consistentAt)}, or --at "mark:${mark}"`;
  return [line, ...warningLines(warnings)].join('\n');
}

function warningLines(warnings: readonly string[]): string[] {
  return warnings.map((w) => `warning: ${w}`);
}
