import type { ClusterTime } from './time';

export type EventKind =
  | 'delete'
  | 'update'
  | 'insert'
  | 'drop'
  | 'dropDatabase'
  | 'rename'
  | 'index'
  | 'collMod'
  | 'out'
  | 'transaction';

/** Something that happened in the recorded time and that a person may want to go back before. */
export interface NamedEvent {
  /** Stable: the same log gives the same id, however it was cut into segments. */
  readonly id: string;
  readonly kind: EventKind;
  /** What was run, as well as the log tells: `deleteMany`, `renameCollection`, `$out`. */
  readonly name: string;
  /** A collection; a database for `dropDatabase` and for what touched several collections of one. */
  readonly ns: string;
  readonly uuid: string | undefined;
  /** The new name after a rename. */
  readonly renamedTo: string | undefined;
  /** Documents; definitions for `index`; operations for `transaction`. */
  readonly count: number;
  /** The first and the last entry that belong to it. */
  readonly from: ClusterTime;
  readonly to: ClusterTime;
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** Some of the documents' `_id`s, as canonical Extended JSON. */
  readonly sampleIds: readonly string[];
  /** Tells its writes from those of others at the same time; empty for commands. */
  readonly group: string;
}
