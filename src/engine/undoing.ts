import { cappedLimits } from '../core/collectionOptions';
import { databaseOf } from '../core/catalogueCommand';
import type { Namespace } from '../core/namespace';
import type { Said } from '../core/say';
import { timeseriesOfBuckets } from '../core/view';
import type { FillPorts } from './bringBack';
import type { DropPorts } from './dropIfEmpty';
import type { DocumentChange } from './documentChanges';
import type { LiveCollection, LiveCollections, LiveIndexes } from './portsLive';
import type { RestoreProgress } from './restoring';
import { type Conflict, type UndoneDocument, undoDocuments, type UndoOptions } from './undoDocuments';

export interface UndoPorts extends FillPorts, DropPorts {
  readonly indexes: LiveIndexes;
}

export interface UndoSettings {
  readonly dryRun: boolean;
  readonly overwrites: UndoOptions['overwrites'];
  /** Nothing is written on a protected connection. */
  readonly protected: boolean;
  /** Makes the names of passing collections and safety copies. */
  readonly stamp: string;
  /** How many changes the result holds. */
  readonly limit: number;
  readonly onProgress: (facts: RestoreProgress) => void;
}

export interface Undone {
  readonly restored: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly conflicts: readonly Conflict[];
  /** What was, or would be, done to collections, for people. */
  readonly collections: readonly Said[];
  readonly changes: readonly UndoneDocument[];
  readonly more: boolean;
}

/** What the parts of one undo share: what they write with, what they tell, and what is where by now. */
export class Undoing {
  readonly ports: UndoPorts;
  readonly settings: UndoSettings;
  readonly signal: AbortSignal;
  /** Names that are free by now where something is done, and in a dry run are not. */
  readonly freed = new Set<string>();
  /** Collections that keep their names, by UUID, though they had others before. */
  readonly stuck = new Set<string>();
  /** Time-series collections, by the UUID of their buckets, that have another form than those before. */
  readonly otherForm = new Set<string>();
  readonly onConflict = (conflict: Conflict): void => {
    this.#conflicts.push(conflict);
  };
  readonly #conflicts: Conflict[] = [];
  readonly #collections: Said[] = [];
  readonly #changes: UndoneDocument[] = [];
  #restored = 0;
  #removed = 0;
  #unchanged = 0;

  constructor(ports: UndoPorts, settings: UndoSettings, signal: AbortSignal) {
    this.ports = ports;
    this.settings = settings;
    this.signal = signal;
  }

  result(): Undone {
    const done = this.#restored + this.#removed;
    return {
      ...{ restored: this.#restored, removed: this.#removed, unchanged: this.#unchanged },
      ...{ conflicts: this.#conflicts, collections: this.#collections, changes: this.#changes },
      more: done > this.#changes.length,
    };
  }

  /** Tells what was, or would be, done to collections. */
  tell(...what: readonly Said[]): void {
    this.#collections.push(...what);
  }

  /** Tells why a collection is left as it is. */
  conflict(ns: string, reason: Said): void {
    this.onConflict({ ns, id: undefined, reason });
  }

  count(done: UndoneDocument): void {
    if (done.change === 'restore') this.#restored += 1;
    else this.#removed += 1;
    if (this.#changes.length < this.settings.limit) this.#changes.push(done);
    const documents = this.#restored + this.#removed;
    if (documents % 100 !== 0) return;
    this.settings.onProgress({ phase: 'replay', namespace: done.ns, documents, total: undefined, bytes: 0 });
  }

  countUnchanged(documents: number): void {
    this.#unchanged += documents;
  }

  /** Of documents that came back with their collection. */
  countRestored(documents: number): void {
    this.#restored += documents;
  }

  /** Puts the documents of a collection back one by one. */
  async write(ns: Namespace, live: LiveCollection, changes: AsyncIterable<DocumentChange>): Promise<void> {
    const { dryRun, overwrites } = this.settings;
    const options: UndoOptions = {
      ...{ dryRun, overwrites, isCapped: cappedLimits(live.options) !== undefined },
      onConflict: this.onConflict,
      onUnchanged: () => {
        this.countUnchanged(1);
      },
      onDone: (done) => {
        this.count(done);
      },
    };
    await undoDocuments(this.ports.documents, ns, changes, options, this.signal);
  }

  /** The collection, whatever it is called now; where it is gone, an ordinary one that has its name. */
  async find(
    ns: string,
    uuid: string,
  ): Promise<{ readonly ns: Namespace; readonly live: LiveCollection } | undefined> {
    const database = databaseOf(ns);
    const all = await this.ports.collections.list(database, this.signal);
    const isNamed = ({ name, type }: LiveCollection): boolean =>
      `${database}.${name}` === ns && type === 'collection' && timeseriesOfBuckets(ns) === undefined;
    const live = all.find((c) => c.uuid === uuid) ?? all.find(isNamed);
    return live && { ns: { database, collection: live.name }, live };
  }

  /** What has the name by now. */
  async holder(ns: string): Promise<LiveCollection | undefined> {
    const database = databaseOf(ns);
    const live = await this.collectionsThen().list(database, this.signal);
    return live.find(({ name }) => `${database}.${name}` === ns);
  }

  /** As they would be by now. */
  collectionsThen(): LiveCollections {
    const { collections } = this.ports;
    const isThere = (database: string, { name }: LiveCollection): boolean =>
      !this.freed.has(`${database}.${name}`);
    return {
      ...collections,
      list: async (database, signal) =>
        (await collections.list(database, signal)).filter((c) => isThere(database, c)),
    };
  }
}
