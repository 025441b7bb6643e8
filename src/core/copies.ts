const chunkBytes = 1 << 18;

/** Copies of many small runs of bytes, in few buffers: one buffer for each would take several times its bytes. */
export class Copies {
  #chunk = new Uint8Array(0);
  #end = 0;

  of(bytes: Uint8Array): Uint8Array {
    if (this.#end + bytes.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(chunkBytes, bytes.length));
      this.#end = 0;
    }
    const copy = this.#chunk.subarray(this.#end, this.#end + bytes.length);
    copy.set(bytes);
    this.#end += bytes.length;
    return copy;
  }
}
