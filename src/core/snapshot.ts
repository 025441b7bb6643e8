import { type ClusterTime, formatClusterTime, parseClusterTime } from './time';
import type { NamespaceFilter } from './namespace';

/** A file with some of a collection's documents. Snapshots share the parts in which nothing changed between them. */
export interface SnapshotPart {
  /** Relative to the snapshot's folder. */
  readonly file: string;
  readonly documents: number;
  /** Length of the BSON, and of the file. */
  readonly bytes: number;
  readonly storedBytes: number;
  readonly sha256: string;
  /** Hashes of the `_id`s of each frame, where there are several frames, and the file's SHA-256. */
  readonly keysFile?: string | undefined;
  readonly keysSha256?: string | undefined;
  /** `<snapshot>/<file>` as it was first written, where it is shared with that snapshot. */
  readonly sharedAs?: string | undefined;
}

/** One collection's data and description in a snapshot. */
export interface SnapshotCollection {
  readonly database: string;
  readonly name: string;
  /** 32 lower-case hex digits. */
  readonly uuid: string;
  /** Raw `options` of listCollections. */
  readonly options: Uint8Array;
  /** Raw specs of listIndexes, in the server's order. */
  readonly indexes: readonly Uint8Array[];
  /** Its documents, in the order they were read; none when it was empty or gone before it could be read. */
  readonly parts: readonly SnapshotPart[];
  readonly documents: number;
  /** Length of the BSON, and of the parts' files. */
  readonly bytes: number;
  readonly storedBytes: number;
  /** The metadata file beside them, and its SHA-256; `undefined` when the collection was gone. */
  readonly metadataFile: string | undefined;
  readonly metadataSha256: string;
  /** Entries after this time are missing in the documents read. */
  readonly start: ClusterTime;
  /** From here on no entry's effect can be in the documents already. Equal to `start` for a pinned read. */
  readonly consistentAt: ClusterTime;
}

export interface SnapshotManifest {
  readonly id: string;
  readonly lineage: string;
  /** The oplog is needed after this time, exclusive, to use the snapshot. */
  readonly start: ClusterTime;
  /** First usable target time. */
  readonly consistentAt: ClusterTime;
  readonly takenAtMs: number;
  readonly serverVersion: string;
  readonly featureCompatibilityVersion: string | undefined;
  /** The snapshot that it was made from, with the oplog since and without the source. */
  readonly madeFrom?: string;
  /** What was asked for; empty for everything. */
  readonly scope: readonly NamespaceFilter[];
  readonly collections: readonly SnapshotCollection[];
}

export function snapshotDocuments(snapshot: SnapshotManifest): number {
  return snapshot.collections.reduce((sum, c) => sum + c.documents, 0);
}

export function snapshotBytes(snapshot: SnapshotManifest): number {
  return snapshot.collections.reduce((sum, c) => sum + c.bytes, 0);
}

/** The name of a snapshot's folder: when it was taken, to the millisecond, and the time that {@link timeInId} reads. */
export function snapshotId(nowMs: number, at: ClusterTime, kind?: 'step'): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '');
  return [stamp, ...(kind === undefined ? [] : [kind]), formatClusterTime(at).replace(':', '-')].join('-');
}

/** `undefined` for a name that {@link snapshotId} did not make. */
export function timeInId(id: string): ClusterTime | undefined {
  const match = /-(\d{1,10})-(\d{1,10})$/.exec(id);
  return match ? parseClusterTime(`${match[1] ?? ''}:${match[2] ?? ''}`) : undefined;
}
