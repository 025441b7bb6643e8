import assert from 'node:assert/strict';
import { Copies } from '../../../src/core/copies';

describe('Copies', () => {
  it('keeps each run of bytes, small or large, whatever becomes of the original', () => {
    const copies = new Copies();
    const lengths = [0, 1, 300_000, 200_000, 70_000, 5, 262_144, 17];
    const originals = lengths.map((length, at) => new Uint8Array(length).fill(at + 1));
    const made = originals.map((bytes) => copies.of(bytes));
    for (const bytes of originals) bytes.fill(0);
    made.forEach((bytes, at) => assert.deepEqual(bytes, new Uint8Array(lengths[at] ?? 0).fill(at + 1)));
  });
});
