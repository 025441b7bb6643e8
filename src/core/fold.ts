import { applyUpdate, updateForm } from './applyUpdate';
import { documentKey } from './documentKey';
import { findElement } from './rawDocument';
import type { RawElement } from './rawDocument';
import type { ClusterTime } from './time';

/** An insert, update or delete of one collection. */
export interface DocumentOperation {
  readonly ts: ClusterTime;
  readonly op: string;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
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
  /** The first operation, until the document of the base that it needs is found. */
  needsBase: { readonly ts: ClusterTime; readonly op: 'u' | 'd' } | undefined;
  outcome: Outcome;
}

/** Updates wait for the document of the base; after an insert or a delete it no longer matters. */
type Outcome =
  | { readonly kind: 'updated'; updates: Uint8Array[] }
  | { readonly kind: 'inserted'; document: Uint8Array }
  | { readonly kind: 'deleted' };

const DELETED: Outcome = { kind: 'deleted' };

/**
 * The operations of one collection, folded to one effect a document: an insert, replacement or delete supersedes what
 * was before it. Give it the operations in order, then every document of the base to `apply`, then ask `inserted`.
 * It holds views into the operations, not copies.
 */
export class FoldedOperations {
  readonly #effects = new Map<string, Effect>();
  readonly #missing: MissingDocument[] = [];
  #emptied = false;

  /** Number of documents touched. */
  get size(): number {
    return this.#effects.size;
  }

  /** Whether nothing happened to any document. */
  get isEmpty(): boolean {
    return !this.#emptied && this.#effects.size === 0;
  }

  /** Takes the next operation. Throws RangeError where it has no `_id` or an update is malformed. */
  add(operation: DocumentOperation): void {
    const { op, o, o2, ts } = operation;
    const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
    if (id === undefined) throw new RangeError('An oplog operation has no _id');
    const key = documentKey(id);
    if (op === 'i') this.#insert(key, id, o);
    else if (op === 'd') this.#delete(key, id, ts);
    else if (op === 'u') this.#update(key, id, o, ts);
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
    effect.needsBase = undefined;
    return effect.outcome.kind === 'updated'
      ? effect.outcome.updates.reduce(applyUpdate, baseDocument)
      : undefined;
  }

  /** Documents that the log inserted, in its order: after those of the base in the natural order. */
  *inserted(): Generator<Uint8Array> {
    for (const { outcome } of this.#effects.values()) {
      if (outcome.kind === 'inserted') yield outcome.document;
    }
  }

  /**
   * Updates and deletes that found nothing, by time. Only after all of the base went through `apply`. One whose time
   * is before the base was consistent is expected; any later one is damage.
   */
  missing(): MissingDocument[] {
    const unfound = [...this.#effects.values()].flatMap(({ needsBase, id }) =>
      needsBase ? [{ id, ...needsBase }] : [],
    );
    return [...this.#missing, ...unfound].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  #insert(key: string, id: RawElement, document: Uint8Array): void {
    const needsBase = this.#effects.get(key)?.needsBase;
    // Anew, so that the effects keep the order of the inserts.
    this.#effects.delete(key);
    this.#effects.set(key, { id, needsBase, outcome: { kind: 'inserted', document } });
  }

  #delete(key: string, id: RawElement, ts: ClusterTime): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      this.#effects.set(key, { id, needsBase: { ts, op: 'd' }, outcome: DELETED });
      return;
    }
    if (effect.outcome.kind === 'deleted') this.#missing.push({ id, ts, op: 'd' });
    effect.outcome = DELETED;
  }

  #update(key: string, id: RawElement, update: Uint8Array, ts: ClusterTime): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      const outcome: Outcome = { kind: 'updated', updates: [update] };
      this.#effects.set(key, { id, needsBase: { ts, op: 'u' }, outcome });
      return;
    }
    const { outcome } = effect;
    if (outcome.kind === 'deleted') this.#missing.push({ id, ts, op: 'u' });
    else if (outcome.kind === 'inserted') outcome.document = applyUpdate(outcome.document, update);
    else addUpdate(outcome, update);
  }
}

/** A replacement waits for the base only to know whether there was a document to replace. */
function addUpdate(outcome: Outcome & { kind: 'updated' }, update: Uint8Array): void {
  const [first] = outcome.updates;
  if (updateForm(update) === 'replacement') outcome.updates = [update];
  else if (first && updateForm(first) === 'replacement') outcome.updates = [applyUpdate(first, update)];
  else outcome.updates.push(update);
}
