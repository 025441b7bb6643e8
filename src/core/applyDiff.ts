import { BsonType, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import { nullElement, numberOf, renamed } from './rawValue';

/*
 * The `$v: 2` diffs of the oplog. A document diff holds `d` (delete), `u` (set, in place where present), `i` (set,
 * at the end) and `s<field>` sub-diffs, in this order; an array diff holds `a: true`, `l` (length), `u<index>` and
 * `s<index>`. A sub-diff that meets a value of another type leaves null: the server expects a later operation to
 * overwrite it, which is what happens when a log is replayed over a newer document.
 */

type Change =
  | { readonly kind: 'delete' }
  | { readonly kind: 'insert' }
  | { readonly kind: 'set'; readonly value: RawElement }
  | { readonly kind: 'diff'; readonly diff: Uint8Array };

const EMPTY_LENGTH = 5;

interface DocumentDiff {
  readonly changes: ReadonlyMap<string, Change>;
  /** Set and inserted fields: they go to the end where the document lacks them. */
  readonly additions: readonly RawElement[];
}

/** The document after a `$v: 2` diff. Throws RangeError where the server would refuse the diff. */
export function applyDiff(document: Uint8Array, diff: Uint8Array): Uint8Array {
  const { changes, additions } = readDocumentDiff(diff);
  const result: RawElement[] = [];
  const replaced = new Set<string>();
  for (const element of readElements(document)) {
    const change = changes.get(element.name);
    if (change === undefined) {
      result.push(element);
    } else if (change.kind === 'set') {
      result.push(change.value);
      replaced.add(element.name);
    } else if (change.kind === 'diff') {
      result.push(applySubDiff(element, change.diff) ?? nullElement(element.name));
    }
  }
  for (const addition of additions) {
    if (!replaced.has(addition.name)) result.push(addition);
  }
  return writeDocument(result);
}

function readDocumentDiff(diff: Uint8Array): DocumentDiff {
  requireContent(diff);
  const changes = new Map<string, Change>();
  const additions: RawElement[] = [];
  let reached = 0;
  for (const section of readElements(diff)) {
    const rank = sectionRank(section.name);
    if (
      rank === 0 ||
      rank < reached ||
      (rank === reached && rank < 4) ||
      section.type !== BsonType.document
    ) {
      throw new RangeError(`Unexpected section "${section.name}" in an oplog diff`);
    }
    reached = rank;
    if (rank === 4) {
      requireContent(section.value);
      addChange(changes, section.name.slice(1), { kind: 'diff', diff: section.value });
      continue;
    }
    for (const element of readElements(section.value)) {
      if (rank === 1) addChange(changes, element.name, { kind: 'delete' });
      else
        addChange(changes, element.name, rank === 2 ? { kind: 'set', value: element } : { kind: 'insert' });
      if (rank > 1) additions.push(element);
    }
  }
  return { changes, additions };
}

function requireContent(diff: Uint8Array): void {
  if (diff.length === EMPTY_LENGTH) throw new RangeError('An oplog diff is empty');
}

function sectionRank(name: string): number {
  if (name === 'd') return 1;
  if (name === 'u') return 2;
  if (name === 'i') return 3;
  return name.startsWith('s') ? 4 : 0;
}

function addChange(changes: Map<string, Change>, field: string, change: Change): void {
  if (changes.has(field)) throw new RangeError(`The field "${field}" is twice in an oplog diff`);
  changes.set(field, change);
}

/** `undefined` where the value is not of the type that the diff is for. */
function applySubDiff(element: RawElement, diff: Uint8Array): RawElement | undefined {
  const forArray = readElements(diff)[0]?.name === 'a';
  if (forArray && element.type === BsonType.array) {
    return { name: element.name, type: element.type, value: applyArrayDiff(element.value, diff) };
  }
  if (!forArray && element.type === BsonType.document) {
    return { name: element.name, type: element.type, value: applyDiff(element.value, diff) };
  }
  return undefined;
}

interface ArrayDiff {
  readonly length: number | undefined;
  /** By rising index. */
  readonly changes: readonly {
    readonly index: number;
    readonly element: RawElement;
    readonly isDiff: boolean;
  }[];
}

function applyArrayDiff(array: Uint8Array, diff: Uint8Array): Uint8Array {
  const { length, changes } = readArrayDiff(diff);
  const before = readElements(array);
  const kept = length === undefined ? before : before.slice(0, length);
  const last = changes.at(-1);
  const count = Math.max(length ?? kept.length, last === undefined ? 0 : last.index + 1);
  const items: (RawElement | undefined)[] = kept.slice();
  items.length = count;
  for (const { index, element, isDiff } of changes) {
    const present = items[index];
    items[index] = isDiff ? present && applySubDiff(present, element.value) : element;
  }
  return writeDocument(
    Array.from(items, (item, index) => (item ? renamed(item, String(index)) : nullElement(String(index)))),
  );
}

const MAX_INDEX = 16 * 1024 * 1024;

function readArrayDiff(diff: Uint8Array): ArrayDiff {
  const [header, ...rest] = readElements(diff);
  if (header?.type !== BsonType.boolean || header.value[0] !== 1)
    throw new RangeError('An array diff has no header');
  let length: number | undefined;
  const changes: ArrayDiff['changes'][number][] = [];
  for (const [position, element] of rest.entries()) {
    if (element.name === 'l' && position === 0) {
      length = numberOf(element);
      if (length === undefined || length < 0 || length > MAX_INDEX) throw unexpectedInArray(element.name);
      continue;
    }
    const match = /^([us])(\d+)$/.exec(element.name);
    const index = Number(match?.[2]);
    const previous = changes.at(-1)?.index ?? -1;
    const isDiff = match?.[1] === 's';
    if (!match || index <= previous || index > MAX_INDEX || (isDiff && element.type !== BsonType.document)) {
      throw unexpectedInArray(element.name);
    }
    changes.push({ index, element, isDiff });
  }
  return { length, changes };
}

function unexpectedInArray(name: string): RangeError {
  return new RangeError(`Unexpected section "${name}" in an oplog array diff`);
}
