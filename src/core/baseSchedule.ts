import type { Lineage, Segment } from './segment';
import { snapshotBytes, type SnapshotManifest } from './snapshot';
import { leansOn, unbrokenRuns } from './timeline';
import { type ClusterTime, secondsOf } from './time';

export interface BasePolicy {
  /** Recorded bytes since the last base that make a next one due: a share of the base's own, within these bounds. */
  readonly shareOfBase: number;
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** Or its age, as soon as anything worth it was recorded. */
  readonly maxAgeMs: number;
  readonly leastBytesByAge: number;
}

/** A replay of 512 MB takes well below a minute; below 64 MB nobody would notice a shorter one. */
export const defaultBasePolicy: BasePolicy = {
  shareOfBase: 0.25,
  leastBytes: 64 << 20,
  mostBytes: 512 << 20,
  maxAgeMs: 24 * 3_600_000,
  leastBytesByAge: 4 << 20,
};

/** What the next base is made of: the last one and the closed segments since, up to `target`. */
export interface DueBase {
  readonly base: SnapshotManifest;
  /** The unbroken run that holds both. */
  readonly run: readonly Segment[];
  readonly target: ClusterTime;
}

/** The next base of a lineage, if it is time for one. */
export function baseDue(
  snapshots: readonly SnapshotManifest[],
  lineage: Lineage,
  policy: BasePolicy,
  nowMs: number,
): DueBase | undefined {
  const run = unbrokenRuns(lineage)
    .at(-1)
    ?.filter((s) => !s.open);
  const base = snapshots.findLast(
    (s) => s.lineage === lineage.start.id && s.scope.length === 0 && run !== undefined && leansOn(s, run),
  );
  const target = run?.at(-1)?.through;
  if (!run || !base || target === undefined || target <= base.consistentAt) return undefined;
  const bytes = run.reduce((sum, s) => sum + (s.through > base.consistentAt ? s.bytes : 0), 0);
  const share = snapshotBytes(base) * policy.shareOfBase;
  const bySize = bytes >= Math.min(policy.mostBytes, Math.max(policy.leastBytes, share));
  const ageMs = nowMs - secondsOf(base.consistentAt) * 1000;
  const byAge = ageMs >= policy.maxAgeMs && bytes >= policy.leastBytesByAge;
  return bySize || byAge ? { base, run, target } : undefined;
}
