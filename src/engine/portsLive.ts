import type { Namespace } from '../core/namespace';
import type { RawElement } from '../core/rawDocument';

/** A collection or view of a deployment as it is now. */
export interface LiveCollection {
  readonly name: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  /** Views have none. */
  readonly uuid: string | undefined;
  /** As listCollections shows them. */
  readonly options: Uint8Array;
}

export interface LiveRename {
  readonly from: Namespace;
  readonly to: Namespace;
}

/** The collections of a deployment that others use at the same time. */
export interface LiveCollections {
  list(database: string, signal: AbortSignal): Promise<readonly LiveCollection[]>;
  /** All renames at once: nobody sees only some of them done. The caller has seen that the new names are free. */
  rename(renames: readonly LiveRename[]): Promise<void>;
  drop(ns: Namespace): Promise<void>;
  dropIndexes(ns: Namespace, names: readonly string[], signal: AbortSignal): Promise<void>;
  count(ns: Namespace, signal: AbortSignal): Promise<number>;
}

/** One document from `expected` to `document`; absent for one that is not there. */
export interface LiveWrite {
  readonly id: RawElement;
  readonly expected: Uint8Array | undefined;
  readonly document: Uint8Array | undefined;
}

/** A write that was not done. `changed`: the document was not as expected when its turn came. */
export interface RefusedWrite {
  readonly write: LiveWrite;
  readonly reason: 'changed' | 'duplicateKey' | 'refused';
  readonly message: string;
}

/** The documents of a deployment that others use at the same time. */
export interface LiveDocuments {
  /** Those of the ids that there are, raw, in no order. */
  read(ns: Namespace, ids: readonly RawElement[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** Each is done only if its document is as expected then. All of one kind: inserts, replacements or removals. */
  write(ns: Namespace, writes: readonly LiveWrite[], signal: AbortSignal): Promise<readonly RefusedWrite[]>;
}
