import { encryptedEnding, endingFor } from './encryption';

const dataEnding = '.bson.zst';

/** Ending of the files of frames in a repository, given any path in it. */
export function dataEndingFor(path: string): string {
  return `${dataEnding}${endingFor(path)}`;
}

/** Of a collection's part, from 1 on, and of its keys, by the name that its files begin with. */
export function partNamesFor(path: string, name: string, part: number): { data: string; keys: string } {
  const encrypted = endingFor(path);
  if (part === 1) return { data: `${name}${dataEndingFor(path)}`, keys: `${name}.keys${encrypted}` };
  // No collection's name makes such an ending.
  const number = String(part);
  return { data: `${name}.bson.${number}.zst${encrypted}`, keys: `${name}.keys.${number}${encrypted}` };
}

/** Of the segment that is being written. */
export function openNameFor(path: string): string {
  return `open${dataEndingFor(path)}`;
}

/** Of a segment's index, by the name of its data. */
export function indexOfData(data: string): string {
  return data.endsWith(`${dataEnding}${encryptedEnding}`)
    ? `${data.slice(0, -dataEnding.length - encryptedEnding.length)}.json${encryptedEnding}`
    : `${data.slice(0, -dataEnding.length)}.json`;
}

/** The reverse of {@link indexOfData}; `undefined` for what is no index. */
export function dataOfIndex(index: string): string | undefined {
  const match = /^(.*)\.json(\.enc)?$/.exec(index);
  return match ? `${match[1] ?? ''}${dataEnding}${match[2] ?? ''}` : undefined;
}

export function isOpenName(name: string): boolean {
  return name === `open${dataEnding}` || name === `open${dataEnding}${encryptedEnding}`;
}

export function manifestNameFor(path: string): string {
  return `manifest.json${endingFor(path)}`;
}

export function isManifestName(name: string): boolean {
  return name === 'manifest.json' || name === `manifest.json${encryptedEnding}`;
}
