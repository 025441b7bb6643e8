import type { NamespaceFilter } from './namespace';
import type { Lineage, Segment } from './segment';
import type { SnapshotManifest } from './snapshot';
import { leansOn, restorableRanges, unbrokenRuns } from './timeline';
import type { ClusterTime } from './time';

/** Which recorded files a restore needs, or why there is none and what would do. */
export type RestoreChoice =
  | {
      readonly kind: 'ready';
      readonly snapshot: SnapshotManifest;
      /** Unbroken; see {@link segmentsFor}. */
      readonly segments: readonly Segment[];
      readonly target: ClusterTime;
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'nothingRecorded' | 'tooEarly' | 'gap' | 'notRecordedYet' | 'scope';
      /** Nearest usable times on either side. */
      readonly before: ClusterTime | undefined;
      readonly after: ClusterTime | undefined;
    };

/** Newest snapshot that is consistent by `target` and holds the scope, with the unbroken segments that reach it. */
export function chooseRestore(
  snapshots: readonly SnapshotManifest[],
  lineages: readonly Lineage[],
  scope: readonly NamespaceFilter[],
  target: ClusterTime,
): RestoreChoice {
  const holding = snapshots.filter((s) => holds(s, scope));
  for (const lineage of inOrderOfChoice(snapshots, lineages, target)) {
    for (const run of unbrokenRuns(lineage).reverse()) {
      const through = run.at(-1)?.through;
      if (through === undefined || through < target) continue;
      const snapshot = holding
        .filter((s) => s.lineage === lineage.start.id && s.consistentAt <= target && leansOn(s, run))
        .reduce<SnapshotManifest | undefined>(
          (newest, s) => (newest === undefined || s.consistentAt > newest.consistentAt ? s : newest),
          undefined,
        );
      if (!snapshot) continue;
      return { kind: 'ready', snapshot, segments: segmentsFor(run, snapshot.start, target), target };
    }
  }
  return refusal(snapshots, holding, lineages, target);
}

/** The newest first; before all of them a dump that was taken in for exactly this time. */
function inOrderOfChoice(
  snapshots: readonly SnapshotManifest[],
  lineages: readonly Lineage[],
  target: ClusterTime,
): Lineage[] {
  const newestFirst = [...lineages].reverse();
  const meant = newestFirst.filter(
    ({ start }) =>
      start.imported === true && snapshots.some((s) => s.lineage === start.id && s.consistentAt === target),
  );
  return [...meant, ...newestFirst];
}

/**
 * The part of an unbroken run that holds the operations of `(after, through]`: from the segment before the first such
 * one, or from where a transaction that was open then begins.
 */
export function segmentsFor(run: readonly Segment[], after: ClusterTime, through: ClusterTime): Segment[] {
  const first = run.findIndex((s) => s.through > after);
  if (first < 0) return [];
  const openSince = run[first - 1]?.openSince;
  const opening = openSince === undefined ? first : run.findIndex((s) => s.through >= openSince);
  return run.slice(Math.max(0, Math.min(first, opening) - 1)).filter((s) => s.after < through);
}

function refusal(
  snapshots: readonly SnapshotManifest[],
  holding: readonly SnapshotManifest[],
  lineages: readonly Lineage[],
  target: ClusterTime,
): RestoreChoice {
  const ranges = restorableRanges(holding, lineages);
  let before: ClusterTime | undefined;
  let after: ClusterTime | undefined;
  for (const { from, through } of ranges) {
    if (through < target && (before === undefined || through > before)) before = through;
    if (from > target && (after === undefined || from < after)) after = from;
  }
  if (ranges.length === 0) {
    const reason = snapshots.length > 0 && holding.length === 0 ? 'scope' : 'nothingRecorded';
    return { kind: 'refused', reason, before, after };
  }
  const reason = before === undefined ? 'tooEarly' : after === undefined ? 'notRecordedYet' : 'gap';
  return { kind: 'refused', reason, before, after };
}

/** Whether all that is asked for was in the snapshot's scope. */
export function holds(snapshot: SnapshotManifest, scope: readonly NamespaceFilter[]): boolean {
  if (snapshot.scope.length === 0) return true;
  if (scope.length === 0) return false;
  return scope.every((wanted) =>
    snapshot.scope.some(
      (had) =>
        had.database === wanted.database &&
        (had.collection === undefined || had.collection === wanted.collection),
    ),
  );
}
