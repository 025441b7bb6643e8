import assert from 'node:assert/strict';
import { layOutChart } from '../../../webview/timeline/layout';

describe('layOutChart', () => {
  it('stacks its bands without overlap', () => {
    for (const [width, height] of [
      [320, 500],
      [700, 800],
      [1280, 800],
      [2560, 1400],
    ] as const) {
      const options = { lanes: 8, longestName: 130, hasEvents: true, hasMarks: true };
      const layout = layOutChart(width, height, options);
      const bands = [layout.events, layout.flags, layout.bars, ...layout.lanes, layout.coverage, layout.axis];
      bands.forEach((band, i) => {
        const next = bands[i + 1];
        if (next) assert.ok(band.top + band.height <= next.top, `${width}: band ${i}`);
      });
      assert.equal(layout.height, layout.axis.top + layout.axis.height);
      assert.equal(layout.width + layout.gutter, width);
    }
  });

  it('takes no room for events and marks that are not there', () => {
    const full = layOutChart(1000, 800, { lanes: 3, hasEvents: true, hasMarks: true });
    const without = layOutChart(1000, 800, { lanes: 3 });
    assert.equal(without.events.height, 0);
    assert.ok(without.bars.top < full.bars.top);
    assert.equal(without.bars.height, full.bars.height);
  });

  it('gives up the gutter in a narrow panel', () => {
    assert.equal(layOutChart(320, 800, { lanes: 8, longestName: 130 }).gutter, 0);
    assert.ok(layOutChart(800, 800, { lanes: 8, longestName: 130 }).gutter >= 130);
  });

  it('shows fewer lanes on a low page, and two at least', () => {
    assert.ok(
      layOutChart(1000, 1000, { lanes: 8 }).lanes.length > layOutChart(1000, 600, { lanes: 8 }).lanes.length,
    );
    assert.equal(layOutChart(1000, 300, { lanes: 8 }).lanes.length, 2);
    assert.equal(layOutChart(1000, 1000, { lanes: 0 }).lanes.length, 0);
  });
});
