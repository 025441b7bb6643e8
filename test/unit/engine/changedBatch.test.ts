import assert from 'node:assert/strict';
import { firstElement, splitDocuments } from '../../../src/core/rawDocument';
import { changedBatch } from '../../../src/engine/changedBatch';
import { bson } from '../core/builders';

const numbers = [0, 1, 2, 3, 4, 5];
const batchOf = (values: readonly number[]) => ({
  bytes: Buffer.concat(values.map((n) => bson({ n }))),
  documents: values.length,
});
const numberOf = (document: Uint8Array): number => firstElement(document)!.value[0]!;
const numbersIn = (bytes: Uint8Array): number[] => [...splitDocuments(bytes)].map(numberOf);

describe('changedBatch', () => {
  /** Every choice of documents that may change, and of what becomes of them. */
  it('asks about those that may change alone, and keeps all others in their places', () => {
    for (let mask = 0; mask < 64; mask++) {
      for (const fate of ['gone', 'other', 'longer', 'same'] as const) {
        const asked: number[] = [];
        const batch = batchOf(numbers);
        const changed = changedBatch(
          batch,
          (index) => (mask & (1 << index)) !== 0,
          (document) => {
            const n = numberOf(document);
            asked.push(n);
            if (fate === 'gone') return undefined;
            if (fate === 'same') return document;
            return fate === 'other' ? bson({ n: n + 100 }) : bson({ n: n + 100, more: 'x'.repeat(n) });
          },
        );
        const chosen = numbers.filter((n) => (mask & (1 << n)) !== 0);
        assert.deepEqual(asked, chosen);
        const expected = numbers.flatMap((n) => {
          if (!chosen.includes(n) || fate === 'same') return [n];
          return fate === 'gone' ? [] : [n + 100];
        });
        assert.deepEqual(numbersIn(changed.bytes), expected);
        assert.equal(changed.documents, expected.length);
        assert.equal(changed === batch, mask === 0 || fate === 'same');
      }
    }
  });

  it('gives the memory of a batch back only when it is replaced', () => {
    let released = 0;
    const batch = { ...batchOf(numbers), release: () => released++ };
    const all = (): boolean => true;
    assert.equal(
      changedBatch(batch, all, (document) => document),
      batch,
    );
    assert.equal(released, 0);
    changedBatch(batch, all, () => undefined);
    assert.equal(released, 1);
  });
});
