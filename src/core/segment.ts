import type { FrameFacts } from './frame';
import type { WriteRun } from './runRules';
import type { SegmentCounts } from './segmentCounts';
import type { ClusterTime } from './time';

/** Why a lineage did not continue the one before it. */
export type GapReason = 'rolledOver' | 'rolledBack' | 'damaged';

/** How one unbroken history of a source begins. */
export interface LineageStart {
  /** `0001`, `0002`, … in the order of recording. */
  readonly id: string;
  /** The first entry recorded, itself included. */
  readonly start: ClusterTime;
  readonly startedAtMs: number;
  /** What lies between this lineage and the one before. */
  readonly gap?: { readonly after: ClusterTime; readonly reason: GapReason };
  /** Made from a dump of other tools: nothing continues it, and it lies beside what is recorded. */
  readonly imported?: true;
}

/** Segments of a lineage that were removed on purpose, in `(after, through]`. */
export interface PrunedRange {
  readonly lineage: string;
  readonly after: ClusterTime;
  readonly through: ClusterTime;
}

/** An operation that changes which collections there are, kept whole so that a plan need not read the entries. */
export interface CatalogueChange {
  readonly ts: ClusterTime;
  readonly op: string;
  readonly ns: string;
  readonly ui: string | undefined;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
  readonly wallMs?: number | undefined;
  /** For a rename: operations of this segment on the collection before it. */
  readonly filled?: number | undefined;
}

export interface IndexedFrame extends FrameFacts {
  /** Of its header, in the file. */
  readonly offset: number;
}

/** What is known of a segment's entries without reading them. */
export interface SegmentIndex {
  readonly lineage: string;
  readonly after: ClusterTime;
  readonly through: ClusterTime;
  readonly entries: number;
  readonly bytes: number;
  readonly storedBytes: number;
  /** SHA-256 of the segment's file. */
  readonly sha256: string;
  /** SHA-256 of the previous segment's chain and all entries' bytes: joins segments, shows a missing entry. */
  readonly chain: string;
  readonly previousChain: string;
  readonly frames: readonly IndexedFrame[];
  /** Earliest and latest wall clock of its entries, milliseconds since 1970. */
  readonly minWallMs: number | undefined;
  readonly maxWallMs: number | undefined;
  /** Oldest entry of a transaction that is unfinished at `through`. */
  readonly openSince: ClusterTime | undefined;
  readonly counts: SegmentCounts;
  /** Operations by collection UUID. */
  readonly collections: Readonly<Record<string, number>>;
  readonly changes: readonly CatalogueChange[];
  /** Writes that belong together and are many, or may be together with those of the segments beside; by time. */
  readonly runs: readonly WriteRun[];
}

/** A closed or open run of recorded entries in `(after, through]`. */
export interface Segment extends SegmentIndex {
  /** Relative to the repository. */
  readonly file: string;
  readonly open: boolean;
}

/** An upper bound: whole segments are counted. */
export function operationsOn(segments: readonly Segment[], uuid: string): number {
  return segments.reduce((sum, segment) => sum + (segment.collections[uuid] ?? 0), 0);
}

export interface Lineage {
  readonly start: LineageStart;
  /** In order; each joins the next. */
  readonly segments: readonly Segment[];
}
