import { BsonType, findElement, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import { booleanElement, doubleElement, int32Element, isTrue, numberOf, renamed, stringOf } from './rawValue';

/**
 * How a server shows its index definitions: 4.4 as `stored`, later versions (`typed`) in one order of fields and
 * with one type for each.
 */
export type IndexListing = 'stored' | 'typed';

export function indexListingOf(serverVersion: string): IndexListing {
  return Number.parseInt(serverVersion, 10) < 5 ? 'stored' : 'typed';
}

const ORDER = [
  'v',
  'key',
  'name',
  'ns',
  'background',
  'unique',
  'hidden',
  'partialFilterExpression',
  'sparse',
  'expireAfterSeconds',
  'storageEngine',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'bucketSize',
  'collation',
  'wildcardProjection',
  'coarsestIndexedLevel',
  'finestIndexedLevel',
  'dropDups',
];
const RANK = new Map(ORDER.map((name, rank) => [name, rank]));
const BOOLEANS = new Set([
  'background',
  'unique',
  'hidden',
  'sparse',
  'dropDups',
  'prepareUnique',
  'clustered',
]);
const INTEGERS = new Set([
  'v',
  'expireAfterSeconds',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'coarsestIndexedLevel',
  'finestIndexedLevel',
]);
const DOUBLES = new Set(['min', 'max', 'bucketSize']);

/** The definition as listIndexes shows it. */
export function listedIndex(spec: Uint8Array, listing: IndexListing): Uint8Array {
  const elements = readElements(spec).filter((element) => element.name !== 'ns');
  if (listing === 'stored') return writeDocument(elements);
  const rankOf = (element: RawElement): number => RANK.get(element.name) ?? ORDER.length;
  return writeDocument(elements.map(typed).sort((a, b) => rankOf(a) - rankOf(b)));
}

function typed(element: RawElement): RawElement {
  if (BOOLEANS.has(element.name)) return booleanElement(element.name, isTrue(element));
  const number = numberOf(element);
  if (number === undefined) return element;
  if (INTEGERS.has(element.name)) return int32Element(element.name, saturated(number));
  return DOUBLES.has(element.name) ? doubleElement(element.name, number) : element;
}

function saturated(number: number): number {
  return Math.max(-0x8000_0000, Math.min(0x7fff_ffff, Math.trunc(number)));
}

export function indexName(spec: Uint8Array): string | undefined {
  return stringOf(findElement(spec, 'name'));
}

/**
 * A 4.4 server puts `hidden` before the key when an index is made with it, and at the end when a collMod hides it: then
 * the definition to make it with, to be hidden afterwards.
 */
export function hiddenLater(spec: Uint8Array): Uint8Array | undefined {
  const elements = readElements(spec);
  const hidden = elements.findIndex((element) => element.name === 'hidden');
  if (hidden < elements.findIndex((element) => element.name === 'name')) return undefined;
  return writeDocument(elements.filter((element) => element.name !== 'hidden'));
}

/** Whether a server makes this index for `_id` by itself, given the collection's options. */
export function isUsualIdIndex(spec: Uint8Array): boolean {
  return numberOf(findElement(spec, 'v')) === 2;
}

/** Whether it is the pseudo index that listIndexes shows for a clustered collection. */
export function isClustered(spec: Uint8Array): boolean {
  return isTrue(findElement(spec, 'clustered'));
}

/** The definition after the `index` part of a collMod, or the field of it that is not known. */
export function modifiedIndex(
  spec: Uint8Array,
  change: Uint8Array,
): Uint8Array | { readonly unknown: string } {
  let elements = readElements(spec);
  const put = (name: string, value: RawElement | undefined): void => {
    elements = elements.filter((element) => element.name !== name);
    if (value) elements.push(renamed(value, name));
  };
  for (const field of readElements(change)) {
    switch (field.name) {
      case 'name':
      case 'keyPattern':
        break;
      case 'expireAfterSeconds':
        put(field.name, field);
        break;
      case 'hidden':
      case 'prepareUnique':
        put(field.name, isTrue(field) ? field : undefined);
        break;
      case 'unique':
        put('unique', isTrue(field) ? field : undefined);
        put('prepareUnique', undefined);
        break;
      case 'forceNonUnique':
        if (isTrue(field)) put('unique', undefined);
        break;
      default:
        return { unknown: field.name };
    }
  }
  return writeDocument(elements);
}

/** Whether the definition has this key pattern. */
export function hasKey(spec: Uint8Array, key: Uint8Array): boolean {
  const element = findElement(spec, 'key');
  return element?.type === BsonType.document && sameKey(element.value, key);
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  const left = readElements(a);
  const right = readElements(b);
  return (
    left.length === right.length &&
    left.every((element, index) => {
      const other = right[index];
      return other?.name === element.name && directionOf(other) === directionOf(element);
    })
  );
}

function directionOf(element: RawElement): string | number | undefined {
  return numberOf(element) ?? stringOf(element);
}
