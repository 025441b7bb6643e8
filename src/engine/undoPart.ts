import type { ClusterTime } from '../core/time';
import type { DocumentChange } from './documentChanges';

/** One thing to take back. Names are those after the event. */
export type UndoPart =
  /** Documents go back to what they were; after that, a collection that the event made goes if it is empty. */
  | {
      readonly kind: 'documents';
      readonly ns: string;
      readonly uuid: string;
      readonly changes: () => AsyncIterable<DocumentChange>;
      readonly wasCreated: boolean;
      /** Options of the collection that had the name before, where that was another one. */
      readonly was?: Uint8Array;
    }
  /** A collection gets its name back; one that took its place steps aside. */
  | {
      readonly kind: 'rename';
      readonly uuid: string;
      readonly from: string;
      readonly to: string;
      readonly aside: string | undefined;
    }
  /** Collections that have each other's names get theirs back, all of them at once. */
  | { readonly kind: 'exchange'; readonly renames: readonly RenamePart[] }
  /** Collections that were there before. */
  | { readonly kind: 'bringBack'; readonly namespaces: readonly string[]; readonly at: ClusterTime }
  /** Documents of a capped collection that was emptied, in their order as of a time, when it had this name. */
  | { readonly kind: 'emptied'; readonly ns: string; readonly uuid: string; readonly at: ClusterTime }
  /** The definition of a view, as it was before and as the event left it; absent where there was none. */
  | {
      readonly kind: 'view';
      readonly ns: string;
      readonly was: Uint8Array | undefined;
      readonly is: Uint8Array | undefined;
    }
  /** Definitions of indexes that differ, as they were before and as the event left them. */
  | {
      readonly kind: 'indexes';
      readonly ns: string;
      readonly uuid: string;
      readonly was: readonly Uint8Array[];
      readonly is: readonly Uint8Array[];
    }
  /** Options of a collection, as they were before and as the event left them. */
  | {
      readonly kind: 'options';
      readonly ns: string;
      readonly uuid: string;
      readonly was: Uint8Array;
      readonly is: Uint8Array;
    };

export type RenamePart = UndoPart & { kind: 'rename' };
export type ExchangePart = UndoPart & { kind: 'exchange' };
