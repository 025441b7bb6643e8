import { findElement, type RawElement, readElements, writeDocument } from './rawDocument';
import { documentElement, documentOf, numberOf, renamed, stringElement, stringOf } from './rawValue';

/*
 * The indexes of a time-series collection lie on its buckets, under the buckets' own field names. Tools that speak of
 * the collection speak of its fields. https://www.mongodb.com/docs/manual/core/timeseries/timeseries-secondary-index/
 */

const MIN = 'control.min.';
const MAX = 'control.max.';
const DATA = 'data.';

/** The definition as the collection shows it; `undefined` where there is no such form. */
export function indexOfBuckets(spec: Uint8Array, timeseries: Uint8Array): Uint8Array | undefined {
  const original = documentOf(findElement(spec, 'originalSpec'));
  if (original) return original;
  const key = documentOf(findElement(spec, 'key'));
  const metaField = stringOf(findElement(timeseries, 'metaField'));
  if (!key) return undefined;
  const fields: RawElement[] = [];
  const elements = readElements(key);
  for (let at = 0; at < elements.length; at++) {
    const element = elements[at] as RawElement;
    const { name } = element;
    const ascends = name.startsWith(MIN);
    if (ascends || name.startsWith(MAX)) {
      const field = name.slice(MIN.length);
      if (elements[at + 1]?.name !== `${ascends ? MAX : MIN}${field}`) return undefined;
      fields.push(renamed(element, field));
      at += 1;
    } else if (metaField !== undefined && (name === 'meta' || name.startsWith('meta.'))) {
      fields.push(renamed(element, `${metaField}${name.slice('meta'.length)}`));
    } else if (name.startsWith(DATA) && stringOf(element) === '2dsphere_bucket') {
      fields.push(stringElement(name.slice(DATA.length), '2dsphere'));
    } else {
      return undefined;
    }
  }
  return withKey(spec, fields);
}

/** The definition as the buckets have it. */
export function indexForBuckets(spec: Uint8Array, timeseries: Uint8Array): Uint8Array {
  const metaField = stringOf(findElement(timeseries, 'metaField'));
  const key = documentOf(findElement(spec, 'key')) ?? writeDocument([]);
  const fields = readElements(key).flatMap((element): RawElement[] => {
    const { name } = element;
    if (metaField !== undefined && (name === metaField || name.startsWith(`${metaField}.`))) {
      return [renamed(element, `meta${name.slice(metaField.length)}`)];
    }
    if (stringOf(element) === '2dsphere') return [stringElement(`${DATA}${name}`, '2dsphere_bucket')];
    const bounds = [renamed(element, `${MIN}${name}`), renamed(element, `${MAX}${name}`)];
    return (numberOf(element) ?? 1) < 0 ? bounds.reverse() : bounds;
  });
  return withKey(spec, fields);
}

function withKey(spec: Uint8Array, fields: readonly RawElement[]): Uint8Array {
  return writeDocument(
    readElements(spec).map((e) => (e.name === 'key' ? documentElement('key', writeDocument(fields)) : e)),
  );
}
