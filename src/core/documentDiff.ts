import { BsonType, equalBytes, readElements, type RawElement } from './rawDocument';

/** More paths than this are not told apart: the fields above them stand for all. */
const MOST_PATHS = 1000;

/**
 * Paths of the fields that differ, in the order of the later document, those that are gone last: `total`,
 * `items.0.quantity`. Empty where only the order of fields differs, or nothing. Types count, as the server keeps them.
 */
export function changedPaths(before: Uint8Array, after: Uint8Array): string[] {
  const paths: string[] = [];
  compare(before, after, '', paths);
  return paths.slice(0, MOST_PATHS);
}

function compare(before: Uint8Array, after: Uint8Array, prefix: string, paths: string[]): void {
  if (paths.length > MOST_PATHS || equalBytes(before, after)) return;
  const old = new Map(readElements(before).map((element) => [element.name, element]));
  for (const element of readElements(after)) {
    const path = `${prefix}${element.name}`;
    const was = old.get(element.name);
    old.delete(element.name);
    if (was === undefined) paths.push(path);
    else compareValues(was, element, path, paths);
  }
  for (const name of old.keys()) paths.push(`${prefix}${name}`);
}

function compareValues(before: RawElement, after: RawElement, path: string, paths: string[]): void {
  if (before.type === after.type && equalBytes(before.value, after.value)) return;
  const isNested = before.type === BsonType.document || before.type === BsonType.array;
  if (!isNested || before.type !== after.type) {
    paths.push(path);
    return;
  }
  const found = paths.length;
  compare(before.value, after.value, `${path}.`, paths);
  // Only the order of its fields differs.
  if (paths.length === found) paths.push(path);
}
