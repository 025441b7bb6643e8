import { ordinalOf, parseClusterTime, secondsOf } from '../../src/core/time';
import type { GapReport, SnapshotReport, StatusReport } from '../../src/protocol/job';
import { minuteMs, lengthOf, type Domain } from './scale';

/** A restorable range; a moment is in it up to and with the last second. */
export interface Range extends Domain {
  readonly from: string;
  readonly to: string;
}

export interface Gap extends Domain {
  readonly report: GapReport;
}

export interface PlacedSnapshot {
  readonly ms: number;
  readonly report: SnapshotReport;
}

export interface PlacedMark {
  readonly ms: number;
  readonly name: string;
  readonly at: string;
}

/** The repository's status laid out on the axis, each part in order of time. */
export interface Coverage {
  readonly ranges: readonly Range[];
  readonly gaps: readonly Gap[];
  readonly snapshots: readonly PlacedSnapshot[];
  readonly marks: readonly PlacedMark[];
}

/** Where a cluster time, or an ISO time, lies on the axis; ordinals spread over their second. */
export function placeOf(at: string): number {
  const time = parseClusterTime(at);
  if (time === undefined) return Date.parse(at);
  const ordinal = ordinalOf(time);
  return secondsOf(time) * 1000 + Math.floor(1000 * (1 - 1 / (1 + ordinal / 100)));
}

/** Lays out a status; parts equal to those of `before` stay the same objects, so that nothing is drawn anew for them. */
export function layOut(status: StatusReport, before?: Coverage): Coverage {
  const now: Coverage = {
    ranges: sorted(
      status.ranges.map((r) => ({
        fromMs: secondMsOf(r.from),
        toMs: secondMsOf(r.to) + 999,
        from: r.from,
        to: r.to,
      })),
      (r) => r.fromMs,
    ),
    gaps: sorted(
      status.gaps.map((g) => ({ fromMs: secondMsOf(g.after), toMs: secondMsOf(g.before), report: g })),
      (g) => g.fromMs,
    ),
    snapshots: sorted(
      status.snapshots.map((s) => ({ ms: secondMsOf(s.consistentAt), report: s })),
      (s) => s.ms,
    ),
    marks: sorted(
      status.marks.map((m) => ({ ms: placeOf(m.at), name: m.name, at: m.at })),
      (m) => m.ms,
    ),
  };
  if (!before) return now;
  const kept = {
    ranges: keep(before.ranges, now.ranges),
    gaps: keep(before.gaps, now.gaps),
    snapshots: keep(before.snapshots, now.snapshots),
    marks: keep(before.marks, now.marks),
  };
  const parts = ['ranges', 'gaps', 'snapshots', 'marks'] as const;
  return parts.every((part) => kept[part] === before[part]) ? before : kept;
}

function keep<T>(before: T, now: T): T {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

/** Whether anything was ever recorded. */
export function isEmpty(coverage: Coverage): boolean {
  return coverage.ranges.length === 0 && coverage.snapshots.length === 0 && coverage.gaps.length === 0;
}

/** Everything there is to see, up to now, with a margin; an hour when there is nothing. */
export function boundsOf(coverage: Coverage, nowMs: number): Domain {
  const starts = [
    ...coverage.ranges.map((r) => r.fromMs),
    ...coverage.gaps.map((g) => g.fromMs),
    ...coverage.snapshots.map((s) => s.ms),
  ];
  const first = Math.min(nowMs - minuteMs, ...(starts.length === 0 ? [nowMs - 60 * minuteMs] : starts));
  const last = Math.max(nowMs, ...coverage.ranges.map((r) => r.toMs));
  const margin = (last - first) * 0.03;
  return { fromMs: first - margin, toMs: last + margin };
}

/** The parts of `domain` that no range covers, in order. */
export function uncovered(ranges: readonly Range[], domain: Domain): readonly Domain[] {
  const holes: Domain[] = [];
  let reached = domain.fromMs;
  for (const range of ranges) {
    if (range.fromMs > reached) holes.push({ fromMs: reached, toMs: Math.min(range.fromMs, domain.toMs) });
    reached = Math.max(reached, range.toMs);
    if (reached >= domain.toMs) break;
  }
  if (reached < domain.toMs) holes.push({ fromMs: reached, toMs: domain.toMs });
  return holes.filter((hole) => lengthOf(hole) > 0);
}

export function gapAt(coverage: Coverage, ms: number): Gap | undefined {
  return coverage.gaps.find((gap) => ms > gap.fromMs && ms < gap.toMs);
}

export function isRestorable(coverage: Coverage, ms: number): boolean {
  return coverage.ranges.some((range) => ms >= range.fromMs && ms <= range.toMs);
}

/** The restorable moments nearest to `ms` on either side, as cluster times: ends of ranges. */
export function nearestEnds(
  coverage: Coverage,
  ms: number,
): { readonly earlier: string | undefined; readonly later: string | undefined } {
  return {
    earlier: coverage.ranges.findLast((range) => range.toMs < ms)?.to,
    later: coverage.ranges.find((range) => range.fromMs > ms)?.from,
  };
}

/** The snapshot a restore to `ms` would start from, by time alone. */
export function snapshotBefore(coverage: Coverage, ms: number): PlacedSnapshot | undefined {
  return coverage.snapshots.findLast((snapshot) => snapshot.ms <= ms);
}

function secondMsOf(at: string): number {
  const time = parseClusterTime(at);
  return time === undefined ? Date.parse(at) : secondsOf(time) * 1000;
}

function sorted<T>(items: readonly T[], key: (item: T) => number): readonly T[] {
  return items.filter((item) => Number.isFinite(key(item))).toSorted((a, b) => key(a) - key(b));
}
