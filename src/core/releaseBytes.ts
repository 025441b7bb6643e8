/** Smaller buffers may be parts of a pool that others use too. */
const leastBytes = 1 << 18;

/**
 * Gives back at once the memory of bytes that their only owner will not read again: they, and all views of the same
 * buffer, are empty then. Left to the garbage collector, large buffers that come and go keep it at work all the time.
 */
export function releaseBytes({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= leastBytes) buffer.transfer(0);
}
