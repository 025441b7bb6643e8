import { readInt32 } from '../core/rawDocument';
import { releaseBytes } from '../core/releaseBytes';

/** Where a document is kept. */
export type Kept = number & { readonly __kept: unique symbol };

/** No document begins further behind in its piece; so a place is a small number, which takes no memory of its own. */
const pieceBytes = 1 << 20;

/** Copies of many documents in few large pieces: as arrays of their own, each would take several times its bytes. */
export class KeptDocuments {
  readonly #pieces: (Uint8Array | undefined)[] = [];
  /** Bytes of documents in each piece that were not given up. */
  readonly #live: number[] = [];
  #end = 0;
  #bytes = 0;

  /** Held in memory now; what was given up is among it until nothing else in its piece is needed. */
  get bytes(): number {
    return this.#bytes;
  }

  put(document: Uint8Array): Kept {
    const last = this.#pieces.length - 1;
    const fits = this.#end + document.length <= (this.#pieces[last]?.length ?? 0);
    const at = fits ? last : this.#add(Math.max(pieceBytes, document.length));
    const start = this.#end;
    this.#pieces[at]?.set(document, start);
    this.#live[at] = (this.#live[at] ?? 0) + document.length;
    this.#end += document.length;
    return (at * pieceBytes + start) as Kept;
  }

  /** A view, until it is given up. */
  get(kept: Kept): Uint8Array {
    const piece = this.#pieces[Math.floor(kept / pieceBytes)];
    if (!piece) throw new Error('a document that was given up');
    const start = kept % pieceBytes;
    return piece.subarray(start, start + readInt32(piece, start));
  }

  drop(kept: Kept): void {
    const at = Math.floor(kept / pieceBytes);
    const live = (this.#live[at] ?? 0) - this.get(kept).length;
    this.#live[at] = live;
    if (live === 0 && at < this.#pieces.length - 1) this.#free(at);
  }

  #add(length: number): number {
    const last = this.#pieces.length - 1;
    if (this.#live[last] === 0) this.#free(last);
    this.#pieces.push(new Uint8Array(length));
    this.#live.push(0);
    this.#bytes += length;
    this.#end = 0;
    return last + 1;
  }

  /** Gives all of them up, at once. */
  clear(): void {
    for (const at of this.#pieces.keys()) this.#free(at);
  }

  #free(at: number): void {
    const piece = this.#pieces[at];
    if (!piece) return;
    this.#bytes -= piece.length;
    this.#pieces[at] = undefined;
    releaseBytes(piece);
  }
}
