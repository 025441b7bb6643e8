import assert from 'node:assert/strict';
import { pagesOf } from '../../../../src/host/trees/pages';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('pagesOf', () => {
  it('makes no page of a list that can be shown at once', () => {
    assert.deepEqual(pagesOf(numbers(3), 3), []);
    assert.deepEqual(pagesOf([]), []);
  });

  it('makes pages of like size that hold everything once, in order', () => {
    const pages = pagesOf(numbers(10), 4);
    assert.deepEqual(
      pages.map(({ first, last, items }) => [first, last, items.length]),
      [
        [0, 3, 4],
        [4, 7, 4],
        [8, 9, 2],
      ],
    );
    assert.deepEqual(
      pages.flatMap(({ items }) => items),
      numbers(10),
    );
  });
});
