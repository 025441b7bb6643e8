import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cellLength,
  cellsFromBytes,
  cellsToBytes,
  countsOf,
  packCounts,
} from '../../../src/core/segmentCounts';

describe('the counts of a segment', () => {
  it('are told by second and namespace, with the sums of each namespace', () => {
    const counts = packCounts([
      [100, new Map([['shop.orders', { i: 2, u: 0, d: 0, c: 1 }]])],
      [
        98,
        new Map([
          ['shop.carts', { i: 0, u: 5, d: 0, c: 0 }],
          ['shop.orders', { i: 1, u: 0, d: 3, c: 0 }],
        ]),
      ],
    ]);
    assert.deepEqual(counts.namespaces, ['shop.orders', 'shop.carts']);
    assert.deepEqual([counts.firstSecond, counts.lastSecond], [98, 100]);
    assert.deepEqual([...counts.totals], [3, 0, 3, 1, 0, 5, 0, 0]);
    assert.deepEqual([...counts.cells], [100, 0, 2, 0, 0, 1, 98, 1, 0, 5, 0, 0, 98, 0, 1, 0, 3, 0]);
  });

  it('come back from their bytes, whatever clocks and counts were', () => {
    const second = fc.integer({ min: -(2 ** 43), max: 2 ** 43 });
    const number = fc.nat({ max: 2 ** 31 });
    const cell = fc.tuple(second, number, number, number, number, number);
    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        const packed = Float64Array.from(cells.flat());
        assert.deepEqual(cellsFromBytes(cellsToBytes(packed)), packed);
      }),
    );
  });

  it('take a byte for each small number', () => {
    const minute = Array.from({ length: 60 }, (_, n) => [1_795_600_000 + n, 3, 20, 10, 0, 0]);
    const bytes = cellsToBytes(Float64Array.from(minute.flat()));
    assert.equal(bytes.length, 60 * cellLength + 4);
  });

  it('of nothing are none', () => {
    const { firstSecond, lastSecond } = countsOf([], cellsFromBytes(new Uint8Array(0)));
    assert.equal(firstSecond > lastSecond, true);
  });
});
