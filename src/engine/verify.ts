import { type Said, say } from '../core/say';
import type { Lineage, PrunedRange, Segment } from '../core/segment';
import type { SnapshotManifest } from '../core/snapshot';
import { unbrokenRuns } from '../core/timeline';
import { type ClusterTime, clusterTime } from '../core/time';
import type { DamagedFile, FileChecker, LostFile, RepositoryContent } from './ports';

export interface Damage {
  readonly file: string;
  readonly reason: Said;
  /** Target times that cannot be restored because of it. */
  readonly hurts: readonly TimeSpan[];
}

interface TimeSpan {
  readonly from: ClusterTime;
  readonly through: ClusterTime;
}

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  readonly damaged: readonly Damage[];
}

export interface VerifyProgress {
  readonly file: string;
  readonly files: number;
  readonly total: number;
  readonly bytes: number;
}

interface Check {
  readonly file: string;
  readonly sha256: string | undefined;
  /** The segment that is being written: how far it reached is not known where it is damaged. */
  readonly openAfter?: ClusterTime;
  readonly hurts: Damage['hurts'];
}

/** Later than anything: hurt from a time on. */
export const endOfTime = clusterTime(0xffff_ffff, 0xffff_ffff);

/** Reads every byte of a repository and compares it with what was written. */
export function verify(
  content: RepositoryContent,
  files: FileChecker,
  onProgress: (facts: VerifyProgress) => void,
  signal: AbortSignal,
): Promise<Verified> {
  return examine(content, files, onProgress, signal);
}

/**
 * {@link verify} of a repository in use. `load` gives it as it is when asked: what a recorder or a prune changed
 * meanwhile is no damage.
 */
export async function verifyLive(
  load: () => Promise<RepositoryContent>,
  files: FileChecker,
  onProgress: (facts: VerifyProgress) => void,
  signal: AbortSignal,
): Promise<Verified> {
  const first = await examine(await load(), files, onProgress, signal);
  if (first.damaged.length === 0) return first;
  const suspects = new Set(first.damaged.map((d) => d.file));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const content = await load();
  const again = await examine(content, files, () => undefined, signal, suspects);
  return { ...first, damaged: again.damaged };
}

/** What a recorder does between a file and the one that tells of it takes less than this. */
const settleMs = 500;

/** With `only`, checks those files alone, and the segments that stand where they stood. */
async function examine(
  content: RepositoryContent,
  files: FileChecker,
  onProgress: (facts: VerifyProgress) => void,
  signal: AbortSignal,
  only?: ReadonlySet<string>,
): Promise<Verified> {
  const all = [...snapshotChecks(content), ...segmentChecks(content)];
  const openWasBad = only !== undefined && [...only].some((file) => file.includes('/open.'));
  const newest = new Set(content.lineages.flatMap((l) => l.segments.slice(-2)).map((s) => s.file));
  const checks = only ? all.filter((c) => only.has(c.file) || (openWasBad && newest.has(c.file))) : all;
  const damaged: Damage[] = content.damaged.map((d) => ({
    ...plain(d),
    hurts: hurtByLoss(d.loses, content),
  }));
  let bytes = 0;
  let done = 0;
  for (const { file, sha256, hurts, openAfter } of checks) {
    signal.throwIfAborted();
    const checked =
      sha256 === undefined ? await files.checkFrames(file, signal) : await files.check(file, sha256, signal);
    bytes += checked.bytes;
    done += 1;
    if (checked.reason !== undefined && !damaged.some((d) => d.file === file)) {
      const lostAfter = openAfter && (checked.wholeThrough ?? openAfter);
      const spans = lostAfter === undefined ? hurts : span(justAfter(lostAfter), endOfTime);
      damaged.push({ file, reason: checked.reason, hurts: spans });
    }
    onProgress({ file, files: done, total: checks.length, bytes });
  }
  const named = new Set(damaged.map((d) => d.file));
  damaged.push(...brokenChains(content).filter((d) => !named.has(d.file)));
  return { files: done + content.damaged.length, bytes, damaged };
}

function plain({ file, reason }: DamagedFile): { file: string; reason: Said } {
  return { file, reason };
}

function snapshotChecks(content: RepositoryContent): Check[] {
  return content.snapshots.flatMap((snapshot) => {
    const hurts = usedFor(snapshot, content);
    return snapshot.collections.flatMap((collection): Check[] => {
      const { parts, metadataFile, metadataSha256 } = collection;
      if (metadataFile === undefined) return [];
      const folder = `snapshots/${snapshot.id}`;
      return [
        ...parts.flatMap(({ file, sha256, keysFile, keysSha256 }): Check[] => [
          { file: `${folder}/${file}`, sha256, hurts },
          ...(keysFile === undefined
            ? []
            : [{ file: `${folder}/${keysFile}`, sha256: keysSha256, hurts: [] }]),
        ]),
        { file: `${folder}/${metadataFile}`, sha256: metadataSha256, hurts: [] },
      ];
    });
  });
}

/** From this snapshot to the next one in its lineage. */
function usedFor(snapshot: SnapshotManifest, content: RepositoryContent): Damage['hurts'] {
  const lineage = content.lineages.find((l) => l.start.id === snapshot.lineage);
  const next = content.snapshots.find(
    (s) => s.lineage === snapshot.lineage && s.consistentAt > snapshot.consistentAt && s.scope.length === 0,
  );
  return span(snapshot.consistentAt, next ? before(next.consistentAt) : endOf(lineage));
}

function segmentChecks(content: RepositoryContent): Check[] {
  return content.lineages.flatMap((lineage) =>
    lineage.segments.map((segment) => ({
      file: segment.file,
      sha256: segment.open || segment.sha256 === '' ? undefined : segment.sha256,
      hurts: hurtBySegment(segment, lineage, content.snapshots),
      ...(segment.open ? { openAfter: segment.after } : {}),
    })),
  );
}

/** From the segment's first entry to the next snapshot, which no longer needs it. */
function hurtBySegment(
  { after, through }: Pick<Segment, 'after' | 'through'>,
  lineage: Lineage,
  snapshots: readonly SnapshotManifest[],
): Damage['hurts'] {
  const own = snapshots.filter((s) => s.lineage === lineage.start.id);
  if (!own.some((s) => s.start < through)) return [];
  const next = own.find((s) => s.start >= through);
  const end = endOf(lineage) ?? through;
  return span(justAfter(after), next ? before(next.consistentAt) : end > through ? end : through);
}

/** What a file that could not even be taken in would have been good for. */
function hurtByLoss(lost: LostFile | undefined, content: RepositoryContent): Damage['hurts'] {
  if (!lost) return [];
  if (lost.kind === 'segment') {
    const lineage = content.lineages.find((l) => l.start.id === lost.lineage);
    if (lost.through === undefined) return span(justAfter(lost.after), endOfTime);
    const { after, through } = lost;
    return lineage ? hurtBySegment({ after, through }, lineage, content.snapshots) : [];
  }
  if (lost.kind === 'lineage') return span(lost.from, lost.through ?? endOfTime);
  const { at } = lost;
  if (at === undefined) return [];
  // An earlier snapshot does in its place, with a longer replay.
  const lineage = content.lineages.find((l) =>
    unbrokenRuns(l).some((run) => (run[0]?.after ?? at) < at && at <= (run.at(-1)?.through ?? at)),
  );
  const own = content.snapshots.filter((s) => s.lineage === lineage?.start.id && s.scope.length === 0);
  if (!lineage || own.some((s) => s.consistentAt <= at)) return [];
  const next = own.find((s) => s.consistentAt > at);
  return span(at, next ? before(next.consistentAt) : endOf(lineage));
}

function brokenChains(content: RepositoryContent): Damage[] {
  const { lineages, pruned } = content;
  const holes = lineages.flatMap(({ start, segments }) =>
    segments.flatMap((segment, index): Damage[] => {
      const previous = segments[index - 1];
      if (!previous || (previous.through === segment.after && previous.chain === segment.previousChain))
        return [];
      if (wasPruned(pruned, start.id, previous.through, segment.after)) return [];
      const reason = say`entries are missing between it and the segment before`;
      const through = segments.at(-1)?.through;
      return [{ file: segment.file, reason, hurts: span(justAfter(previous.through), through) }];
    }),
  );
  return [...lostBeginnings(content), ...holes];
}

/** Lineages whose first segments are lost with their indexes. */
function lostBeginnings({ lineages, pruned, snapshots }: RepositoryContent): Damage[] {
  return lineages.flatMap((lineage): Damage[] => {
    const { start, segments } = lineage;
    const after = before(start.start);
    const [first] = segments;
    if (!first || first.after <= after || wasPruned(pruned, start.id, after, first.after)) return [];
    const hurts = hurtBySegment({ after, through: first.after }, lineage, snapshots);
    return [{ file: first.file, reason: say`entries are missing between it and the beginning`, hurts }];
  });
}

/** Whether all of `(after, through]` was removed on purpose. */
function wasPruned(
  pruned: readonly PrunedRange[],
  lineage: string,
  after: ClusterTime,
  through: ClusterTime,
): boolean {
  let reached = after;
  const own = pruned.filter((p) => p.lineage === lineage).sort((a, b) => (a.after < b.after ? -1 : 1));
  for (const range of own) if (range.after <= reached && range.through > reached) reached = range.through;
  return after < through && reached >= through;
}

function endOf(lineage: Lineage | undefined): ClusterTime | undefined {
  return lineage?.segments.at(-1)?.through;
}

function before(time: ClusterTime): ClusterTime {
  return (time - 1n) as ClusterTime;
}

function justAfter(time: ClusterTime): ClusterTime {
  return (time + 1n) as ClusterTime;
}

function span(from: ClusterTime, through: ClusterTime | undefined): TimeSpan[] {
  return through === undefined || through < from ? [] : [{ from, through }];
}
