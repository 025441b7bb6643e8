import assert from 'node:assert/strict';
import type { PlanReport } from '../../../src/protocol/job';
import { layOut } from '../../../webview/timeline/coverage';
import {
  endMoment,
  momentAt,
  neighbour,
  outOfGap,
  viewStep,
  stepOf,
} from '../../../webview/timeline/stepping';

const coverage = layOut({
  snapshots: [],
  ranges: [
    { from: '100:1', to: '150:2' },
    { from: '200:1', to: '300:7' },
  ],
  gaps: [],
  marks: [],
  recorder: { state: 'stopped', position: undefined, lagMs: undefined },
});

describe('stepOf', () => {
  it('steps by operation, by event with Shift, and to the ends', () => {
    assert.deepEqual(stepOf('ArrowLeft', false), { kind: 'operation', by: -1 });
    assert.deepEqual(stepOf('ArrowRight', true), { kind: 'event', by: 1 });
    assert.deepEqual(stepOf('PageDown', false), { kind: 'view', by: -1, part: 1 / 10 });
    assert.deepEqual(stepOf('End', false), { kind: 'end', which: 'last' });
  });

  it('leaves other keys alone', () => {
    assert.equal(stepOf('a', false), undefined);
    assert.equal(stepOf('Tab', false), undefined);
  });
});

describe('momentAt', () => {
  it('asks for a whole millisecond', () => {
    assert.deepEqual(momentAt(1500.4), { at: '1970-01-01T00:00:01.500Z', ms: 1500 });
  });
});

describe('endMoment', () => {
  it('is exact at both ends', () => {
    assert.equal(endMoment(coverage, 'first')?.at, '100:1');
    assert.equal(endMoment(coverage, 'last')?.at, '300:7');
  });
});

describe('neighbour', () => {
  it('is placed by its wall clock and asked for by its cluster time', () => {
    const next = { at: '120:3', wallMs: 120_456, op: 'd', ns: 'shop.orders' };
    const plan = { next, previous: undefined } as PlanReport;
    assert.deepEqual(neighbour(plan, 1), { at: '120:3', ms: 120_456 });
    assert.equal(neighbour(plan, -1), undefined);
  });
});

describe('outOfGap', () => {
  it('leaves the gap in the direction of the step', () => {
    assert.equal(outOfGap(coverage, 170_000, -1)?.at, '150:2');
    assert.equal(outOfGap(coverage, 170_000, 1)?.at, '200:1');
    assert.equal(outOfGap(coverage, 999_000, 1), undefined);
  });
});

describe('viewStep', () => {
  const view = { fromMs: 100_000, toMs: 300_000 };

  it('moves by a part of the view', () => {
    assert.equal(viewStep(200_000, { by: 1, part: 0.1 }, view, coverage, 400_000).ms, 220_000);
  });

  it('stops at the first restorable moment and at now', () => {
    assert.equal(viewStep(105_000, { by: -1, part: 0.1 }, view, coverage, 400_000).ms, 100_000);
    assert.equal(viewStep(395_000, { by: 1, part: 0.1 }, view, coverage, 400_000).ms, 400_000);
  });
});
