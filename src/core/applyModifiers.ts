import { BsonType, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import { documentElement, nullElement, renamed } from './rawValue';

/*
 * `$set` and `$unset` as the oplog of 4.4 and older has them. A number in a path means an index where it meets an
 * array and a field name where it meets a document. A path that runs through a scalar is ignored, as the server
 * does when it replays a log over a newer document.
 */

const MAX_PADDING = 1_500_000;
const INDEX = /^(?:0|[1-9]\d{0,8})$/;

/** The document after a `$v: 1` update. Throws RangeError for an operator other than `$set` and `$unset`. */
export function applyModifiers(document: Uint8Array, update: Uint8Array): Uint8Array {
  let result = document;
  for (const operator of readElements(update)) {
    if (operator.name === '$v') continue;
    if ((operator.name !== '$set' && operator.name !== '$unset') || operator.type !== BsonType.document) {
      throw new RangeError(`Unexpected operator "${operator.name}" in an oplog update`);
    }
    const isSet = operator.name === '$set';
    for (const { path, element } of inServerOrder(readElements(operator.value))) {
      const container = { type: BsonType.document, value: result };
      result = isSet ? setPath(container, path, element) : unsetPath(container, path);
    }
  }
  return result;
}

interface Assignment {
  readonly path: readonly string[];
  readonly element: RawElement;
}

/**
 * The server goes through an update by field name, 4.4 letter by letter and later versions with numbers by value, and
 * new fields are added in that order. It logs in that order too; only an update that somebody sent through applyOps
 * comes in another one.
 */
function inServerOrder(elements: readonly RawElement[]): readonly Assignment[] {
  const given = elements.map((element) => ({ path: element.name.split('.'), element }));
  if (isOrdered(given, byLetter) || isOrdered(given, byValue)) return given;
  return given.sort((a, b) => comparePaths(a.path, b.path, byValue));
}

type CompareNames = (a: string, b: string) => number;

function isOrdered(assignments: readonly Assignment[], compare: CompareNames): boolean {
  return assignments.every(({ path }, index) => {
    const before = assignments[index - 1];
    return before === undefined || comparePaths(before.path, path, compare) <= 0;
  });
}

function comparePaths(a: readonly string[], b: readonly string[], compare: CompareNames): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = compare(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function byLetter(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byValue(a: string, b: string): number {
  return INDEX.test(a) && INDEX.test(b) ? Number(a) - Number(b) : byLetter(a, b);
}

/** A document or an array. */
interface Container {
  readonly type: number;
  readonly value: Uint8Array;
}

function setPath(container: Container, path: readonly string[], value: RawElement): Uint8Array {
  const [name, ...rest] = path as [string, ...string[]];
  const elements = readElements(container.value);
  const position = positionOf(container, elements, name);
  if (position === undefined) return container.value;
  const present = elements[position];
  const next = valueAtPath(present, name, rest, value);
  if (next === undefined) return container.value;
  if (position - elements.length > MAX_PADDING)
    throw new RangeError(`An oplog update pads an array to ${position}`);
  while (elements.length < position) elements.push(nullElement(String(elements.length)));
  elements[position] = next;
  return writeDocument(elements);
}

/** `undefined` where the path is blocked by a scalar. */
function valueAtPath(
  present: RawElement | undefined,
  name: string,
  rest: readonly string[],
  value: RawElement,
): RawElement | undefined {
  if (rest.length === 0) return renamed(value, name);
  if (present === undefined) return documentElement(name, nested(rest, value));
  if (!isContainer(present)) return undefined;
  return { name, type: present.type, value: setPath(present, rest, value) };
}

/** New levels of a path are documents, numbers in it or not. */
function nested(path: readonly string[], value: RawElement): Uint8Array {
  const [name, ...rest] = path as [string, ...string[]];
  return writeDocument([
    rest.length === 0 ? renamed(value, name) : documentElement(name, nested(rest, value)),
  ]);
}

function unsetPath(container: Container, path: readonly string[]): Uint8Array {
  const [name, ...rest] = path as [string, ...string[]];
  const elements = readElements(container.value);
  const position = positionOf(container, elements, name);
  const present = position === undefined ? undefined : elements[position];
  if (position === undefined || present === undefined) return container.value;
  if (rest.length > 0) {
    if (!isContainer(present)) return container.value;
    elements[position] = { name, type: present.type, value: unsetPath(present, rest) };
  } else if (container.type === BsonType.array) {
    elements[position] = nullElement(name);
  } else {
    elements.splice(position, 1);
  }
  return writeDocument(elements);
}

/** Where the field is or would go; `undefined` for a name that is no index in an array. */
function positionOf(container: Container, elements: readonly RawElement[], name: string): number | undefined {
  if (container.type === BsonType.array) return INDEX.test(name) ? Number(name) : undefined;
  const position = elements.findIndex((element) => element.name === name);
  return position < 0 ? elements.length : position;
}

function isContainer(element: RawElement): boolean {
  return element.type === BsonType.document || element.type === BsonType.array;
}
