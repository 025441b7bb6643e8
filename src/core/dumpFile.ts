import { encodeText } from './text';

const plain = /^[A-Za-z0-9_.~-]$/;
const longest = 238;
const kept = 208;

/**
 * The file name of a collection in a mongodump directory, without its ending: percent-escaped, and cut with a hash of
 * the name where it gets too long. `hash` is base64url of SHA-1, without padding.
 */
export function dumpFileName(collection: string, hash: (text: string) => string): string {
  let escaped = '';
  for (const byte of encodeText(collection)) {
    const char = String.fromCharCode(byte);
    escaped += plain.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped.length <= longest ? escaped : `${escaped.slice(0, kept)}%24${hash(collection)}`;
}

/** The collection's name, unless the file's name is a cut one: then its metadata has it. */
export function collectionOfDumpFile(name: string): string | undefined {
  if (name.length === longest && name.includes('%24')) return undefined;
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return undefined; // not a name that the tools write
  }
}
