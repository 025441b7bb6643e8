import type { NamespaceFilter } from './namespace';
import { chooseRestore, segmentsFor } from './restorePlan';
import type { Lineage, LineageStart, Segment } from './segment';
import type { SnapshotManifest } from './snapshot';
import { restorableRanges, unbrokenRuns } from './timeline';
import type { ClusterTime } from './time';

export interface RetentionPolicy {
  /** Whatever can be restored from here on stays so. */
  readonly from: ClusterTime;
  /** Where the window takes more, its beginning moves forward, snapshot by snapshot. */
  readonly maxBytes: number | undefined;
}

/** What a repository holds, as far as the decision goes. */
export interface RetentionFacts {
  readonly snapshots: readonly SnapshotManifest[];
  readonly lineages: readonly Lineage[];
  /** Times that stay restorable however old they get. */
  readonly pins: readonly ClusterTime[];
  /** Snapshots that are being taken: the oplog after their start will be needed. */
  readonly reserved: readonly { readonly lineage: string; readonly start: ClusterTime }[];
}

/** What is to go; all else stays. */
export interface Retention {
  /** The window's beginning, moved forward where the budget asked for it. */
  readonly from: ClusterTime;
  readonly snapshots: readonly SnapshotManifest[];
  readonly segments: readonly Segment[];
  /** Emptied by it. */
  readonly lineages: readonly LineageStart[];
  readonly freedBytes: number;
  readonly keptBytes: number;
  /** What pins and the newest restorable time need beyond the budget. */
  readonly overBudget: number;
}

/**
 * The window, the pins and the newest restorable time stay restorable, each with its base snapshot and the segments
 * from there on; the rest goes. A window that ended before the recording did never empties a repository.
 */
export function decideRetention(facts: RetentionFacts, policy: RetentionPolicy): Retention {
  const { maxBytes } = policy;
  const first = retain(facts, policy.from);
  if (maxBytes === undefined) return { ...first, overBudget: 0 };
  const later = facts.snapshots.map((s) => s.consistentAt).filter((at) => at > policy.from);
  let best = first;
  for (const from of later.sort((a, b) => (a < b ? -1 : 1))) {
    if (best.keptBytes <= maxBytes) break;
    best = retain(facts, from);
  }
  return { ...best, overBudget: Math.max(0, best.keptBytes - maxBytes) };
}

function retain(facts: RetentionFacts, from: ClusterTime): Omit<Retention, 'overBudget'> {
  const { snapshots, lineages } = facts;
  const keptSnapshots = new Set(snapshots.filter((s) => s.consistentAt >= from));
  const segments = lineages.flatMap((l) => l.segments);
  const keptSegments = new Set(segments.filter((s) => s.through > from));
  for (const scope of scopesOf(snapshots)) {
    for (const time of [from, ...newestOf(snapshots, lineages, scope), ...facts.pins]) {
      const choice = chooseRestore(snapshots, lineages, scope, time);
      if (choice.kind !== 'ready') continue;
      keptSnapshots.add(choice.snapshot);
      for (const segment of choice.segments) keptSegments.add(segment);
    }
  }
  for (const segment of neededFor(keptSnapshots, facts)) keptSegments.add(segment);
  const newest = lineages.findLast((l) => l.start.imported !== true);
  // The recorder goes on from its last entry, in its newest lineage.
  for (const segment of newest?.segments.slice(-1) ?? []) keptSegments.add(segment);
  const droppedSnapshots = snapshots.filter((s) => !keptSnapshots.has(s));
  const droppedSegments = segments.filter((s) => !s.open && !keptSegments.has(s));
  const dropped = new Set(droppedSegments);
  const emptied = lineages.filter(
    (l) =>
      l !== newest &&
      l.segments.every((s) => dropped.has(s)) &&
      !snapshots.some((s) => keptSnapshots.has(s) && s.lineage === l.start.id),
  );
  const keptBytes = bytesOf(
    snapshots.filter((s) => keptSnapshots.has(s)),
    segments.filter((s) => !dropped.has(s)),
  );
  return {
    from,
    snapshots: droppedSnapshots,
    segments: droppedSegments,
    lineages: emptied.map((l) => l.start),
    freedBytes: bytesOf(snapshots, segments) - keptBytes,
    keptBytes,
  };
}

/** The segments that make each kept snapshot consistent, and those a snapshot in progress will need. */
function* neededFor(snapshots: ReadonlySet<SnapshotManifest>, facts: RetentionFacts): Generator<Segment> {
  for (const lineage of facts.lineages) {
    const { id } = lineage.start;
    for (const run of unbrokenRuns(lineage)) {
      for (const { lineage: of, start, consistentAt } of snapshots) {
        if (of === id) yield* segmentsFor(run, start, consistentAt);
      }
      const last = run.at(-1);
      for (const { lineage: of, start } of facts.reserved) {
        if (of === id && last) yield* segmentsFor(run, start, last.through);
      }
    }
  }
}

/** Each scope that a snapshot was taken of, once: what can be restored differs between them. */
function scopesOf(snapshots: readonly SnapshotManifest[]): (readonly NamespaceFilter[])[] {
  return [...new Map(snapshots.map((s) => [JSON.stringify(s.scope), s.scope])).values()];
}

function newestOf(
  snapshots: readonly SnapshotManifest[],
  lineages: readonly Lineage[],
  scope: readonly NamespaceFilter[],
): ClusterTime[] {
  const wanted = JSON.stringify(scope);
  const own = snapshots.filter((s) => s.scope.length === 0 || JSON.stringify(s.scope) === wanted);
  const recorded = lineages.filter((l) => l.start.imported !== true);
  return restorableRanges(own, recorded)
    .map((range) => range.through)
    .sort((a, b) => (a < b ? -1 : 1))
    .slice(-1);
}

/** A part that several snapshots share is there once. */
function bytesOf(snapshots: readonly SnapshotManifest[], segments: readonly Segment[]): number {
  const parts = new Map<string, number>();
  for (const { id, collections } of snapshots) {
    for (const { file, sharedAs, storedBytes } of collections.flatMap((c) => c.parts)) {
      parts.set(sharedAs ?? `${id}/${file}`, storedBytes);
    }
  }
  const inSnapshots = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
  return inSnapshots + segments.reduce((sum, s) => sum + s.storedBytes, 0);
}
