import type { GapReason, Lineage, PrunedRange, Segment } from './segment';
import type { SnapshotManifest } from './snapshot';
import type { ClusterTime } from './time';

/** Times that can be restored, both ends included. */
export interface RestorableRange {
  readonly lineage: string;
  readonly from: ClusterTime;
  readonly through: ClusterTime;
}

/** A span between two restorable ranges, both ends exclusive. */
export interface Gap {
  readonly after: ClusterTime;
  readonly before: ClusterTime;
  readonly reason: GapReason | 'missing' | 'noSnapshot' | 'pruned';
}

/** Runs of segments in which each joins the next; anything else breaks a run. */
export function unbrokenRuns(lineage: Lineage): Segment[][] {
  const runs: Segment[][] = [];
  for (const segment of lineage.segments) {
    const last = runs.at(-1)?.at(-1);
    if (last && last.through === segment.after && last.chain === segment.previousChain)
      runs.at(-1)?.push(segment);
    else runs.push([segment]);
  }
  return runs;
}

/** In order of time; ranges of one run that touch are one. */
export function restorableRanges(
  snapshots: readonly SnapshotManifest[],
  lineages: readonly Lineage[],
): RestorableRange[] {
  const ranges: RestorableRange[] = [];
  for (const lineage of lineages) {
    for (const run of unbrokenRuns(lineage)) {
      const through = run.at(-1)?.through;
      const usable = snapshots.filter((s) => s.lineage === lineage.start.id && leansOn(s, run));
      const from = usable.reduce<ClusterTime | undefined>(
        (first, s) => (first === undefined || s.consistentAt < first ? s.consistentAt : first),
        undefined,
      );
      if (from !== undefined && through !== undefined)
        ranges.push({ lineage: lineage.start.id, from, through });
    }
  }
  return ranges;
}

/** Whether the run holds all the oplog that makes the snapshot consistent. */
export function leansOn(snapshot: SnapshotManifest, run: readonly Segment[]): boolean {
  const first = run[0];
  const last = run.at(-1);
  return (
    first !== undefined &&
    last !== undefined &&
    first.after <= snapshot.start &&
    snapshot.consistentAt <= last.through
  );
}

/** What cannot be restored between the first and the last restorable time, each with its reason. */
export function gapsBetween(
  ranges: readonly RestorableRange[],
  lineages: readonly Lineage[],
  pruned: readonly PrunedRange[],
): Gap[] {
  const gaps: Gap[] = [];
  const imported = new Set(lineages.filter((l) => l.start.imported).map((l) => l.start.id));
  const recorded = ranges.filter((r) => !imported.has(r.lineage));
  recorded.forEach((range, index) => {
    const previous = recorded[index - 1];
    if (!previous) return;
    const wasPruned = pruned.some(
      (p) => p.lineage === previous.lineage && p.after <= previous.through && p.through > previous.through,
    );
    const broken = previous.lineage === range.lineage ? 'missing' : undefined;
    const began = lineages.find((l) => l.start.id === range.lineage)?.start.gap?.reason ?? 'missing';
    gaps.push({
      after: previous.through,
      before: range.from,
      reason: wasPruned ? 'pruned' : (broken ?? began),
    });
  });
  const newest = lineages.at(-1);
  const last = recorded.at(-1);
  if (newest?.start.gap && last && last.lineage !== newest.start.id) {
    // A new lineage that has no snapshot yet: the end of the gap is not known, its beginning is.
    gaps.push({
      after: last.through,
      before: newest.segments.at(-1)?.through ?? newest.start.start,
      reason: 'noSnapshot',
    });
  }
  return gaps;
}
