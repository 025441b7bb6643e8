import type { ErrorCode } from '../core/errorCode';
import type { DemoParams, DemoProgress } from './demo';
import type {
  DiffParams,
  DiffProgress,
  DiffReport,
  EventsParams,
  EventsReport,
  HistoryParams,
  HistoryReport,
  InPlaceReport,
  RestoreInPlaceParams,
  RestoreVersionParams,
  RestoreVersionReport,
  RestoreInPlaceReport,
  UndoParams,
  UndoReport,
  UndoRestoreParams,
} from './timeTravel';

export type * from './timeTravel';

/**
 * What the extension host asks of the engine's worker. Everything here survives structured cloning.
 * Cluster times are `"SECONDS:ORDINAL"`, TIME is any form the command line takes
 * (ISO 8601 with offset, `SECONDS:ORDINAL`, `latest`, `mark:NAME`, `before:EVENT`),
 * documents are canonical extended JSON, wall clocks are milliseconds since 1970.
 */
export interface Jobs {
  /** Connects, checks and says what is there; refuses another source than that of a `repository`. Keeps nothing open. */
  readonly probe: Job<{ uri: string; repository?: string }, SourceReport>;
  /** What the server holds, as far as the user may know. */
  readonly databases: Job<{ uri: string }, DatabasesReport>;
  readonly namespaces: Job<{ uri: string; database: string }, readonly CollectionReport[]>;
  readonly snapshot: Job<
    { uri: string; repository: string; namespaces: readonly string[] },
    SnapshotReport,
    CopyProgress
  >;
  /**
   * Runs until cancelled, which seals the open segment; progress is each change of state. With `keepTrying` a server
   * or disk that cannot be used at first is told as `stalled` and waited for; without, it is an error.
   */
  readonly record: Job<
    { uri: string; repository: string; keepTrying?: boolean; resumed?: boolean },
    RecorderReport,
    RecorderReport
  >;
  /** Whether a repository is encrypted, and whether a passphrase is its own; nothing is opened. */
  readonly encryption: Job<{ repository: string; passphrase?: string }, EncryptionReport>;
  readonly status: Job<{ repository: string }, StatusReport>;
  readonly plan: Job<PlanParams, PlanReport>;
  readonly restore: Job<RestoreParams, RestoreReport, CopyProgress>;
  readonly previews: Job<{ repository: string }, readonly PreviewReport[]>;
  readonly dropPreview: Job<{ repository: string; uri: string; database: string }, { dropped: boolean }>;
  /** Collections as of a time, from the repository alone. */
  readonly collections: Job<{ repository: string; at: string }, readonly PastCollection[]>;
  /** Documents as of a time, from the repository alone. */
  readonly show: Job<ShowParams, ShowReport>;
  /** Operations counted over `buckets` equal spans of `[fromMs, toMs)`. */
  readonly density: Job<{ repository: string; fromMs: number; toMs: number; buckets: number }, DensityReport>;
  readonly mark: Job<{ repository: string; name: string; at?: string; automatic?: true }, MarkReport>;
  /** Gives what the newest of that name was at. */
  readonly removeMark: Job<{ repository: string; name: string }, MarkReport>;
  /** Reads every byte; with a `uri`, a test restore into a scratch database there, which is dropped again. */
  readonly verify: Job<{ repository: string; uri?: string }, VerifyReport, CopyProgress>;
  /** Removes what is older than `keepMs` and, beyond `maxBytes`, more. Marks stay restorable. */
  readonly prune: Job<
    { repository: string; keepMs: number; maxBytes?: number; dryRun: boolean },
    PruneReport,
    CopyProgress
  >;
  /** Writes a mongodump directory. */
  readonly export: Job<ExportParams, ExportReport, CopyProgress>;
  /** Takes in a mongodump directory or archive. */
  readonly import: Job<{ dump: string; repository: string }, ImportReport, CopyProgress>;
  /** What happened, by name, from the indexes alone: cheap enough to ask again and again. */
  readonly events: Job<EventsParams, EventsReport>;
  /** One collection at two times, from the repository alone. Counts come first. */
  readonly diff: Job<DiffParams, DiffReport, DiffProgress>;
  /** Every recorded version of one document, from the repository alone. */
  readonly history: Job<HistoryParams, HistoryReport>;
  /** Writes one document as it was in one of its versions. */
  readonly restoreVersion: Job<RestoreVersionParams, RestoreVersionReport>;
  /** Takes back an event, or a span, and keeps what was written since. */
  readonly undo: Job<UndoParams, UndoReport, CopyProgress>;
  /** Restores beside, then swaps; what is replaced is kept under another name. */
  readonly restoreInPlace: Job<RestoreInPlaceParams, RestoreInPlaceReport, CopyProgress>;
  readonly inPlaceRestores: Job<{ repository: string }, readonly InPlaceReport[]>;
  /** Swaps a restore in place back; what it had restored is kept as a safety copy in turn. */
  readonly undoRestore: Job<UndoRestoreParams, InPlaceReport>;
  /** A shop on a throw-away server, until cancelled. */
  readonly demo: Job<DemoParams, { readonly stopped: true }, DemoProgress>;
}

export interface Job<Params, Result, Progress = never> {
  readonly params: Params;
  readonly result: Result;
  readonly progress: Progress;
}

export type JobKind = keyof Jobs;

export interface SourceReport {
  readonly setName: string;
  readonly version: string;
  readonly featureCompatibilityVersion: string | undefined;
  readonly hosts: readonly string[];
  /** Hours of history the server's oplog holds now. */
  readonly oplogHours: number;
}

export interface EncryptionReport {
  /** `absent`: there is no repository yet; it will be encrypted if it is made with a passphrase. */
  readonly state: 'absent' | 'plain' | 'encrypted';
  /** Whether the repository can be read with the passphrase that was given, or with none. */
  readonly opens: boolean;
}

export interface DatabasesReport {
  readonly databases: readonly string[];
  /** Why this server or this user cannot be recorded. */
  readonly problem?: FailureReport;
}

export interface CollectionReport {
  readonly name: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  readonly documents: number | undefined;
  readonly bytes: number | undefined;
}

export interface CopyProgress {
  readonly phase: 'copy' | 'catchUp' | 'load' | 'replay' | 'indexes' | 'check' | 'remove';
  readonly namespace: string | undefined;
  readonly documents: number;
  /** An estimate; `undefined` when there is none. */
  readonly totalDocuments: number | undefined;
  readonly bytes: number;
}

export interface SnapshotReport {
  readonly id: string;
  readonly start: string;
  readonly consistentAt: string;
  readonly documents: number;
  readonly bytes: number;
}

export interface RangeReport {
  readonly from: string;
  readonly to: string;
}

export interface GapReport {
  readonly after: string;
  readonly before: string;
  readonly reason: string;
}

/** `failed`: it gave up until somebody acts; only its host knows. */
export type RecorderState = 'recording' | 'catchingUp' | 'stalled' | 'waiting' | 'stopped' | 'failed';

export interface RecorderReport {
  /** `waiting`: another process records this repository and this one follows; all else is told of that one. */
  readonly state: RecorderState;
  readonly position: string | undefined;
  readonly lagMs: number | undefined;
  readonly stalledSinceMs?: number;
  /** Why it is stalled, or what it is waiting for. */
  readonly reason?: string;
  /** Who holds the repository's lock. */
  readonly holder?: string;
}

export interface MarkReport {
  readonly name: string;
  readonly at: string;
}

export interface StatusReport {
  readonly snapshots: readonly SnapshotReport[];
  readonly ranges: readonly RangeReport[];
  readonly gaps: readonly GapReport[];
  readonly marks: readonly MarkReport[];
  readonly recorder: RecorderReport;
  /** When `verify` last read all of it, and whether all was intact; the same of the last test restore. */
  readonly verified?: {
    readonly atMs: number;
    readonly ok: boolean;
    readonly restored?: { readonly atMs: number; readonly ok: boolean };
  };
  /** When it was pruned last, and the newest snapshot then; when that removed anything last, and how much. */
  readonly pruned?: {
    readonly atMs: number;
    readonly snapshot: string | undefined;
    readonly removed?: { readonly atMs: number; readonly bytes: number };
  };
}

export interface PlanParams {
  readonly repository: string;
  readonly at: string;
  /** `DB` or `DB.COLL`; empty for the whole deployment. */
  readonly namespaces: readonly string[];
  readonly map?: readonly NamespaceMapEntry[];
}

export interface NamespaceMapEntry {
  readonly from: string;
  readonly to: string;
}

/** One recorded operation beside the target, for stepping and for showing what was chosen. */
export interface NeighbourReport {
  readonly at: string;
  readonly wallMs: number | undefined;
  /** `i`, `u` or `d`; the name of a command, such as `drop`. */
  readonly op: string;
  readonly ns: string;
}

export interface PlannedNamespace {
  readonly ns: string;
  readonly to: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  /** Documents in the base snapshot; the replay may add or remove some. */
  readonly baseDocuments: number;
  /** Recorded operations on it between the base and the target. */
  readonly operations: number;
}

export interface PlanReport {
  readonly target: string;
  readonly snapshot: SnapshotReport;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly operations: number;
  readonly namespaces: readonly PlannedNamespace[];
  readonly warnings: readonly string[];
  /** The entry the target names: the last one that is restored. */
  readonly last: NeighbourReport | undefined;
  readonly next: NeighbourReport | undefined;
  readonly previous: NeighbourReport | undefined;
}

export interface RestoreParams extends PlanParams {
  readonly uri: string;
  /** Restore every database beside its origin under a scratch name, and list it as a preview. */
  readonly preview: boolean;
}

export interface RestoreReport {
  readonly databases: readonly string[];
  readonly documents: number;
  readonly operations: number;
  readonly ms: number;
  readonly warnings: readonly string[];
}

export interface PreviewReport {
  readonly database: string;
  readonly of: string;
  readonly at: string;
  readonly createdMs: number;
}

export interface PastCollection {
  readonly ns: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  readonly baseDocuments: number;
  readonly operations: number;
}

export interface ShowParams {
  readonly repository: string;
  readonly at: string;
  readonly ns: string;
  /** A MongoDB query in extended JSON. */
  readonly filter?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export interface ShowReport {
  readonly at: string;
  readonly documents: readonly string[];
  /** Whether documents follow the last one given. */
  readonly more: boolean;
  readonly warnings: readonly string[];
}

export interface DensityReport {
  readonly fromMs: number;
  readonly toMs: number;
  readonly namespaces: readonly DensityRow[];
}

/** Counts by bucket, one array a kind of operation, each as long as the buckets asked for. */
export interface DensityRow {
  readonly ns: string;
  readonly inserts: readonly number[];
  readonly updates: readonly number[];
  readonly deletes: readonly number[];
  readonly commands: readonly number[];
}

export interface VerifyReport {
  readonly files: number;
  readonly bytes: number;
  readonly damaged: readonly DamageReport[];
  /** The test restore, where one was asked for. */
  readonly restored?: TestRestoreReport;
}

export interface TestRestoreReport {
  readonly ok: boolean;
  readonly at: string;
  readonly collections: number;
  readonly documents: number;
  readonly ms: number;
  /** Collections that differ from what the repository says, and how. */
  readonly differences: readonly { readonly ns: string; readonly reason: string }[];
}

export interface DamageReport {
  /** Relative to the repository. */
  readonly file: string;
  readonly reason: string;
  readonly hurts: readonly RangeReport[];
}

export interface PruneReport {
  readonly dryRun: boolean;
  /** Ids of those removed. */
  readonly snapshots: readonly string[];
  /** How many were removed. */
  readonly segments: number;
  readonly freedBytes: number;
  readonly keptBytes: number;
  /** What the budget cannot do without losing the newest restorable time or a mark. */
  readonly overBudgetBytes: number;
  /** What can be restored afterwards. */
  readonly ranges: readonly RangeReport[];
}

export interface ExportParams {
  readonly repository: string;
  readonly at: string;
  /** A folder that does not exist yet, or an empty one. */
  readonly out: string;
  readonly namespaces: readonly string[];
}

export interface ExportReport {
  readonly at: string;
  readonly collections: number;
  readonly documents: number;
  readonly bytes: number;
  readonly ms: number;
  readonly warnings: readonly string[];
}

export interface ImportReport {
  readonly snapshot: SnapshotReport;
  /** A mark at the time that it can be restored at. */
  readonly mark: string;
  readonly warnings: readonly string[];
}

export type WorkerRequest =
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly job: JobKind;
      readonly params: unknown;
      /** Of the repository that the params name, for this and all later jobs. */
      readonly passphrase?: string;
    }
  | { readonly kind: 'cancel'; readonly id: number };

export type WorkerResponse =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: FailureReport };

export interface FailureReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}
