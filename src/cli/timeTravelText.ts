import type {
  ChangeReport,
  DiffCounts,
  EventsReport,
  HistoryReport,
  RestoreInPlaceReport,
  UndoReport,
} from '../protocol/job';
import { count, timeText } from './text';

export function eventsText({ events }: EventsReport): string {
  if (events.length === 0) return 'no events';
  return events.map(({ id, from, title }) => `${timeText(from)}  ${title}  [${id}]`).join('\n');
}

export function diffText({ added, removed, changed }: DiffCounts): string {
  return `${count(added)} added, ${count(removed)} removed, ${count(changed)} changed`;
}

/** `changed {"$oid":"…"} total, items.0.quantity` */
export function changeText({ change, _id, fields }: ChangeReport): string {
  if (change !== 'changed') return `${change} ${_id}`;
  return `${change} ${_id} ${fields.length > 0 ? fields.join(', ') : '(order of fields)'}`;
}

export function versionsText({ versions }: HistoryReport): string {
  return versions
    .map(({ at, op, document, changed }) => {
      const what = changed.length > 0 ? `${op} (${changed.join(', ')})` : op;
      return `${timeText(at)}  ${what}  ${document ?? 'gone'}`;
    })
    .join('\n');
}

export function undoText(report: UndoReport): string {
  const { restored, removed, unchanged, conflicts, dryRun, collections, changes, more } = report;
  const would = dryRun ? 'would be ' : '';
  const lines = [`${count(restored)} documents ${would}restored, ${count(removed)} ${would}removed`];
  if (unchanged > 0) lines.push(`${count(unchanged)} are as before already`);
  if (conflicts.length > 0) lines.push(`${count(conflicts.length)} conflicts, left as they are:`);
  for (const { ns, _id, reason } of conflicts)
    lines.push(`  ${ns}${_id === undefined ? '' : ` ${_id}`}: ${reason}`);
  lines.push(...collections);
  if (dryRun) {
    for (const { ns, change, _id, fields } of changes) {
      lines.push(`  ${change} ${ns} ${_id}${fields.length > 0 ? ` ${fields.join(', ')}` : ''}`);
    }
    if (more) lines.push('  …');
  }
  return lines.join('\n');
}

export function inPlaceText(report: RestoreInPlaceReport): string {
  const { documents, operations, ms, safetyCopies, warnings } = report;
  return [
    `restored in place: ${count(documents)} documents, ${count(operations)} operations replayed, ${(ms / 1000).toFixed(1)} s`,
    ...safetyCopies.map(({ ns, safetyCopy }) => `${ns} as it was before is kept as ${safetyCopy}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}
