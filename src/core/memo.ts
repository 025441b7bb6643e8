/** Longer runs of bytes are not worth keeping. */
const longest = 160;
const slots = 256;

interface Kept<T> {
  readonly bytes: Uint8Array;
  readonly made: T;
}

/**
 * What is made of bytes that come again and again, such as the few namespaces and sessions of a log: each is made once,
 * and must not be changed.
 */
export class Memo<T> {
  readonly #make: (bytes: Uint8Array, start: number, end: number) => T;
  readonly #kept: (Kept<T> | undefined)[] = Array.from({ length: slots }, () => undefined);

  constructor(make: (bytes: Uint8Array, start: number, end: number) => T) {
    this.#make = make;
  }

  /** What `make` gives for these bytes. Two that fall together are both kept. */
  read(bytes: Uint8Array, start: number, end: number): T {
    if (end - start > longest) return this.#make(bytes, start, end);
    const slot = slotOf(bytes, start, end) & ~1;
    const newest = this.#kept[slot];
    if (newest && isSame(newest.bytes, bytes, start, end)) return newest.made;
    const older = this.#kept[slot + 1];
    if (older && isSame(older.bytes, bytes, start, end)) return older.made;
    const made = this.#make(bytes, start, end);
    this.#kept[slot + 1] = newest;
    this.#kept[slot] = { bytes: bytes.slice(start, end), made };
    return made;
  }
}

/** FNV-1a of all bytes of short runs, and of some 16 of longer ones. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const step = 1 + ((end - start) >> 4);
  let hash = end - start;
  for (let at = end - 1; at >= start; at -= step) hash = Math.imul(hash ^ (bytes[at] as number), 0x0100_0193);
  return (hash ^ (hash >>> 15) ^ (hash >>> 24)) & (slots - 1);
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[start + i]) return false;
  return true;
}
