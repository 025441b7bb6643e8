import assert from 'node:assert/strict';
import type { EventReport } from '../../../src/protocol/timeTravel';
import { layOut } from '../../../webview/timeline/coverage';
import type { Density } from '../../../webview/timeline/density';
import { layOutEvents } from '../../../webview/timeline/events';
import {
  eventsInSpan,
  fillsItsSeconds,
  gapInSpan,
  spanOver,
  stepThrough,
  totalsInSpan,
  wholeSeconds,
  withEnd,
  withEndAt,
  type Span,
} from '../../../webview/timeline/span';

const coverage = layOut({
  snapshots: [],
  ranges: [
    { from: '100:1', to: '150:2' },
    { from: '200:1', to: '300:7' },
  ],
  gaps: [{ after: '150:2', before: '200:1', reason: 'The recorder was off' }],
  marks: [],
  recorder: { state: 'stopped', position: undefined, lagMs: undefined },
});

function span(fromMs: number, toMs: number, stepMs?: number): Span {
  return spanOver(fromMs, toMs, stepMs, coverage) ?? assert.fail('no span');
}

describe('spanOver', () => {
  it('lies between bars, and asks for the moments just before their edges', () => {
    assert.deepEqual(span(111_400, 124_600, 5_000), {
      from: { at: '1970-01-01T00:01:49.999Z', ms: 110_000 },
      to: { at: '1970-01-01T00:02:04.999Z', ms: 125_000 },
    });
  });

  it('is the same whichever way it was drawn', () => {
    assert.deepEqual(span(124_600, 111_400, 5_000), span(111_400, 124_600, 5_000));
  });

  it('is one bar where it was drawn inside of one', () => {
    const { from, to } = span(111_400, 111_600, 5_000);
    assert.deepEqual([from.ms, to.ms], [110_000, 115_000]);
  });

  it('counts in seconds while no bars are known', () => {
    const { from, to } = span(111_400, 113_700);
    assert.deepEqual([from.ms, to.ms], [111_000, 114_000]);
  });

  it('keeps to what can be restored, whose ends are cluster times', () => {
    const { from, to } = span(20_000, 900_000, 5_000);
    assert.deepEqual([from.at, from.ms, to.at], ['100:1', 100_000, '300:7']);
  });

  it('reaches the ends of a recording that are nearer than the edge of a bar', () => {
    assert.equal(span(220_000, 301_500, 50_000).to.at, '300:7', 'beyond it');
    assert.equal(span(220_000, 300_050, 50_000).to.at, '300:7');
    assert.equal(span(220_000, 299_900, 50_000).to.ms, 300_000);
    assert.equal(span(98_000, 130_000, 70_000).from.at, '100:1');
    assert.equal(span(104_000, 130_000, 10_000).from.at, '100:1');
    const { from, to } = span(300_200, 301_500, 50_000);
    assert.deepEqual([from.ms, to.at], [300_000, '300:7'], 'its last, partial bar');
  });

  it('is none where nothing can be restored', () => {
    assert.equal(spanOver(20_000, 60_000, 5_000, coverage), undefined);
    assert.equal(spanOver(400_000, 460_000, 5_000, coverage), undefined);
    assert.equal(spanOver(160_000, 190_000, 5_000, coverage), undefined, 'in a gap');
  });
});

describe('the ends of a span', () => {
  const drawn = span(110_000, 125_000, 5_000);

  it('move between bars', () => {
    assert.equal(withEndAt(drawn, 'to', 132_600, 5_000, coverage).to.ms, 135_000);
    assert.equal(withEndAt(drawn, 'from', 117_600, 1_000, coverage).from.ms, 118_000);
  });

  it('stay out of what cannot be restored', () => {
    assert.equal(withEndAt(drawn, 'to', 190_000, 5_000, coverage).to.at, '150:2');
    assert.equal(withEndAt(drawn, 'to', 200_009, 60_000, coverage).to.at, '200:1');
    const later = span(210_000, 240_000, 5_000);
    assert.equal(withEndAt(later, 'from', 160_000, 5_000, coverage).from.at, '200:1');
    assert.equal(withEndAt(later, 'from', 150_019, 5_000, coverage).from.at, '150:2');
  });

  it('step to where a gap begins, and from there over it', () => {
    const step = (fromMs: number, toMs: number): number => stepThrough(coverage, fromMs, toMs);
    assert.equal(step(120_000, 130_000), 130_000);
    assert.equal(step(149_000, 160_000), 150_019);
    assert.equal(step(150_019, 160_000), 200_009);
    assert.equal(step(203_000, 190_000), 200_000);
    assert.equal(step(200_000, 190_000), 150_019);
    assert.equal(step(149_000, 210_000), 150_019);
    assert.equal(step(299_000, 310_000), 300_065);
    assert.equal(step(300_065, 310_000), 310_000, 'kept to the recording when it is put there');
  });

  it('do not pass each other', () => {
    assert.deepEqual(withEndAt(drawn, 'to', 110_000, 5_000, coverage), drawn);
    assert.deepEqual(withEndAt(drawn, 'from', 131_000, 5_000, coverage), drawn);
  });

  it('are put at exact moments, the other one where it has to be', () => {
    const at = { at: '210:3', ms: 210_500 };
    assert.deepEqual(withEnd(undefined, 'from', at, coverage)?.to.at, '300:7');
    assert.deepEqual(withEnd(undefined, 'to', at, coverage)?.from.at, '100:1');
    assert.deepEqual(withEnd(drawn, 'to', at, coverage), { ...drawn, to: at });
    assert.deepEqual(withEnd(drawn, 'from', at, coverage), { from: at, to: { at: '300:7', ms: 300_065 } });
  });

  it('may be operations of the same millisecond', () => {
    const from = { at: '210:3', ms: 210_500 };
    const to = { at: '210:9', ms: 210_500 };
    const begun = withEnd(undefined, 'from', from, coverage);
    assert.deepEqual(withEnd(begun, 'to', to, coverage), { from, to });
    assert.equal(withEnd(undefined, 'from', { at: '300:7', ms: 300_999 }, coverage), undefined);
  });

  it('stand in their order where the axis places them only nearly', () => {
    const from = { at: '300:6', ms: 300_900 };
    assert.deepEqual(withEnd(undefined, 'from', from, coverage), { from, to: { at: '300:7', ms: 300_900 } });
    const later = { at: '210:3', ms: 210_900 };
    assert.equal(
      withEnd({ from: later, to: later }, 'to', { at: '210:2', ms: 210_950 }, coverage)?.from.at,
      '100:1',
    );
  });
});

describe('what is in a span', () => {
  const events = layOutEvents(
    [
      ['a', '110:1', '110:9', 110_000, 110_900],
      ['b', '124:1', '126:1', 124_000, 126_000],
      ['c', '126:2', '127:1', 126_000, 127_000],
    ].map(
      ([id, from, to, fromWallMs, toWallMs]) =>
        ({
          id,
          kind: 'delete',
          name: id,
          ns: 'a.b',
          count: 1,
          from,
          to,
          fromWallMs,
          toWallMs,
        }) as EventReport,
    ),
  );
  const named = (of: Span): string[] => eventsInSpan(events, of).map(({ report }) => report.id);

  it('are the events that reach into it', () => {
    assert.deepEqual(named(span(110_000, 125_000, 1_000)), ['a', 'b']);
    assert.deepEqual(named(span(111_000, 124_000, 1_000)), []);
    assert.deepEqual(named(span(125_000, 130_000, 1_000)), ['b', 'c']);
  });

  it('are told to the operation where its ends are', () => {
    const at = (time: string): { at: string; ms: number } => ({
      at: time,
      ms: Number(time.split(':')[0]) * 1000,
    });
    assert.deepEqual(named({ from: at('110:8'), to: at('126:1') }), ['a', 'b']);
    assert.deepEqual(named({ from: at('110:9'), to: at('126:2') }), ['b', 'c']);
  });

  it('are the operations of its bars, of the scope', () => {
    const counts = [1, 2, 3, 4];
    const none = [0, 0, 0, 0];
    const density: Density = {
      buckets: { fromMs: 110_000, toMs: 130_000, stepMs: 5_000, count: 4 },
      rows: [
        { ns: 'shop.orders', inserts: counts, updates: none, deletes: [0, 9, 0, 0], commands: none },
        { ns: 'auth.users', inserts: none, updates: counts, deletes: none, commands: none },
      ],
    };
    const drawn = span(115_000, 125_000, 5_000);
    assert.deepEqual(totalsInSpan([density], undefined, drawn), {
      inserts: 5,
      updates: 5,
      deletes: 9,
      commands: 0,
    });
    assert.equal(totalsInSpan([density], 'shop', drawn)?.updates, 0);
    const within = span(116_000, 125_000, 1_000);
    assert.equal(totalsInSpan([density], undefined, within), undefined, 'within a bar');
    const notLoaded = span(100_000, 125_000, 5_000);
    assert.equal(totalsInSpan([density], undefined, notLoaded), undefined);
    assert.equal(totalsInSpan([undefined], undefined, drawn), undefined);
  });

  it('are the operations of its own seconds, where those are counted', () => {
    const of = (fromMs: number, toMs: number, count: number): Density => ({
      buckets: { fromMs, toMs, stepMs: toMs - fromMs, count: 1 },
      rows: [{ ns: 'shop.orders', inserts: [count], updates: [0], deletes: [0], commands: [0] }],
    });
    const toTheEnd = span(290_000, 400_000, 10_000);
    assert.equal(toTheEnd.to.at, '300:7');
    const counts = [of(290_000, 301_000, 12), of(290_000, 310_000, 40)];
    assert.equal(totalsInSpan(counts, undefined, toTheEnd)?.inserts, 12);
    assert.equal(totalsInSpan([of(290_000, 300_000, 11)], undefined, toTheEnd), undefined);
  });

  it('lie in whole seconds, which it fills but for ends that are operations', () => {
    const seconds = (of: Span): [number, number] => {
      const { fromMs, toMs } = wholeSeconds(of);
      return [fromMs, toMs];
    };
    const drawn = span(115_000, 125_000, 5_000);
    assert.deepEqual(seconds(drawn), [115_000, 125_000]);
    assert.equal(fillsItsSeconds(drawn, coverage), true);
    const exact = { from: { at: '210:3', ms: 210_500 }, to: { at: '212:1', ms: 212_000 } };
    assert.deepEqual(seconds(exact), [210_000, 213_000]);
    assert.equal(fillsItsSeconds(exact, coverage), false);
    assert.equal(fillsItsSeconds({ ...drawn, to: exact.to }, coverage), false);
  });

  it('fills its last second where the recording ends', () => {
    const toTheEnd = span(290_000, 400_000, 10_000);
    assert.equal(fillsItsSeconds(toTheEnd, coverage), true);
    const [first, last] = coverage.ranges;
    const later = { ...coverage, ranges: first && last ? [first, { ...last, to: '301:1' }] : [] };
    assert.equal(fillsItsSeconds(toTheEnd, later), false);
    assert.equal(fillsItsSeconds(span(20_000, 120_000, 10_000), coverage), false, 'the first base');
  });

  it('are its gaps', () => {
    assert.equal(gapInSpan(coverage, span(110_000, 125_000, 5_000)), undefined);
    assert.equal(gapInSpan(coverage, span(140_000, 210_000, 5_000))?.report.reason, 'The recorder was off');
  });

  it('are no gaps that it ends or begins at', () => {
    const before = span(140_000, 160_000, 1_000);
    assert.deepEqual(before.to, { at: '150:2', ms: 150_019 });
    assert.equal(gapInSpan(coverage, before), undefined);
    const after = span(170_000, 210_000, 1_000);
    assert.deepEqual(after.from, { at: '200:1', ms: 200_000 });
    assert.equal(gapInSpan(coverage, after), undefined);
    assert.notEqual(gapInSpan(coverage, { from: before.to, to: after.from }), undefined);
  });
});
