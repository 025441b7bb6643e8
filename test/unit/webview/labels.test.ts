import assert from 'node:assert/strict';
import { placeFlags } from '../../../webview/timeline/labels';

const flag = (x: number, width = 50): { x: number; width: number } => ({ x, width });

describe('placeFlags', () => {
  it('hangs names to the right in the first row while there is room', () => {
    assert.deepEqual(placeFlags([flag(0), flag(60)], 500, 2), [
      { row: 0, side: 'right' },
      { row: 0, side: 'right' },
    ]);
  });

  it('uses the next row for a name that would touch, and folds it where there is none', () => {
    const rows = placeFlags([flag(0), flag(10), flag(20)], 500, 2).map((placed) => placed.row);
    assert.deepEqual(rows, [0, 1, undefined]);
  });

  it('hangs a name to the left at the end of the plot', () => {
    assert.deepEqual(placeFlags([flag(480)], 500, 1), [{ row: 0, side: 'left' }]);
  });

  it('never lets two names touch', () => {
    const flags = Array.from({ length: 60 }, (_, i) =>
      flag((i * i * 13) % 900, 20 + ((i * 37) % 90)),
    ).toSorted((a, b) => a.x - b.x);
    const taken = placeFlags(flags, 900, 3).flatMap(({ row, side }, i) => {
      const { x = 0, width = 0 } = flags[i] ?? {};
      return row === undefined
        ? []
        : [{ row, from: side === 'right' ? x : x - width, to: side === 'right' ? x + width : x }];
    });
    assert.ok(taken.length > 10);
    for (const a of taken) {
      assert.ok(a.from >= 0 && a.to <= 900);
      for (const b of taken) if (a !== b && a.row === b.row) assert.ok(a.to <= b.from || b.to <= a.from);
    }
  });
});
