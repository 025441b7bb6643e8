import assert from 'node:assert/strict';
import type { StatusReport } from '../../../src/protocol/job';
import {
  boundsOf,
  gapAt,
  isEmpty,
  isRestorable,
  layOut,
  nearestEnds,
  placeOf,
  snapshotBefore,
  uncovered,
} from '../../../webview/timeline/coverage';

const status: StatusReport = {
  snapshots: [
    { id: 'b', start: '190:1', consistentAt: '200:1', documents: 1, bytes: 1 },
    { id: 'a', start: '90:1', consistentAt: '100:1', documents: 1, bytes: 1 },
  ],
  ranges: [
    { from: '200:1', to: '300:7' },
    { from: '100:1', to: '150:2' },
  ],
  gaps: [{ after: '150:2', before: '200:1', reason: 'asleep' }],
  marks: [{ name: 'm', at: '120:2' }],
  recorder: { state: 'recording', position: '300:7', lagMs: 0 },
};
const coverage = layOut(status);

describe('layOut', () => {
  it('puts everything in order of time', () => {
    assert.deepEqual(
      coverage.ranges.map((r) => r.from),
      ['100:1', '200:1'],
    );
    assert.deepEqual(
      coverage.snapshots.map((s) => s.report.id),
      ['a', 'b'],
    );
  });

  it('ends a range with its last second', () => {
    assert.ok(isRestorable(coverage, 300_999));
    assert.ok(!isRestorable(coverage, 301_000));
  });

  it('keeps the parts that did not change', () => {
    const grown = layOut({ ...status, ranges: [{ from: '200:1', to: '310:1' }] }, coverage);
    assert.notEqual(grown.ranges, coverage.ranges);
    assert.equal(grown.marks, coverage.marks);
    assert.equal(layOut(structuredClone(status), coverage), coverage);
  });
});

describe('placeOf', () => {
  it('keeps the order of operations within a second', () => {
    const places = ['100:0', '100:1', '100:2', '100:5000', '101:1'].map(placeOf);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.ok((places[3] ?? 0) < 101_000);
  });

  it('reads ISO times too', () => {
    assert.equal(placeOf('1970-01-01T00:01:40Z'), 100_000);
  });
});

describe('uncovered', () => {
  it('is what lies before, between and after the ranges', () => {
    assert.deepEqual(uncovered(coverage.ranges, { fromMs: 50_000, toMs: 400_000 }), [
      { fromMs: 50_000, toMs: 100_000 },
      { fromMs: 150_999, toMs: 200_000 },
      { fromMs: 300_999, toMs: 400_000 },
    ]);
  });

  it('is nothing inside a range and everything without one', () => {
    assert.deepEqual(uncovered(coverage.ranges, { fromMs: 110_000, toMs: 120_000 }), []);
    assert.deepEqual(uncovered([], { fromMs: 1, toMs: 2 }), [{ fromMs: 1, toMs: 2 }]);
  });
});

describe('nearestEnds', () => {
  it('leads out of a gap on either side', () => {
    assert.deepEqual(nearestEnds(coverage, 170_000), { earlier: '150:2', later: '200:1' });
  });

  it('leads nowhere where nothing is recorded', () => {
    assert.deepEqual(nearestEnds(coverage, 10_000), { earlier: undefined, later: '100:1' });
  });
});

describe('gapAt and snapshotBefore', () => {
  it('find what a moment lies in, and what a restore to it starts from', () => {
    assert.equal(gapAt(coverage, 170_000)?.report.reason, 'asleep');
    assert.equal(gapAt(coverage, 120_000), undefined);
    assert.equal(snapshotBefore(coverage, 199_000)?.report.id, 'a');
    assert.equal(snapshotBefore(coverage, 99_000), undefined);
  });
});

describe('boundsOf', () => {
  it('reaches from the first recorded moment to now, with a margin', () => {
    assert.deepEqual(boundsOf(coverage, 1_100_000), { fromMs: 70_000, toMs: 1_130_000 });
  });

  it('is about an hour where nothing is recorded', () => {
    const nothing = layOut({ ...status, snapshots: [], ranges: [], gaps: [], marks: [] });
    assert.ok(isEmpty(nothing));
    const bounds = boundsOf(nothing, 10_000_000);
    assert.ok(bounds.fromMs < 10_000_000 - 3_600_000 && bounds.toMs > 10_000_000);
  });
});
