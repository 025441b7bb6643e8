import assert from 'node:assert/strict';
import type { EventReport } from '../../../src/protocol/timeTravel';
import { layOut } from '../../../webview/timeline/coverage';
import type { Density } from '../../../webview/timeline/density';
import { layOutEvents } from '../../../webview/timeline/events';
import {
  eventsInSpan,
  gapInSpan,
  spanOver,
  totalsInSpan,
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

  it('is none where nothing can be restored', () => {
    assert.equal(spanOver(20_000, 60_000, 5_000, coverage), undefined);
    assert.equal(spanOver(400_000, 460_000, 5_000, coverage), undefined);
  });
});

describe('the ends of a span', () => {
  const drawn = span(110_000, 125_000, 5_000);

  it('move between bars', () => {
    assert.equal(withEndAt(drawn, 'to', 132_600, 5_000, coverage).to.ms, 135_000);
    assert.equal(withEndAt(drawn, 'from', 117_600, 1_000, coverage).from.ms, 118_000);
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
    assert.deepEqual(totalsInSpan(density, undefined, drawn), {
      inserts: 5,
      updates: 5,
      deletes: 9,
      commands: 0,
    });
    assert.equal(totalsInSpan(density, 'shop', drawn)?.updates, 0);
    assert.equal(totalsInSpan(density, undefined, span(116_000, 125_000, 1_000)), undefined, 'within a bar');
    assert.equal(totalsInSpan(density, undefined, span(100_000, 125_000, 5_000)), undefined, 'not loaded');
    assert.equal(totalsInSpan(undefined, undefined, drawn), undefined);
  });

  it('are its gaps', () => {
    assert.equal(gapInSpan(coverage, span(110_000, 125_000, 5_000)), undefined);
    assert.equal(gapInSpan(coverage, span(140_000, 210_000, 5_000))?.report.reason, 'The recorder was off');
  });
});
