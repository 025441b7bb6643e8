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

/**
 * What the log does to one document. Either `document` is known whatever the base holds (`undefined` after a
 * delete), or `updates` wait for the document of the base.
 */
interface Effect {
  readonly id: RawElement;
  /** First operation, where it needs a document of the base to find. */
  needsBase: { readonly ts: ClusterTime; readonly op: 'u' | 'd' } | undefined;
  absolute: boolean;
  document: Uint8Array | undefined;
  updates: Uint8Array[];
  /** Deleted and inserted again: its place in the natural order is new. */
  moved: boolean;
  seen: boolean;
}

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

  /** Takes the next operation. Throws RangeError where it has no `_id` or an update is malformed. */
  add(operation: DocumentOperation): void {
    const { op, o, o2 } = operation;
    const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
    if (id === undefined) throw new RangeError('An oplog operation has no _id');
    const key = documentKey(id);
    if (op === 'i') this.#insert(key, id, o);
    else if (op === 'd') this.#delete(key, id, operation.ts);
    else if (op === 'u') this.#update(key, id, o, operation.ts);
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
    const id = findElement(baseDocument, '_id');
    const effect = id && this.#effects.get(documentKey(id));
    if (this.#emptied) return undefined;
    if (!effect) return baseDocument;
    if (effect.absolute && effect.moved) {
      effect.needsBase = undefined;
      return undefined;
    }
    effect.seen = true;
    return effect.absolute ? effect.document : replay(baseDocument, effect.updates);
  }

  /** Documents that the base lacks, in the order of their inserts. Only after all of the base went through `apply`. */
  *inserted(): Generator<Uint8Array> {
    for (const { seen, document } of this.#effects.values()) {
      if (!seen && document) yield document;
    }
  }

  /**
   * Updates and deletes that found nothing, by time. Only after all of the base went through `apply`. One whose time
   * is before the base was consistent is expected; any later one is damage.
   */
  missing(): MissingDocument[] {
    const unfound = [...this.#effects.values()].flatMap(({ seen, needsBase, id }) =>
      !seen && needsBase ? [{ id, ...needsBase }] : [],
    );
    return [...this.#missing, ...unfound].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }

  #insert(key: string, id: RawElement, document: Uint8Array): void {
    const effect = this.#effects.get(key);
    const replaces = effect !== undefined && !(effect.absolute && effect.document === undefined);
    if (effect && replaces) {
      settle(effect, document);
      return;
    }
    // After a delete it goes to the end of the natural order.
    this.#effects.delete(key);
    const needsBase = effect?.needsBase;
    const moved = effect !== undefined;
    this.#effects.set(key, { id, needsBase, absolute: true, document, updates: [], moved, seen: false });
  }

  #delete(key: string, id: RawElement, ts: ClusterTime): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      const needsBase = { ts, op: 'd' } as const;
      this.#effects.set(key, {
        id,
        needsBase,
        absolute: true,
        document: undefined,
        updates: [],
        moved: false,
        seen: false,
      });
      return;
    }
    if (effect.absolute && effect.document === undefined) this.#missing.push({ id, ts, op: 'd' });
    settle(effect, undefined);
  }

  #update(key: string, id: RawElement, update: Uint8Array, ts: ClusterTime): void {
    const effect = this.#effects.get(key);
    if (!effect) {
      const needsBase = { ts, op: 'u' } as const;
      this.#effects.set(key, {
        id,
        needsBase,
        absolute: false,
        document: undefined,
        updates: [update],
        moved: false,
        seen: false,
      });
    } else if (!effect.absolute) {
      addUpdate(effect, update);
    } else if (effect.document === undefined) {
      this.#missing.push({ id, ts, op: 'u' });
    } else {
      effect.document = applyUpdate(effect.document, update);
    }
  }
}

function settle(effect: Effect, document: Uint8Array | undefined): void {
  effect.absolute = true;
  effect.document = document;
  effect.updates = [];
}

/** A replacement waits for the base only to know whether there was a document to replace. */
function addUpdate(effect: Effect, update: Uint8Array): void {
  const [first] = effect.updates;
  if (updateForm(update) === 'replacement') effect.updates = [update];
  else if (first && updateForm(first) === 'replacement') effect.updates = [applyUpdate(first, update)];
  else effect.updates.push(update);
}

function replay(document: Uint8Array, updates: readonly Uint8Array[]): Uint8Array {
  return updates.reduce(applyUpdate, document);
}
