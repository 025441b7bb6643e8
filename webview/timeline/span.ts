import { parseClusterTime } from '../../src/core/time';
import { isRestorable, type Coverage, type Gap, type Range } from './coverage';
import { totalsOf, type Density, type Totals } from './density';
import type { PlacedEvent } from './events';
import { secondMs, type Buckets } from './scale';
import { momentOf, outOfGap, type Moment } from './stepping';

/** A span of time: everything after its beginning, up to and with its end. */
export interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

export type SpanEnd = keyof Span;

/**
 * Two places on the axis as a span whose ends lie between bars or where what can be restored ends; the whole bar where it
 * was drawn inside of one. `undefined` where that leaves nothing.
 */
export function spanOver(
  aMs: number,
  bMs: number,
  stepMs: number | undefined,
  coverage: Coverage,
): Span | undefined {
  const [first, last] = [Math.min(aMs, bMs), Math.max(aMs, bMs)];
  const step = stepMs ?? secondMs;
  const between = (fromMs: number, toMs: number): Span | undefined =>
    ordered({
      from: boundary('from', fromMs, step, coverage),
      to: boundary('to', toMs, step, coverage),
    });
  const bar = Math.floor(first / step) * step;
  return between(first, last) ?? between(bar, bar + step);
}

/** The span with one end moved near a place on the axis; as it was where the ends would meet. */
export function withEndAt(
  span: Span,
  end: SpanEnd,
  ms: number,
  stepMs: number | undefined,
  coverage: Coverage,
): Span {
  return ordered({ ...span, [end]: boundary(end, ms, stepMs ?? secondMs, coverage) }) ?? span;
}

/** Where a step takes an end: no further than what is restorable around it, and from there over the gap. */
export function stepThrough(coverage: Coverage, fromMs: number, toMs: number): number {
  const by = toMs > fromMs ? 1 : -1;
  const range = coverage.ranges.find((r) => fromMs >= r.fromMs && fromMs <= r.toMs);
  const limit = range && (by === 1 ? momentOf(range.to).ms : range.fromMs);
  if (limit !== undefined && (limit - fromMs) * by > 0 && (toMs - limit) * by > 0) return limit;
  return isRestorable(coverage, toMs) ? toMs : (outOfGap(coverage, toMs, by)?.ms ?? toMs);
}

/** The span with one end at a moment; the other one goes to the end of what is restorable where it must. */
export function withEnd(
  span: Span | undefined,
  end: SpanEnd,
  moment: Moment,
  coverage: Coverage,
): Span | undefined {
  const kept = span && ordered({ ...span, [end]: moment });
  if (kept) return kept;
  const other = end === 'from' ? coverage.ranges.at(-1)?.to : coverage.ranges[0]?.from;
  if (other === undefined) return undefined;
  return ordered(
    end === 'from' ? { from: moment, to: momentOf(other) } : { from: momentOf(other), to: moment },
  );
}

/** The events that have operations in the span. */
export function eventsInSpan(events: readonly PlacedEvent[], { from, to }: Span): readonly PlacedEvent[] {
  const [after, through] = [parseClusterTime(from.at), parseClusterTime(to.at)];
  return events.filter(
    (event) =>
      (after === undefined ? event.toMs >= from.ms : event.to > after) &&
      (through === undefined ? event.fromMs < to.ms : event.from <= through),
  );
}

/** The whole seconds that hold the span: operations are counted by the second. */
export function wholeSeconds({ from, to }: Span): Buckets {
  const fromMs = Math.floor(from.ms / secondMs) * secondMs;
  const lastMs = isBetweenSeconds(to) ? to.ms - 1 : to.ms;
  const toMs = (Math.floor(lastMs / secondMs) + 1) * secondMs;
  return { fromMs, toMs, stepMs: toMs - fromMs, count: 1 };
}

/** Operations in the seconds of the span by kind, from the first counts that tell them. */
export function totalsInSpan(
  counts: readonly (Density | undefined)[],
  scope: string | undefined,
  span: Span,
): Totals | undefined {
  const { fromMs, toMs } = wholeSeconds(span);
  for (const density of counts) {
    if (!density) continue;
    const { buckets } = density;
    const [from, to] = [fromMs, toMs].map((ms) => (ms - buckets.fromMs) / buckets.stepMs) as [number, number];
    const isBetweenBars = (place: number): boolean =>
      Number.isInteger(place) && place >= 0 && place <= buckets.count;
    if (isBetweenBars(from) && isBetweenBars(to)) return totalsOf(density, scope, { from, to });
  }
  return undefined;
}

/** Whether the operations in the seconds of the span are all in the span, too. */
export function fillsItsSeconds({ from, to }: Span, { ranges }: Coverage): boolean {
  return isBetweenSeconds(from) && (isBetweenSeconds(to) || to.at === ranges.at(-1)?.to);
}

/** What is missing inside the span, whose ends may be the last operation before it and the first one after. */
export function gapInSpan({ gaps }: Coverage, { from, to }: Span): Gap | undefined {
  const [after, through] = [parseClusterTime(from.at), parseClusterTime(to.at)];
  return gaps.find(({ fromMs, toMs, report }) => {
    const [begins, ends] = [parseClusterTime(report.after), parseClusterTime(report.before)];
    const isBefore = through === undefined || begins === undefined ? fromMs < to.ms : begins < through;
    const isAfter = after === undefined || ends === undefined ? toMs > from.ms : ends > after;
    return isBefore && isAfter;
  });
}

/**
 * The nearest to a place on the axis: the last moment before the edge of a bar, or an end of the restorable range around
 * the place. Where there is none around it, the end of the range that the span reaches from there.
 */
function boundary(end: SpanEnd, ms: number, step: number, { ranges }: Coverage): Moment {
  const edgeMs = Math.round(ms / step) * step;
  const edge = { at: new Date(edgeMs - 1).toISOString(), ms: edgeMs };
  const range = ranges.find(({ fromMs, toMs }) => ms >= fromMs && ms <= toMs);
  if (!range) return outside(end, ms, ranges) ?? edge;
  const isInside = edgeMs > range.fromMs && edgeMs <= range.toMs;
  const places = [...(isInside ? [edge] : []), startOf(range), momentOf(range.to)];
  return places.reduce((a, b) => (Math.abs(b.ms - ms) < Math.abs(a.ms - ms) ? b : a));
}

function outside(end: SpanEnd, ms: number, ranges: readonly Range[]): Moment | undefined {
  const [before, after] = [
    ranges.findLast(({ toMs }) => toMs < ms),
    ranges.find(({ fromMs }) => fromMs > ms),
  ];
  if (after && (end === 'from' || !before)) return startOf(after);
  return before && momentOf(before.to);
}

function startOf({ from, fromMs }: Range): Moment {
  return { at: from, ms: fromMs };
}

/** An end that is no operation is the edge of a bar, and that of a second. */
function isBetweenSeconds({ at }: Moment): boolean {
  return parseClusterTime(at) === undefined;
}

/** Cluster times tell the order where both are known; the axis places them only nearly. */
function ordered({ from, to }: Span): Span | undefined {
  const [after, through] = [parseClusterTime(from.at), parseClusterTime(to.at)];
  const exact = after !== undefined && through !== undefined;
  if (exact ? after >= through : from.ms >= to.ms) return undefined;
  return { from, to: to.ms < from.ms ? { ...to, ms: from.ms } : to };
}
