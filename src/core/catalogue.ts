import { applyUpdate } from './applyUpdate';
import type { CatalogueCommand, CatalogueOperation, IndexChoice } from './catalogueCommand';
import { databaseOf, readCommand } from './catalogueCommand';
import { cappedOptions, modifiedOptions, permanent } from './collectionOptions';
import { CoreError } from './coreError';
import type { IndexListing } from './indexSpec';
import { hasKey, indexName, isClustered, listedIndex, modifiedIndex } from './indexSpec';
import type { RawElement } from './rawDocument';
import { findElement } from './rawDocument';
import { documentOf, stringOf } from './rawValue';
import { say } from './say';
import type { ClusterTime } from './time';
import type { View } from './view';
import { bucketsOfTimeseries, isViewsNamespace, readView, timeseriesDocument, viewDocument } from './view';

/** One collection as the server lists it. Its identity is the UUID; names change. */
export interface Collection {
  readonly uuid: string;
  readonly ns: string;
  /** The options of listCollections, in the server's order. */
  readonly options: Uint8Array;
  /** Definitions as listIndexes shows them, by name, oldest first; none for a clustered collection's `_id`. */
  readonly indexes: ReadonlyMap<string, Uint8Array>;
  /** Names of indexes in the server's order, those that are being built among them. */
  readonly places: readonly string[];
  /** Time of its create entry; `undefined` where it was there before the log. */
  readonly createdAt: ClusterTime | undefined;
}

/** What listCollections and listIndexes said of a namespace. */
export type ListedNamespace =
  | {
      readonly type: 'collection';
      readonly ns: string;
      readonly uuid: string;
      readonly options: Uint8Array;
      readonly indexes: readonly Uint8Array[];
    }
  | { readonly type: 'view' | 'timeseries'; readonly ns: string; readonly options: Uint8Array };

/** What a command did; `data` effects on documents are the caller's to carry out. */
export type CatalogueEdit =
  | { readonly kind: 'none' }
  | { readonly kind: 'created'; readonly uuid: string; readonly ns: string }
  | { readonly kind: 'dropped'; readonly uuid: string; readonly ns: string }
  | { readonly kind: 'databaseDropped'; readonly database: string; readonly uuids: readonly string[] }
  | {
      readonly kind: 'renamed';
      readonly uuid: string;
      readonly from: string;
      readonly to: string;
      readonly replaced: string | undefined;
    }
  | { readonly kind: 'modified'; readonly uuid: string; readonly ns: string }
  /** All documents are gone, the collection stays. */
  | { readonly kind: 'emptied'; readonly uuid: string; readonly ns: string };

/** `unknown`: never listed, created or dropped. After the base is consistent that means damage. */
export type CollectionState = 'live' | 'dropped' | 'unknown';

/** Databases of the server itself: no part of a restore. */
export const INTERNAL_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

const NONE = { kind: 'none' } as const;

/**
 * The collections, indexes and views of a deployment, edited by the log. Each edit is idempotent: a range replayed
 * over a catalogue that was listed in the middle of it gives the same result at its end.
 */
export class Catalogue {
  readonly #listing: IndexListing;
  readonly #collections = new Map<string, Collection>();
  readonly #dropped = new Map<string, ClusterTime>();
  readonly #unknown = new Map<string, { readonly ns: string; readonly ts: ClusterTime }>();
  readonly #views = new Map<string, Uint8Array>();

  constructor(listing: IndexListing = 'typed') {
    this.#listing = listing;
  }

  get collections(): ReadonlyMap<string, Collection> {
    return this.#collections;
  }

  /** Collections that commands named and that nobody knows, with the first such command. */
  get unknown(): ReadonlyMap<string, { readonly ns: string; readonly ts: ClusterTime }> {
    return this.#unknown;
  }

  /** Takes in a namespace of the base. */
  list(listed: ListedNamespace): void {
    if (INTERNAL_DATABASES.has(databaseOf(listed.ns))) return;
    if (listed.type === 'collection') {
      const { uuid, ns, options } = listed;
      const indexes = this.#named(listed.indexes);
      const places = [...indexes.keys()];
      this.#collections.set(uuid, { uuid, ns, options, indexes, places, createdAt: undefined });
    } else {
      const document = listed.type === 'view' ? viewDocument : timeseriesDocument;
      this.#views.set(listed.ns, document(listed.ns, listed.options));
    }
  }

  stateOf(uuid: string): CollectionState {
    if (this.#collections.has(uuid)) return 'live';
    return this.#dropped.has(uuid) ? 'dropped' : 'unknown';
  }

  droppedAt(uuid: string): ClusterTime | undefined {
    return this.#dropped.get(uuid);
  }

  /** The collection that has the name now. */
  named(ns: string): Collection | undefined {
    for (const collection of this.#collections.values()) {
      if (collection.ns === ns) return collection;
    }
    return undefined;
  }

  /** Views and time-series collections. */
  views(): View[] {
    return [...this.#views].flatMap(([ns, document]) => {
      return readView(document, this.named(bucketsOfTimeseries(ns))?.options) ?? [];
    });
  }

  /**
   * Follows one operation, in order. Documents are none of its business, but those of `system.views` are views.
   * Throws CoreError on a command that it does not know.
   */
  apply(operation: CatalogueOperation): CatalogueEdit {
    if (INTERNAL_DATABASES.has(databaseOf(operation.ns))) return NONE;
    if (operation.op === 'c') return this.#command(operation, readCommand(operation));
    if (isViewsNamespace(operation.ns)) this.#viewChange(operation);
    return NONE;
  }

  #command(operation: CatalogueOperation, command: CatalogueCommand): CatalogueEdit {
    switch (command.kind) {
      case 'harmless':
        return NONE;
      case 'create':
        return this.#create(operation, command);
      case 'dropDatabase':
        return this.#dropDatabase(command.database, operation.ts);
      case 'drop':
        return this.#drop(operation, command.ns);
      case 'rename':
        return this.#rename(operation, command);
      default:
        return this.#edit(operation, command);
    }
  }

  #create(operation: CatalogueOperation, command: CatalogueCommand & { kind: 'create' }): CatalogueEdit {
    const { ui: uuid, ts } = operation;
    if (uuid === undefined)
      throw new CoreError('unknownEntry', say`"${command.ns}" is created without a UUID`, ts);
    const { ns, options, idIndex } = command;
    const indexes = this.#named(idIndex ? [idIndex] : []);
    this.#dropped.delete(uuid);
    this.#unknown.delete(uuid);
    const places = [...indexes.keys()];
    this.#collections.set(uuid, { uuid, ns, options, indexes, places, createdAt: ts });
    return { kind: 'created', uuid, ns };
  }

  #drop(operation: CatalogueOperation, ns: string): CatalogueEdit {
    const uuid = operation.ui ?? this.named(ns)?.uuid;
    if (uuid === undefined) return NONE;
    this.#forget(uuid, operation.ts);
    if (isViewsNamespace(ns)) this.#dropViews(databaseOf(ns));
    return { kind: 'dropped', uuid, ns };
  }

  #dropDatabase(database: string, ts: ClusterTime): CatalogueEdit {
    const uuids = [...this.#collections.values()]
      .filter((c) => databaseOf(c.ns) === database)
      .map((c) => c.uuid);
    for (const uuid of uuids) this.#forget(uuid, ts);
    this.#dropViews(database);
    return { kind: 'databaseDropped', database, uuids };
  }

  #rename(operation: CatalogueOperation, command: CatalogueCommand & { kind: 'rename' }): CatalogueEdit {
    const { from, to, dropTarget, stayTemp } = command;
    const uuid = operation.ui ?? this.named(from)?.uuid;
    const replaced =
      dropTarget === true ? this.#otherNamed(to, uuid) : dropTarget === false ? undefined : dropTarget;
    if (replaced !== undefined) this.#forget(replaced, operation.ts);
    if (uuid === undefined) return NONE;
    const collection = this.#collections.get(uuid);
    if (!collection) {
      this.#noteUnknown(uuid, to, operation.ts);
      return NONE;
    }
    const options = stayTemp ? collection.options : permanent(collection.options);
    this.#collections.set(uuid, { ...collection, ns: to, options });
    return { kind: 'renamed', uuid, from, to, replaced };
  }

  /** A command about one collection that stays. */
  #edit(
    operation: CatalogueOperation,
    command: CatalogueCommand & { kind: EditKind | 'emptyCapped' },
  ): CatalogueEdit {
    const { ns } = command;
    const uuid = operation.ui ?? this.named(ns)?.uuid;
    const collection = uuid === undefined ? undefined : this.#collections.get(uuid);
    if (!collection) {
      if (uuid !== undefined) this.#noteUnknown(uuid, ns, operation.ts);
      return NONE;
    }
    if (command.kind === 'emptyCapped') return { kind: 'emptied', uuid: collection.uuid, ns };
    this.#collections.set(collection.uuid, this.#edited(collection, command, operation));
    if (command.kind === 'startIndexes' || command.kind === 'abortIndexes') return NONE;
    return { kind: 'modified', uuid: collection.uuid, ns };
  }

  #edited(
    collection: Collection,
    command: CatalogueCommand & { kind: EditKind },
    operation: CatalogueOperation,
  ): Collection {
    const { indexes, places } = collection;
    switch (command.kind) {
      case 'createIndexes':
        return withIndexes(collection, new Map([...indexes, ...this.#named(command.specs)]), places);
      case 'startIndexes': {
        const begun = [...this.#named(command.specs).keys()].filter((name) => !places.includes(name));
        return { ...collection, places: [...places, ...begun] };
      }
      case 'abortIndexes': {
        const given = this.#named(command.specs);
        return { ...collection, places: places.filter((name) => indexes.has(name) || !given.has(name)) };
      }
      case 'dropIndexes':
        return withoutIndexes(collection, command.index);
      case 'convertToCapped': {
        const options = cappedOptions(collection.options, command.size);
        return withoutIndexes({ ...collection, options }, { kind: 'all' });
      }
      case 'collMod':
        return command.changes.reduce(
          (edited, change) => this.#modified(edited, change, operation),
          collection,
        );
    }
  }

  #modified(collection: Collection, change: RawElement, operation: CatalogueOperation): Collection {
    if (change.name === 'index') return this.#modifiedIndexes(collection, change, operation);
    const options = modifiedOptions(collection.options, change);
    if (options === undefined) throw unknownField(change.name, operation.ts);
    return { ...collection, options };
  }

  #modifiedIndexes(collection: Collection, change: RawElement, operation: CatalogueOperation): Collection {
    const fields = documentOf(change);
    const name = fields && indexNamed(collection, fields);
    const spec = name === undefined ? undefined : collection.indexes.get(name);
    // An index that a newer listing lacks: the log drops it later.
    if (fields === undefined || name === undefined || spec === undefined) return collection;
    const modified = modifiedIndex(spec, fields);
    if (!(modified instanceof Uint8Array)) throw unknownField(`index.${modified.unknown}`, operation.ts);
    const indexes = new Map(collection.indexes).set(name, listedIndex(modified, this.#listing));
    return { ...collection, indexes };
  }

  #viewChange({ op, o, o2 }: CatalogueOperation): void {
    const ns = stringOf(findElement(o2 && op === 'u' ? o2 : o, '_id'));
    if (ns === undefined) return;
    if (op === 'd') this.#views.delete(ns);
    else if (op === 'i') this.#views.set(ns, o);
    else this.#views.set(ns, applyUpdate(this.#views.get(ns) ?? viewDocument(ns, EMPTY), o));
  }

  #dropViews(database: string): void {
    for (const ns of this.#views.keys()) {
      if (databaseOf(ns) === database) this.#views.delete(ns);
    }
  }

  #forget(uuid: string, ts: ClusterTime): void {
    this.#collections.delete(uuid);
    this.#unknown.delete(uuid);
    this.#dropped.set(uuid, ts);
  }

  #otherNamed(ns: string, uuid: string | undefined): string | undefined {
    for (const collection of this.#collections.values()) {
      if (collection.ns === ns && collection.uuid !== uuid) return collection.uuid;
    }
    return undefined;
  }

  #noteUnknown(uuid: string, ns: string, ts: ClusterTime): void {
    if (!this.#dropped.has(uuid) && !this.#unknown.has(uuid)) this.#unknown.set(uuid, { ns, ts });
  }

  #named(specs: readonly Uint8Array[]): Map<string, Uint8Array> {
    const indexes = new Map<string, Uint8Array>();
    for (const spec of specs) {
      const name = indexName(spec);
      if (name !== undefined && !isClustered(spec)) indexes.set(name, listedIndex(spec, this.#listing));
    }
    return indexes;
  }
}

const EMPTY = Uint8Array.of(5, 0, 0, 0, 0);
const ID_INDEX = '_id_';

type EditKind =
  'createIndexes' | 'startIndexes' | 'abortIndexes' | 'dropIndexes' | 'collMod' | 'convertToCapped';

function withIndexes(
  collection: Collection,
  indexes: ReadonlyMap<string, Uint8Array>,
  before: readonly string[],
): Collection {
  const places = [...before, ...[...indexes.keys()].filter((name) => !before.includes(name))];
  const inOrder = places.flatMap((name) => {
    const spec = indexes.get(name);
    return spec ? [[name, spec] as const] : [];
  });
  return { ...collection, indexes: new Map(inOrder), places };
}

function withoutIndexes(collection: Collection, choice: IndexChoice): Collection {
  const indexes = without(collection.indexes, choice);
  const isGone = (name: string): boolean => collection.indexes.has(name) && !indexes.has(name);
  return withIndexes(
    collection,
    indexes,
    collection.places.filter((name) => !isGone(name)),
  );
}

function without(indexes: ReadonlyMap<string, Uint8Array>, choice: IndexChoice): Map<string, Uint8Array> {
  return new Map(
    [...indexes].filter(([name, spec]) => {
      if (choice.kind === 'all') return name === ID_INDEX;
      return choice.kind === 'name' ? name !== choice.name : !hasKey(spec, choice.key);
    }),
  );
}

function indexNamed(collection: Collection, fields: Uint8Array): string | undefined {
  const name = stringOf(findElement(fields, 'name'));
  const key = documentOf(findElement(fields, 'keyPattern'));
  if (name !== undefined || key === undefined) return name;
  return [...collection.indexes].find(([, spec]) => hasKey(spec, key))?.[0];
}

function unknownField(name: string, ts: ClusterTime): CoreError {
  return new CoreError('unknownEntry', say`Unknown field "${name}" of collMod`, ts);
}
