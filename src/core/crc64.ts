/*
 * CRC-64 of ECMA-182, bits reflected, as archives of mongodump have it. Kept as two halves of 32 bits: numbers are fast.
 */

const HIGH_POLYNOMIAL = 0xc96c5795;
const LOW_POLYNOMIAL = 0xd7870f42;

const highTable = new Uint32Array(256);
const lowTable = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry === 1) {
      low = (low ^ LOW_POLYNOMIAL) >>> 0;
      high = (high ^ HIGH_POLYNOMIAL) >>> 0;
    }
  }
  highTable[byte] = high;
  lowTable[byte] = low;
}

export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

export const emptyCrc64: Crc64 = { high: 0, low: 0 };

/** The checksum of what `crc` is of, followed by `bytes`. */
export function crc64(bytes: Uint8Array, crc: Crc64): Crc64 {
  let high = ~crc.high >>> 0;
  let low = ~crc.low >>> 0;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = (((low >>> 8) | (high << 24)) ^ (lowTable[index] as number)) >>> 0;
    high = ((high >>> 8) ^ (highTable[index] as number)) >>> 0;
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}
