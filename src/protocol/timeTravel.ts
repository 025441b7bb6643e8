import type { EventKind } from '../core/eventKind';

/*
 * What time travel asks and answers: part of the jobs in `job.ts`, with the same forms of times and documents.
 */

export interface EventsParams {
  readonly repository: string;
  /** TIMEs, both inclusive; events that reach into the span are given. */
  readonly from?: string;
  readonly to?: string;
}

export interface EventsReport {
  /** Oldest first. */
  readonly events: readonly EventReport[];
}

export interface EventReport {
  readonly id: string;
  readonly kind: EventKind;
  /** `deleteMany`, `renameCollection`, `$out`, `restore in place`. */
  readonly name: string;
  /** A restore in place, which is renames. */
  readonly inPlace?: true;
  /** `deleteMany · 1,204 documents · shop.orders` */
  readonly title: string;
  readonly ns: string;
  readonly renamedTo?: string;
  readonly count: number;
  readonly from: string;
  readonly to: string;
  readonly fromWallMs: number;
  readonly toWallMs: number;
  readonly sampleIds: readonly string[];
}

export interface DiffParams {
  readonly repository: string;
  /** `DB.COLL` */
  readonly ns: string;
  readonly from: string;
  readonly to: string;
  /** How many changes the result holds; 0 without it. Progress gives them all, after the counts. */
  readonly limit?: number;
  /** Give all changes as progress. */
  readonly stream?: boolean;
}

export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export interface DiffReport extends DiffCounts {
  readonly from: string;
  readonly to: string;
  readonly changes: readonly ChangeReport[];
  /** Whether there are more changes than the result holds. */
  readonly more: boolean;
  readonly warnings: readonly string[];
}

export type DiffProgress =
  | ({ readonly kind: 'counts' } & DiffCounts)
  | { readonly kind: 'changes'; readonly changes: readonly ChangeReport[] };

/** How one document differs between two times. */
export interface ChangeReport {
  readonly change: 'added' | 'removed' | 'changed';
  readonly _id: string;
  /** Paths of the fields that differ; empty where only their order does. */
  readonly fields: readonly string[];
  readonly before?: string;
  readonly after?: string;
}

export interface HistoryParams {
  readonly repository: string;
  readonly ns: string;
  /** Extended JSON of the `_id`. */
  readonly id: string;
}

export interface HistoryReport {
  /** Oldest first. */
  readonly versions: readonly VersionReport[];
  readonly warnings: readonly string[];
}

export interface VersionReport {
  readonly at: string;
  readonly wallMs: number | undefined;
  /** `snapshot`: as it was first seen, or seen again after a gap. Commands are those on its collection. */
  readonly op:
    | 'snapshot'
    | 'insert'
    | 'update'
    | 'delete'
    | 'drop'
    | 'dropDatabase'
    | 'rename'
    | 'create'
    | 'emptycapped';
  /** `undefined` when it is gone. */
  readonly document: string | undefined;
  readonly changed: readonly string[];
}

export interface RestoreVersionParams {
  readonly repository: string;
  readonly uri: string;
  readonly ns: string;
  /** Extended JSON of the `_id`. */
  readonly id: string;
  /** When the version began. */
  readonly at: string;
  /** What was there when it was looked at: another document is not written over. Without it nothing is written. */
  readonly seen?: string | null;
  readonly protected?: boolean;
}

export interface RestoreVersionReport {
  /** What is, or was, there until now; `null` where nothing was. */
  readonly current: string | null;
  /** The version. */
  readonly document: string;
  /** Paths of the fields that change. */
  readonly fields: readonly string[];
  /** It is as in this version already. */
  readonly isSame: boolean;
}

export interface UndoParams {
  readonly repository: string;
  readonly uri: string;
  /** Of one event; or everything in `[from, to]` on the namespaces. */
  readonly event?: string;
  readonly range?: { readonly from: string; readonly to: string; readonly namespaces: readonly string[] };
  readonly dryRun: boolean;
  /** Documents that go back though they changed since: conflicts that a dry run told. Others stay. */
  readonly overwrite?: readonly { readonly ns: string; readonly _id: string }[];
  /** The connection is protected: nothing is written, unless it is a dry run. */
  readonly protected?: boolean;
  /** How many changes the result holds; 1000 without it. */
  readonly limit?: number;
}

export interface UndoReport {
  /** Documents that were put back, inserted or replaced. */
  readonly restored: number;
  readonly removed: number;
  /** Documents that were as before already. */
  readonly unchanged: number;
  readonly conflicts: readonly ConflictReport[];
  readonly dryRun: boolean;
  /** What was done to collections, for people. */
  readonly collections: readonly string[];
  readonly changes: readonly UndoChangeReport[];
  readonly more: boolean;
}

export interface ConflictReport {
  readonly ns: string;
  /** `undefined` where it is about the whole collection. */
  readonly _id: string | undefined;
  readonly reason: string;
}

export interface UndoChangeReport {
  readonly ns: string;
  readonly change: 'restore' | 'remove';
  readonly _id: string;
  readonly fields: readonly string[];
}

export interface RestoreInPlaceParams {
  readonly repository: string;
  readonly uri: string;
  readonly at: string;
  /** `DB` or `DB.COLL`, one at least. */
  readonly namespaces: readonly string[];
  readonly protected?: boolean;
  /** Go on where what an earlier one left that was cut short cannot be told or mended. */
  readonly leaveEarlier?: boolean;
}

export interface RestoreInPlaceReport {
  readonly id: string;
  readonly databases: readonly string[];
  readonly documents: number;
  readonly operations: number;
  readonly ms: number;
  readonly warnings: readonly string[];
  /** What the replaced collections are called now. */
  readonly safetyCopies: readonly SwapReport[];
}

export interface SwapReport {
  readonly ns: string;
  readonly safetyCopy: string;
}

/** A restore in place that this repository knows of. */
export interface InPlaceReport {
  readonly id: string;
  readonly at: string;
  readonly createdMs: number;
  readonly state: 'started' | 'swapped' | 'undone' | 'failed';
  readonly safetyCopies: readonly SwapReport[];
}

export interface UndoRestoreParams {
  readonly repository: string;
  readonly uri: string;
  /** Of the restore in place. */
  readonly id: string;
  readonly protected?: boolean;
}
