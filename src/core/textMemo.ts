/** Longer runs of bytes are not worth keeping. */
const longest = 160;
const slots = 256;

interface Kept {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Texts made of bytes that come again and again, such as the few namespaces of a log: each is made once. */
export class TextMemo {
  readonly #make: (bytes: Uint8Array, start: number, end: number) => string;
  readonly #kept: (Kept | undefined)[] = Array.from({ length: slots }, () => undefined);

  constructor(make: (bytes: Uint8Array, start: number, end: number) => string) {
    this.#make = make;
  }

  /** What `make` gives for these bytes. */
  read(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > longest) return this.#make(bytes, start, end);
    const slot = slotOf(bytes, start, end);
    const kept = this.#kept[slot];
    if (kept && isSame(kept.bytes, bytes, start, end)) return kept.text;
    const text = this.#make(bytes, start, end);
    this.#kept[slot] = { bytes: bytes.slice(start, end), text };
    return text;
  }
}

/** By the last bytes, in which names of one kind differ most. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = Math.max(start, end - 12); at < end; at++)
    hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  return (hash ^ (hash >>> 8)) & (slots - 1);
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[start + i]) return false;
  return true;
}
