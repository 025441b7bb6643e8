import { encodeText } from './text';

const plain = /^[A-Za-z0-9_.-]$/;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/**
 * A file name for a database or collection: percent-escapes what a file system cannot hold, and never ends in a dot.
 * `taken` holds the lower-case names given so far in the folder, and is added to: names that differ only in case, or
 * are too long, get a number.
 */
export function fileNameFor(name: string, taken: Set<string>): string {
  let escaped = '';
  for (const byte of encodeText(name)) {
    const char = String.fromCharCode(byte);
    escaped += plain.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (escaped.startsWith('.') || reserved.test(escaped)) escaped = `%${hex(escaped)}${escaped.slice(1)}`;
  if (escaped.endsWith('.')) escaped = `${escaped.slice(0, -1)}%2E`;
  const short = escaped.length > 180 ? escaped.slice(0, 180) : escaped;
  let candidate = short;
  for (let n = 2; taken.has(candidate.toLowerCase()); n++) candidate = `${short}%7E${String(n)}`;
  if (short !== escaped && candidate === short) candidate = `${short}%7E1`;
  taken.add(candidate.toLowerCase());
  return candidate;
}

function hex(text: string): string {
  return text.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
