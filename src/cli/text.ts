import { parseClusterTime, secondsOf } from '../core/time';
import type {
  PlanReport,
  RecorderReport,
  RestoreReport,
  SnapshotReport,
  StatusReport,
  VerifyReport,
} from '../protocol/job';

/** A cluster time with its second in local time: `1795614391:17 (2026-11-25 14:46:31+01:00)`. */
export function timeText(at: string): string {
  const time = parseClusterTime(at);
  if (time === undefined) return at;
  const date = new Date(secondsOf(time) * 1000);
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const two = (n: number): string => String(Math.floor(Math.abs(n))).padStart(2, '0');
  return `${at} (${local}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)})`;
}

export function snapshotText(report: SnapshotReport): string {
  const { id, documents, bytes, consistentAt } = report;
  return `snapshot ${id}: ${count(documents)} documents, ${size(bytes)}, usable from ${timeText(consistentAt)}`;
}

export function recorderText({ state, position }: RecorderReport): string {
  return position === undefined
    ? `${state}; nothing recorded`
    : `${state}; recorded through ${timeText(position)}`;
}

export function statusText(report: StatusReport): string {
  const lines = [`recorder: ${recorderText(report.recorder)}`];
  if (report.recorder.holder !== undefined) lines.push(`  held by ${report.recorder.holder}`);
  lines.push(report.ranges.length > 0 ? 'restorable:' : 'restorable: nothing yet');
  for (const { from, to } of report.ranges) lines.push(`  ${timeText(from)} to ${timeText(to)}`);
  for (const { after, before, reason } of report.gaps) {
    lines.push(`  gap after ${timeText(after)} until ${timeText(before)}: ${reason}`);
  }
  for (const snapshot of report.snapshots) lines.push(snapshotText(snapshot));
  if (report.verified) {
    const { atMs, ok, restored } = report.verified;
    lines.push(`verified ${new Date(atMs).toISOString()}: ${ok ? 'all well' : 'DAMAGED'}`);
    if (restored)
      lines.push(
        `restored on trial ${new Date(restored.atMs).toISOString()}: ${restored.ok ? 'all well' : 'DIFFERS'}`,
      );
  }
  const removed = report.pruned?.removed;
  if (removed) lines.push(`pruned ${new Date(removed.atMs).toISOString()}: ${size(removed.bytes)} freed`);
  for (const { name, at } of report.marks) lines.push(`mark ${name}: ${timeText(at)}`);
  return lines.join('\n');
}

export function planText(plan: PlanReport): string {
  const lines = [
    `target ${timeText(plan.target)}`,
    `from ${snapshotText(plan.snapshot)}`,
    `with ${count(plan.segments)} segments of oplog, ${size(plan.segmentBytes)}, at most ${count(plan.operations)} operations`,
  ];
  if (plan.last) lines.push(`last restored: ${plan.last.op} ${plan.last.ns} at ${timeText(plan.last.at)}`);
  if (plan.next) lines.push(`not restored:  ${plan.next.op} ${plan.next.ns} at ${timeText(plan.next.at)}`);
  for (const { ns, to, type, baseDocuments } of plan.namespaces) {
    lines.push(
      `  ${ns} -> ${to}${type === 'collection' ? `, ${count(baseDocuments)} documents in the snapshot` : ` (${type})`}`,
    );
  }
  for (const warning of plan.warnings) lines.push(`warning: ${warning}`);
  return lines.join('\n');
}

export function restoreText(report: RestoreReport): string {
  const { databases, documents, operations, ms, warnings } = report;
  const line = `restored into ${databases.join(', ')}: ${count(documents)} documents, ${count(operations)} operations replayed, ${(ms / 1000).toFixed(1)} s`;
  return [line, ...warnings.map((w) => `warning: ${w}`)].join('\n');
}

export function verifyText(report: VerifyReport): string {
  const checked = `${count(report.files)} files, ${size(report.bytes)} checked`;
  if (report.damaged.length === 0) {
    return [`${checked}: all as it was written`, ...testRestoreLines(report)].join('\n');
  }
  const damage = report.damaged.map(({ file, reason, hurts }) => {
    const times = hurts
      .map((h) => `${timeText(h.from)} ${h.to.startsWith('4294967295:') ? 'and on' : `to ${timeText(h.to)}`}`)
      .join(', ');
    return `damaged: ${file}: ${reason}${times === '' ? '' : `; hurts ${times}`}`;
  });
  return [checked, ...damage, ...testRestoreLines(report)].join('\n');
}

function testRestoreLines({ restored }: VerifyReport): string[] {
  if (!restored) return [];
  const { ok, at, collections, documents, ms, differences } = restored;
  const what = `${count(collections)} collections, ${count(documents)} documents, ${(ms / 1000).toFixed(1)} s`;
  const line = `test restore of ${timeText(at)}: ${what}, ${ok ? 'all equal' : 'NOT equal'}`;
  return [line, ...differences.map((d) => `  ${d.ns}: ${d.reason}`)];
}

export function count(n: number): string {
  return n.toLocaleString('en-US');
}

export function size(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
