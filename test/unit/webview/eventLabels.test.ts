import assert from 'node:assert/strict';
import { placeLabels, type LabelWanted } from '../../../webview/timeline/eventLabels';

const label = (x: number, full = 100, short = 40): LabelWanted => ({ x, full, short });
const order = (labels: readonly LabelWanted[]): number[] => labels.map((_, i) => i);

describe('placeLabels', () => {
  it('gives each label a row with all its words while there is room', () => {
    const wanted = [label(0), label(50), label(300)];
    const { labels, dots } = placeLabels(wanted, order(wanted), 500, 2);
    assert.deepEqual(
      labels.map(({ row, form }) => [row, form]),
      [
        [0, 'full'],
        [1, 'full'],
        [0, 'full'],
      ],
    );
    assert.deepEqual(dots, []);
  });

  it('lets those first in order choose first', () => {
    const wanted = [label(0), label(10)];
    const { labels, dots } = placeLabels(wanted, [1, 0], 500, 1);
    assert.deepEqual(
      labels.map((l) => l.index),
      [1],
    );
    assert.deepEqual(dots, [{ x: 0, indexes: [0] }]);
  });

  it('says less where that fits, and hangs to the left at the end', () => {
    const wanted = [label(60), label(480), label(0)];
    const { labels } = placeLabels(wanted, order(wanted), 500, 1);
    assert.deepEqual(labels[1], { index: 1, row: 0, side: 'left', form: 'full' });
    assert.deepEqual(labels[2], { index: 2, row: 0, side: 'right', form: 'short' });
  });

  it('gathers the rest in dots, counts all of them and leaves out what is not in view', () => {
    const wanted = [label(-5), ...Array.from({ length: 50 }, (_, i) => label(i * 4)), label(900)];
    const { labels, dots } = placeLabels(wanted, order(wanted), 200, 1);
    const counted = dots.reduce((sum, dot) => sum + dot.indexes.length, 0);
    assert.equal(labels.length + counted, 50);
    dots.forEach((dot, i) => assert.ok(i === 0 || dot.x - (dots[i - 1]?.x ?? 0) >= 10));
  });

  it('never lets two labels touch', () => {
    const wanted = Array.from({ length: 300 }, (_, i) => label((i * i * 13) % 1200, 60 + ((i * 37) % 200)));
    const { labels } = placeLabels(wanted, order(wanted), 1200, 3);
    assert.ok(labels.length > 12);
    const spans = labels.map(({ index, row, side, form }) => {
      const { x, [form]: width } = wanted[index] ?? label(0);
      return { row, from: side === 'right' ? x : x - width, to: side === 'right' ? x + width : x };
    });
    for (const a of spans) {
      assert.ok(a.from >= 0 && a.to <= 1200);
      for (const b of spans) if (a !== b && a.row === b.row) assert.ok(a.to <= b.from || b.to <= a.from);
    }
  });
});
