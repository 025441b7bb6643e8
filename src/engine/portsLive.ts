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
  readonly kind: 'rename';
  readonly from: Namespace;
  readonly to: Namespace;
}

/** A name that changes hands; of views with their options as listCollections shows them. */
export type LiveChange =
  | LiveRename
  | { readonly kind: 'dropView' | 'createView'; readonly ns: Namespace; readonly options: Uint8Array };

/** A view from one definition to another, as listCollections shows its options; absent where there is none. */
export interface LiveViewChange {
  readonly ns: Namespace;
  readonly was: Uint8Array | undefined;
  readonly is: Uint8Array | undefined;
}

/** The collections of a deployment that others use at the same time. */
export interface LiveCollections {
  list(database: string, signal: AbortSignal): Promise<readonly LiveCollection[]>;
  /**
   * All at once, in this order: nobody sees only some of it done. Of several, those whose collection is not there are
   * passed over. The caller has seen that the new names are free.
   */
  rename(changes: readonly LiveChange[]): Promise<void>;
  drop(ns: Namespace): Promise<void>;
  /** Documents, but never more than `most`. */
  count(ns: Namespace, most: number, signal: AbortSignal): Promise<number>;
}

/** The indexes of a deployment that others use at the same time. */
export interface LiveIndexes {
  /** Definitions as listIndexes shows them, without that which a collection is stored by. */
  list(ns: Namespace, signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** Those that there are. */
  drop(ns: Namespace, names: readonly string[], signal: AbortSignal): Promise<void>;
}

/** A time-series collection whose measurements change: to those of `source`, or to none. */
export interface TimeseriesSwap {
  readonly ns: Namespace;
  /** Gets what `ns` has until now. */
  readonly copy: Namespace | undefined;
  readonly source: Namespace | undefined;
}

/** The time-series collections of a deployment that others use at the same time: servers cannot rename those. */
export interface LiveTimeseries {
  /** Makes one without measurements, with the options and indexes of another; without one, a plain collection. */
  make(ns: Namespace, like: Namespace | undefined, signal: AbortSignal): Promise<void>;
  /** Copies all measurements into one that has none. */
  fill(ns: Namespace, from: Namespace, signal: AbortSignal): Promise<void>;
  /**
   * All of it in one transaction, which also writes the mark: a document of a collection of its own. Fails where there
   * are measurements that have no copy.
   */
  exchange(swaps: readonly TimeseriesSwap[], mark: Namespace, signal: AbortSignal): Promise<void>;
  /**
   * Whether the transaction that sets the mark took place, as a majority knows it. Where it did not, the mark is taken, so
   * that one which is still on its way fails.
   */
  isMarked(mark: Namespace, signal: AbortSignal): Promise<boolean>;
  /** Gives it the indexes and the expiry of another; without one, drops it unless there are measurements. */
  likenOrDrop(ns: Namespace, source: Namespace | undefined, signal: AbortSignal): Promise<void>;
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
