import { applyUpdate, updateForm, withIdFirst } from './applyUpdate';
import { documentKey } from './documentKey';
import { findElement, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import type { ClusterTime } from './time';

/** An insert, update or delete of one collection. */
export interface DocumentOperation {
  readonly ts: ClusterTime;
  readonly op: string;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
  /** See `lenient` of an operation that becomes visible. */
  readonly lenient?: true;
}

/** An update or delete that found no document. */
export interface MissingDocument {
  readonly id: RawElement;
  readonly ts: ClusterTime;
  readonly op: 'u' | 'd';
}

/** What the log does to one document. */
interface Effect {
  readonly id: RawElement;
  /** The first operation, where it needs a document of the base. */
  readonly needsBase: { readonly ts: ClusterTime; readonly op: 'u' | 'd' } | undefined;
  /** False when the base is known to have no such document. */
  readonly inBase: boolean;
  /** Set when the base turns out to have it. */
  found?: true;
  outcome: Outcome;
}

/** Updates wait for the document of the base; after an insert or a delete it no longer matters. */
type Outcome =
  | {
      readonly kind: 'updated';
      updates: Uint8Array[];
      /** From this one on the updates make the document where the base has none. */
      upsertFrom: number | undefined;
    }
  | {
      readonly kind: 'inserted';
      document: Uint8Array;
      /** Where the base has the document, this was no insert. */
      readonly mayReplace?: true;
      /** Nothing was done to the document before: a base that has it was read after the insert. */
      readonly first?: true;
    }
  | { readonly kind: 'deleted' };

const DELETED: Outcome = { kind: 'deleted' };

/**
 * The operations of one collection, folded to one effect a document: an insert, replacement or delete supersedes what
 * was before it. Give it the operations in order, then every document of the base to `apply`, then ask `inserted`; the
 * base may be gone through again.
 * It holds views into the operations, not copies.
 */
export class FoldedOperations {
  readonly #effects = new Map<string, Effect>();
  readonly #missing: MissingDocument[] = [];
  readonly #consistentAt: ClusterTime | undefined;
  #emptied = false;
  /** Set once the base, which comes in natural order, gave a document that the log inserted. */
  #readsInserted = false;
  #trimsUntold = false;
  /** What changed the size of the collection last; of an insert that may have replaced a document, its effect. */
  #sizedBy: 'insert' | 'update' | Effect | undefined;

  /** After `consistentAt` nothing that the log inserts can be in the base: what comes and goes is forgotten. */
  constructor(consistentAt?: ClusterTime) {
    this.#consistentAt = consistentAt;
  }

  /** Number of documents touched. */
  get size(): number {
    return this.#effects.size;
  }

  /** Whether nothing happened to any document. */
  get isEmpty(): boolean {
    return !this.#emptied && this.#effects.size === 0;
  }

  /** Whether any was sent through applyOps: what a capped collection trims for those is not logged. */
  get trimsUntold(): boolean {
    return this.#trimsUntold;
  }

  /**
   * Whether documents may have grown since the last insert: only an insert makes a capped collection trim. Only after all
   * of the base went through `apply`.
   */
  get grewSinceInsert(): boolean {
    return this.#sizedBy === 'update' || (typeof this.#sizedBy === 'object' && this.#sizedBy.found === true);
  }

  get wasEmptied(): boolean {
    return this.#emptied;
  }

  /** The {@link documentKey} of each document touched. */
  keys(): IterableIterator<string> {
    return this.#effects.keys();
  }

  /** Takes the next operation. Throws RangeError where it has no `_id` or an update is malformed. */
  add(operation: DocumentOperation): void {
    const { op, o, o2, ts, lenient = false } = operation;
    const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
    if (id === undefined) throw new RangeError('An oplog operation has no _id');
    const key = documentKey(id);
    if (lenient) this.#trimsUntold = true;
    if (op === 'i') this.#sizedBy = 'insert';
    else if (op === 'u') this.#sizedBy = 'update';
    if (op === 'i' && lenient) this.#put(key, id, o);
    else if (op === 'i') this.#insert(key, id, o, ts);
    else if (op === 'd') this.#delete(key, id, ts, lenient);
    else if (op === 'u') this.#update(key, id, o, ts, lenient);
  }

  /** All documents so far are gone, those of the base too: emptycapped. */
  empty(): void {
    this.#effects.clear();
    this.#emptied = true;
  }

  /** Whether anything happened to the document with this `_id`. */
  touches(id: RawElement): boolean {
    return this.#emptied || this.#effects.has(documentKey(id));
  }

  /** What becomes of a document of the base: `undefined` when it is gone, or is to come with `inserted`. */
  apply(baseDocument: Uint8Array): Uint8Array | undefined {
    if (this.#emptied) return undefined;
    const id = findElement(baseDocument, '_id');
    const effect = id && this.#effects.get(documentKey(id));
    if (!effect) return baseDocument;
    effect.found = true;
    const { outcome } = effect;
    if (outcome.kind === 'deleted') return undefined;
    if (outcome.kind === 'inserted' && !outcome.mayReplace) {
      if (outcome.first) this.#readsInserted = true;
      return undefined;
    }
    const document =
      outcome.kind === 'updated'
        ? outcome.updates.reduce(applyUpdate, baseDocument)
        : withIdFirst(outcome.document);
    const makes = outcome.kind === 'inserted' || outcome.upsertFrom !== undefined;
    if (!makes || !this.#readsInserted) return document;
    // It stands behind what the log inserted, so it was made by the log too, in its turn. What it lies in may go.
    effect.outcome = { kind: 'inserted', document: document.slice() };
    return undefined;
  }

  /**
   * Documents that the log inserted, in its order: after those of the base in the natural order. Only after all of the
   * base went through `apply`.
   */
  *inserted(): Generator<Uint8Array> {
    this.#readsInserted = false;
    for (const { id, found, outcome } of this.#effects.values()) {
      if (outcome.kind === 'inserted' && !(found && outcome.mayReplace)) yield outcome.document;
      if (outcome.kind === 'updated' && !found && outcome.upsertFrom !== undefined) {
        yield outcome.updates.slice(outcome.upsertFrom).reduce(applyUpdate, onlyId(id));
      }
    }
  }

  /**
   * Updates and deletes that found nothing, by time. Only after all of the base went through `apply`. One whose time
   * is before the base was consistent is expected; any later one is damage.
   */
  missing(): MissingDocument[] {
    const unfound = [...this.#effects.values()].flatMap(({ needsBase, id, found }) =>
      needsBase && !found ? [{ id, ...needsBase }] : [],
    );
    return [...this.#missing, ...unfound].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  #insert(key: string, id: RawElement, document: Uint8Array, ts: ClusterTime): void {
    const before = this.#effects.get(key);
    const isNew = !before && this.#consistentAt !== undefined && ts > this.#consistentAt;
    const inBase = !isNew && before?.inBase !== false;
    const outcome: Outcome = { kind: 'inserted', document, ...(before ? {} : { first: true }) };
    this.#makeLast(key, { id, needsBase: before?.needsBase, inBase, outcome });
  }

  /** An insert that replaces what is there, in its place. */
  #put(key: string, id: RawElement, document: Uint8Array): void {
    const effect = this.#effects.get(key);
    if (effect?.outcome.kind === 'inserted') {
      effect.outcome.document = withIdFirst(document);
      this.#sizedBy = 'update';
      return;
    }
    const isGone = effect?.outcome.kind === 'deleted';
    const { needsBase, inBase } = effect ?? { needsBase: undefined, inBase: true };
    const mayReplace = isGone ? {} : ({ mayReplace: true } as const);
    const put: Effect = { id, needsBase, inBase, outcome: { kind: 'inserted', document, ...mayReplace } };
    this.#makeLast(key, put);
    if (!isGone) this.#sizedBy = put;
  }

  /** The effects keep the order in which documents were made. */
  #makeLast(key: string, effect: Effect): void {
    this.#effects.delete(key);
    this.#effects.set(key, effect);
  }

  #delete(key: string, id: RawElement, ts: ClusterTime, lenient: boolean): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      const needsBase = lenient ? undefined : ({ ts, op: 'd' } as const);
      this.#effects.set(key, { id, needsBase, inBase: true, outcome: DELETED });
      return;
    }
    if (effect.outcome.kind === 'deleted' && !lenient) this.#missing.push({ id, ts, op: 'd' });
    if (effect.inBase) effect.outcome = DELETED;
    else this.#effects.delete(key);
  }

  #update(key: string, id: RawElement, update: Uint8Array, ts: ClusterTime, upserts: boolean): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      const outcome: Outcome = { kind: 'updated', updates: [update], upsertFrom: upserts ? 0 : undefined };
      const needsBase = upserts ? undefined : ({ ts, op: 'u' } as const);
      this.#effects.set(key, { id, needsBase, inBase: true, outcome });
      return;
    }
    const { outcome } = effect;
    if (outcome.kind === 'inserted') outcome.document = applyUpdate(outcome.document, update);
    else if (outcome.kind === 'updated') {
      if (upserts && outcome.upsertFrom === undefined) this.#makeLast(key, effect);
      addUpdate(outcome, update, upserts);
    } else if (upserts) {
      effect.outcome = { kind: 'inserted', document: applyUpdate(onlyId(id), update) };
      this.#makeLast(key, effect);
    } else this.#missing.push({ id, ts, op: 'u' });
  }
}

function onlyId(id: RawElement): Uint8Array {
  return writeDocument([id]);
}

/** A replacement waits for the base only to know whether there was a document to replace. */
function addUpdate(outcome: Outcome & { kind: 'updated' }, update: Uint8Array, upserts: boolean): void {
  const [first] = outcome.updates;
  if (updateForm(update) === 'replacement') {
    outcome.upsertFrom = outcome.upsertFrom !== undefined || upserts ? 0 : undefined;
    outcome.updates = [update];
  } else if (first && updateForm(first) === 'replacement' && (outcome.upsertFrom === 0 || !upserts)) {
    outcome.updates = [applyUpdate(first, update)];
  } else {
    if (upserts) outcome.upsertFrom ??= outcome.updates.length;
    outcome.updates.push(update);
  }
}
