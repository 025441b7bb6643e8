import type { Catalogue } from '../core/catalogue';
import type { NamespaceFilter } from '../core/namespace';
import { holds, segmentsFor } from '../core/restorePlan';
import { say } from '../core/say';
import type { Segment } from '../core/segment';
import type { SnapshotManifest } from '../core/snapshot';
import { leansOn, unbrokenRuns } from '../core/timeline';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from './errors';
import type { RepositoryContent, RepositoryReader } from './ports';
import { type Beginning, beginningsOf, catalogueAt } from './restorePlan';

/** An unbroken stretch of history, with a snapshot from before its beginning. */
export interface Span {
  readonly snapshot: SnapshotManifest;
  /** From what the snapshot needs through `to`. */
  readonly segments: readonly Segment[];
  readonly from: ClusterTime;
  readonly to: ClusterTime;
  /** Collections, indexes and views as of both ends. */
  readonly before: Catalogue;
  readonly after: Catalogue;
}

/** The span of both times; `undefined` where there is a gap between them, or no snapshot before them. */
export async function findSpan(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: {
    readonly from: ClusterTime;
    readonly to: ClusterTime;
    readonly scope: readonly NamespaceFilter[];
  },
  signal: AbortSignal,
): Promise<Span | undefined> {
  const { from, to, scope } = request;
  for (const lineage of [...content.lineages].reverse()) {
    for (const run of unbrokenRuns(lineage).reverse()) {
      const through = run.at(-1)?.through;
      if (through === undefined || through < to) continue;
      const usable = content.snapshots.filter(
        (s) => s.lineage === lineage.start.id && s.consistentAt <= from && leansOn(s, run) && holds(s, scope),
      );
      const snapshot = usable.sort((a, b) => (a.consistentAt < b.consistentAt ? -1 : 1)).at(-1);
      if (!snapshot) continue;
      const segments = segmentsFor(run, snapshot.start, to);
      const before = await catalogueAt(repository, snapshot, segments, from, signal);
      const after = await catalogueAt(repository, snapshot, segments, to, signal);
      return { snapshot, segments, from, to, before, after };
    }
  }
  return undefined;
}

/** {@link findSpan}; throws where there is none. */
export async function openSpan(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: {
    readonly from: ClusterTime;
    readonly to: ClusterTime;
    readonly scope: readonly NamespaceFilter[];
  },
  signal: AbortSignal,
): Promise<Span> {
  const span = await findSpan(repository, content, request, signal);
  if (span) return span;
  throw new BackupError(
    'targetOutOfRange',
    say`what was there before ${formatClusterTime(request.to)} is not recorded without a gap from a snapshot on`,
    { hint: say`Only what happened after the first snapshot of a recording can be taken back.` },
  );
}

/** Where to begin to learn what a collection held at the beginning of the span and later. */
export function beginningOf({ snapshot, from, before }: Span, uuid: string): Beginning {
  const beginning = beginningsOf(snapshot, before).get(uuid);
  return beginning ?? { base: undefined, after: from, tolerantThrough: from };
}
