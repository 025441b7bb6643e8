import type { Lineage, Segment } from '../core/segment';
import type { SnapshotManifest } from '../core/snapshot';
import type { ClusterTime } from '../core/time';
import type { FileChecker, RepositoryContent } from './ports';

export interface Damage {
  readonly file: string;
  readonly reason: string;
  /** Target times that cannot be restored because of it. */
  readonly hurts: readonly { readonly from: ClusterTime; readonly through: ClusterTime }[];
}

export interface Verified {
  readonly files: number;
  readonly bytes: number;
  readonly damaged: readonly Damage[];
}

interface Check {
  readonly file: string;
  readonly sha256: string | undefined;
  readonly hurts: Damage['hurts'];
}

/** Reads every byte of a repository and compares it with what was written. */
export async function verify(
  content: RepositoryContent,
  files: FileChecker,
  onProgress: (facts: { file: string; files: number; total: number; bytes: number }) => void,
  signal: AbortSignal,
): Promise<Verified> {
  const checks = [...snapshotChecks(content), ...segmentChecks(content)];
  const damaged: Damage[] = content.damaged.map((d) => ({ ...d, hurts: everything(content) }));
  let bytes = 0;
  let done = 0;
  for (const { file, sha256, hurts } of checks) {
    signal.throwIfAborted();
    const checked =
      sha256 === undefined ? await files.checkFrames(file, signal) : await files.check(file, sha256, signal);
    bytes += checked.bytes;
    done += 1;
    if (checked.reason !== undefined) damaged.push({ file, reason: checked.reason, hurts });
    onProgress({ file, files: done, total: checks.length, bytes });
  }
  damaged.push(...brokenChains(content.lineages));
  return { files: done + content.damaged.length, bytes, damaged };
}

function snapshotChecks(content: RepositoryContent): Check[] {
  return content.snapshots.flatMap((snapshot) => {
    const hurts = usedFor(snapshot, content);
    return snapshot.collections.flatMap(({ file, sha256, metadataFile, metadataSha256 }): Check[] => {
      if (file === undefined || metadataFile === undefined) return [];
      const folder = `snapshots/${snapshot.id}`;
      return [
        { file: `${folder}/${file}`, sha256, hurts },
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
  const through = next ? ((next.consistentAt - 1n) as ClusterTime) : lineage?.segments.at(-1)?.through;
  return through === undefined ? [] : [{ from: snapshot.consistentAt, through }];
}

function segmentChecks(content: RepositoryContent): Check[] {
  return content.lineages.flatMap((lineage) =>
    lineage.segments.map((segment) => ({
      file: segment.file,
      sha256: segment.open || segment.sha256 === '' ? undefined : segment.sha256,
      hurts: hurtBy(segment, lineage, content.snapshots),
    })),
  );
}

/** From the segment's first entry to the next snapshot, which no longer needs it. */
function hurtBy(segment: Segment, lineage: Lineage, snapshots: readonly SnapshotManifest[]): Damage['hurts'] {
  const own = snapshots.filter((s) => s.lineage === lineage.start.id);
  if (!own.some((s) => s.start < segment.through)) return [];
  const next = own.find((s) => s.start >= segment.through);
  const through = next ? ((next.consistentAt - 1n) as ClusterTime) : lineage.segments.at(-1)?.through;
  return through === undefined ? [] : [{ from: (segment.after + 1n) as ClusterTime, through }];
}

function brokenChains(lineages: readonly Lineage[]): Damage[] {
  return lineages.flatMap(({ segments }) =>
    segments.flatMap((segment, index): Damage[] => {
      const previous = segments[index - 1];
      if (!previous || (previous.through === segment.after && previous.chain === segment.previousChain))
        return [];
      const through = segments.at(-1)?.through ?? segment.through;
      const reason = 'entries are missing between it and the segment before';
      return [
        { file: segment.file, reason, hurts: [{ from: (previous.through + 1n) as ClusterTime, through }] },
      ];
    }),
  );
}

function everything(content: RepositoryContent): Damage['hurts'] {
  const from = content.lineages[0]?.start.start;
  const through = content.lineages.at(-1)?.segments.at(-1)?.through;
  return from === undefined || through === undefined ? [] : [{ from, through }];
}
