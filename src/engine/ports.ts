import type { DumpMetadata } from '../core/dumpMetadata';
import type { Namespace } from '../core/namespace';
import type { ClusterTime } from '../core/time';
import type { SnapshotCollection, SnapshotManifest, SnapshotPart } from '../core/snapshot';
import type { Retention } from '../core/retention';
import type { Said } from '../core/say';
import type { Lineage, LineageStart, PrunedRange, Segment } from '../core/segment';

/** Concatenated BSON documents. */
export interface RawBatch {
  readonly bytes: Uint8Array;
  readonly documents: number;
  /** Gives the memory of `bytes` back, for one who has no more use for it and is alone in having it. */
  readonly release?: () => void;
}

/** Where a server's history stands. */
export interface SourcePosition {
  /** Newest entry a majority has: nothing at or before it can be rolled back. */
  readonly committed: ClusterTime;
  /** Newest entry of the member read; never before `committed`. */
  readonly newest: ClusterTime;
  /** Whether that member is the one that takes writes. */
  readonly primary: boolean;
}

export interface OplogSource {
  /** Where recording must start so that no open transaction is cut: an existing entry's time. */
  safeStart(signal: AbortSignal): Promise<ClusterTime>;
  position(signal: AbortSignal): Promise<SourcePosition>;
  /** The first entry that the oplog still holds. */
  oldest(signal: AbortSignal): Promise<ClusterTime>;
  /** Majority-committed entries from `from` (inclusive) on, for ever; an empty batch means: nothing newer yet. */
  read(from: ClusterTime, signal: AbortSignal): AsyncIterable<RawBatch>;
}

export interface ListedCollection {
  readonly database: string;
  readonly name: string;
  /** 32 lower-case hex digits. */
  readonly uuid: string;
  /** The `options` document of listCollections, raw. */
  readonly options: Uint8Array;
  /** The specs of listIndexes that are built, raw, in the server's order. */
  readonly indexes: readonly Uint8Array[];
  readonly documents: number;
  readonly bytes: number;
}

/** How one collection was read: pinned at one time, or while it changed; or it was gone. */
export type CollectionRead =
  | { readonly kind: 'pinned'; readonly at: ClusterTime; readonly batches: AsyncIterable<RawBatch> }
  | { readonly kind: 'fuzzy'; readonly batches: AsyncIterable<RawBatch> }
  | { readonly kind: 'gone' };

export interface DumpSource {
  describe(): SourceDescription;
  position(signal: AbortSignal): Promise<SourcePosition>;
  /** All collections with documents of their own: no views, nothing of admin, config and local. */
  list(signal: AbortSignal): Promise<readonly ListedCollection[]>;
  /**
   * Reads by UUID; pinned at `at` where the server can, else as it is. The batches throw `sourceChanged` when the
   * collection is renamed or dropped under them, or the pinned time became too old: read again.
   */
  read(
    collection: ListedCollection,
    at: ClusterTime | undefined,
    signal: AbortSignal,
  ): Promise<CollectionRead>;
}

export interface SourceDescription {
  readonly setName: string;
  readonly replicaSetId: string | undefined;
  readonly version: string;
  readonly featureCompatibilityVersion: string | undefined;
  /** Whether reads can be pinned at a cluster time (5.0 and later). */
  readonly canPin: boolean;
}

/** The oplog part of a repository, for the one process that holds the lock. */
export interface SegmentStore {
  /** The newest lineage and where it ends, after mending what a crash left. */
  resume(): Promise<RecordedPosition | undefined>;
  /** Begins the next lineage; or `again` the one with this id, in which nothing was recorded. */
  beginLineage(start: Omit<LineageStart, 'id'>, again: string | undefined): Promise<LineageStart>;
  /** Appends entries that end at `through`; durable when it resolves, unchanged when it rejects. */
  append(batch: RawBatch, through: ClusterTime): Promise<void>;
  /** Raw bytes in the open segment. */
  readonly openBytes: number;
  /** Closes the open segment under its final name, then writes its index. */
  seal(): Promise<Segment | undefined>;
}

export interface RecordedPosition {
  readonly lineage: LineageStart;
  /** `undefined` when the lineage was begun but nothing was recorded in it. */
  readonly last: { readonly through: ClusterTime; readonly entry: Uint8Array } | undefined;
  /** Set when damage hides the lineage's end: it cannot be continued after this time. */
  readonly damagedAfter?: ClusterTime;
}

export interface SnapshotStore {
  /** `needs`: the oplog that must stay until the snapshot is done, in `lineage` after `start`. */
  begin(id: string, needs: SnapshotNeeds): Promise<SnapshotWriter>;
}

export interface SnapshotNeeds {
  readonly lineage: string;
  readonly start: ClusterTime;
}

/** A snapshot's folder without a manifest, or that of a lineage for a dump without its beginning. */
export interface UnfinishedSnapshot {
  readonly id: string;
  readonly of: 'snapshots' | 'oplog';
  /** `removing`: it was one, and a prune was cut short. */
  readonly kind: 'taking' | 'removing';
  readonly needs: SnapshotNeeds | undefined;
  readonly holder: 'alive' | 'dead' | 'unknown';
  /** Since anything in it was written. */
  readonly quietMs: number;
}

/** Removes from a repository. */
export interface RepositoryPruner {
  unfinished(): Promise<readonly UnfinishedSnapshot[]>;
  /**
   * Removes file by file, what refers to others first: whenever it stops, what is left can be restored as it could
   * before. Yields each file that is gone.
   */
  remove(retention: Retention, abandoned: readonly UnfinishedSnapshot[]): AsyncIterable<string>;
}

export type WrittenCollection = Pick<
  SnapshotCollection,
  'parts' | 'documents' | 'bytes' | 'storedBytes' | 'metadataFile' | 'metadataSha256'
>;

/** A frame of a snapshot, packed. */
export interface StoredFrame {
  readonly documents: number;
  /** Length of the BSON. */
  readonly rawLength: number;
  /** Its header and the packed documents, checked. */
  readonly stored: Uint8Array;
  /** See `core/frameKeys`; `undefined` where they are not known. */
  readonly keys: Uint32Array | undefined;
  unpack(): Promise<RawBatch>;
}

/** A part of an earlier snapshot, to be used again as it is. */
export interface StoredPart {
  readonly snapshot: string;
  readonly part: SnapshotPart;
}

export interface StoredFrames {
  /** The keys of each frame of a part; `undefined` where they are not known. */
  keys(stored: StoredPart): Promise<readonly Uint32Array[] | undefined>;
  read(
    stored: StoredPart,
    keys: readonly Uint32Array[] | undefined,
    signal: AbortSignal,
  ): AsyncIterable<StoredFrame>;
}

export interface SnapshotWriter {
  /**
   * Packs the batches into parts, durable when committed. Stored frames are copied as they are, unless they are small;
   * stored parts are checked and shared with the snapshot that they are of.
   */
  write(
    collection: ListedCollection,
    batches: AsyncIterable<RawBatch | StoredFrame | StoredPart>,
    onProgress: (documents: number, bytes: number) => void,
    signal: AbortSignal,
  ): Promise<WrittenCollection>;
  /** Makes all that was written durable, and then the snapshot exist. */
  commit(manifest: SnapshotManifest): Promise<void>;
  discard(): Promise<void>;
}

/** A repository as its files say now. */
export interface RepositoryContent {
  /** Oldest first. */
  readonly snapshots: readonly SnapshotManifest[];
  readonly lineages: readonly Lineage[];
  readonly marks: readonly Mark[];
  /** Databases that previews of ours fill or filled, by name. */
  readonly previews: readonly Preview[];
  readonly pruned: readonly PrunedRange[];
  /** Files that could not be read as what they should be; what leans on them is left out above. */
  readonly damaged: readonly DamagedFile[];
}

export interface DamagedFile {
  /** Relative to the repository. */
  readonly file: string;
  readonly reason: Said;
  /** What cannot be used for it; nothing where it was made good from other files, or is only a help. */
  readonly loses?: LostFile;
}

export type LostFile =
  | {
      readonly kind: 'segment';
      readonly lineage: string;
      readonly after: ClusterTime;
      /** `undefined` for the segment that is being written: to its end. */
      readonly through: ClusterTime | undefined;
    }
  | {
      readonly kind: 'lineage';
      readonly from: ClusterTime;
      /** `undefined` for the newest one: to its end. */
      readonly through: ClusterTime | undefined;
    }
  /** About the time that it was consistent at, by its name. */
  | { readonly kind: 'snapshot'; readonly at: ClusterTime | undefined };

export interface Mark {
  readonly name: string;
  readonly at: ClusterTime;
  /** Nobody asked for it by name: it goes with the history that it is in, and keeps none. */
  readonly automatic?: true;
}

export interface Preview {
  readonly database: string;
  readonly of: string;
  readonly at: ClusterTime;
  readonly createdMs: number;
  readonly dropped: boolean;
}

/** Checks the bytes of a repository's files. */
export interface FileChecker {
  /** Compares a file with its SHA-256; gives what is wrong with it, if anything, and how many bytes were read. */
  check(file: string, sha256: string, signal: AbortSignal): Promise<CheckedFile>;
  /** Checks every frame of the segment that is being written. */
  checkFrames(file: string, signal: AbortSignal): Promise<CheckedFile>;
}

export interface CheckedFile {
  readonly bytes: number;
  readonly reason: Said | undefined;
  /** Of frames: the time of the last one that is whole. */
  readonly wholeThrough?: ClusterTime | undefined;
}

export interface RepositoryReader {
  content(): Promise<RepositoryContent>;
  /** The frames that hold entries in `(after, through]`, and maybe some around them. */
  readSegment(
    segment: Segment,
    after: ClusterTime,
    through: ClusterTime,
    signal: AbortSignal,
  ): AsyncIterable<RawBatch>;
  /** A collection's documents, in the order they were read. */
  readCollection(
    snapshot: string,
    parts: readonly SnapshotPart[],
    signal: AbortSignal,
  ): AsyncIterable<RawBatch>;
}

/** A mongodump directory being written. */
export interface DumpWriter {
  metadata(ns: Namespace, metadata: DumpMetadata): Promise<void>;
  /** One collection's documents. */
  documents(ns: Namespace, batches: AsyncIterable<RawBatch>): Promise<void>;
  finish(serverVersion: string): Promise<void>;
}

/** A dump of other tools: a mongodump directory or archive. */
export interface DumpReader {
  describe(signal: AbortSignal): Promise<DumpDescription>;
  /** The documents of all collections and of the oplog, interleaved in any way; each ends with a piece without batch. */
  pieces(signal: AbortSignal): AsyncIterable<DumpPiece>;
}

export interface DumpDescription {
  readonly serverVersion: string | undefined;
  /** About when it was made, by its files. */
  readonly atMs: number;
  readonly collections: readonly DumpedCollection[];
}

/** Views among them; the documents of a time-series collection come under the name of its buckets. */
export interface DumpedCollection extends DumpMetadata {
  readonly database: string;
  readonly name: string;
}

export interface DumpPiece {
  /** Empty for the oplog. */
  readonly database: string;
  readonly collection: string;
  readonly batch: RawBatch | undefined;
}

/** Writes a lineage for a dump, beside those that are recorded. */
export interface ImportedLineageWriter {
  readonly id: string;
  /** Entries in order; the first one begins the lineage. */
  append(batch: RawBatch): Promise<void>;
  /** Makes the lineage exist. */
  finish(startedAtMs: number): Promise<{ readonly start: ClusterTime; readonly through: ClusterTime }>;
  discard(): Promise<void>;
}

/** The deployment restored into: its names. */
export interface TargetCatalogue {
  databases(signal: AbortSignal): Promise<readonly string[]>;
  /** Names of a database's collections and views. */
  collections(database: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Makes a collection or view with the options of listCollections; `idIndex` as listed, where there is one. */
  create(
    ns: Namespace,
    options: Uint8Array,
    idIndex: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<void>;
  createIndexes(ns: Namespace, specs: readonly Uint8Array[], signal: AbortSignal): Promise<void>;
  /** collMod, with these fields. */
  modify(ns: Namespace, fields: Uint8Array, signal: AbortSignal): Promise<void>;
  dropDatabase(database: string): Promise<void>;
}

/** One operation under its new name, to be applied as the oplog would. */
export interface RenamedOperation {
  readonly op: string;
  readonly ns: string;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
  /** An update that makes the document which it does not find. */
  readonly upsert?: true;
}

/** The deployment restored into, read. */
export interface TargetReader {
  /** In the natural order. */
  read(ns: Namespace, signal: AbortSignal): AsyncIterable<RawBatch>;
}

/** The deployment restored into: its documents. */
export interface TargetData {
  /** Inserts verbatim. With `tolerateDuplicates` an `_id` that is there already is passed over. */
  insert(
    ns: Namespace,
    batch: RawBatch,
    options: { readonly ordered: boolean; readonly tolerateDuplicates: boolean },
    signal: AbortSignal,
  ): Promise<void>;
  /** Whether this user is allowed to `apply` to these collections, which are still empty. */
  mayApply(namespaces: readonly Namespace[], signal: AbortSignal): Promise<boolean>;
  /** Applies in order; gives the positions of updates that found no document. */
  apply(operations: readonly RenamedOperation[], signal: AbortSignal): Promise<readonly number[]>;
  /** Documents there; counted one by one when `exact`, else as the server believes. */
  count(ns: Namespace, how: { readonly exact: boolean }, signal: AbortSignal): Promise<number>;
  /** Resolves once a majority has everything written so far. */
  settle(signal: AbortSignal): Promise<void>;
}
