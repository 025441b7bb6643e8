import { parseClusterTime } from '../../src/core/time';
import type { Coverage, Gap } from './coverage';
import { totalsOf, type Density, type Totals } from './density';
import type { PlacedEvent } from './events';
import { secondMs } from './scale';
import { momentOf, type Moment } from './stepping';

/** A span of time: everything after its beginning, up to and with its end. */
export interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

export type SpanEnd = keyof Span;

/**
 * Two places on the axis as a span whose ends lie between bars, at least one bar long, and where something can be
 * restored; `undefined` where that leaves nothing.
 */
export function spanOver(
  aMs: number,
  bMs: number,
  stepMs: number | undefined,
  coverage: Coverage,
): Span | undefined {
  const [first, last] = [Math.min(aMs, bMs), Math.max(aMs, bMs)];
  const step = stepMs ?? secondMs;
  const fromMs = Math.round(first / step) * step;
  const toMs = Math.round(last / step) * step;
  const bar = Math.floor(first / step) * step;
  const span = toMs > fromMs ? { fromMs, toMs } : { fromMs: bar, toMs: bar + step };
  return ordered({ from: boundary(span.fromMs, coverage), to: boundary(span.toMs, coverage) });
}

/** The span with one end moved to a place between bars; as it was where the ends would meet. */
export function withEndAt(
  span: Span,
  end: SpanEnd,
  ms: number,
  stepMs: number | undefined,
  coverage: Coverage,
): Span {
  const step = stepMs ?? secondMs;
  return ordered({ ...span, [end]: boundary(Math.round(ms / step) * step, coverage) }) ?? span;
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

/** Operations in the span by kind, where its ends lie between the bars that are loaded. */
export function totalsInSpan(
  density: Density | undefined,
  scope: string | undefined,
  { from, to }: Span,
): Totals | undefined {
  if (!density) return undefined;
  const { fromMs, stepMs, count } = density.buckets;
  const [first, last] = [from, to].map(({ ms }) => (ms - fromMs) / stepMs) as [number, number];
  const isBetweenBars = (place: number): boolean => Number.isInteger(place) && place >= 0 && place <= count;
  if (!isBetweenBars(first) || !isBetweenBars(last)) return undefined;
  return totalsOf(density, scope, { from: first, to: last });
}

/** What is missing inside the span. */
export function gapInSpan({ gaps }: Coverage, { from, to }: Span): Gap | undefined {
  return gaps.find((gap) => gap.fromMs < to.ms && gap.toMs > from.ms);
}

/** The last moment before a place on the axis, kept to what can be restored. */
function boundary(ms: number, { ranges }: Coverage): Moment {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (first && ms <= first.fromMs) return { at: first.from, ms: first.fromMs };
  if (last && ms > last.toMs) return momentOf(last.to);
  return { at: new Date(ms - 1).toISOString(), ms };
}

/** Cluster times tell the order where both are known; the axis places them only nearly. */
function ordered({ from, to }: Span): Span | undefined {
  const [after, through] = [parseClusterTime(from.at), parseClusterTime(to.at)];
  const exact = after !== undefined && through !== undefined;
  if (exact ? after >= through : from.ms >= to.ms) return undefined;
  return { from, to: to.ms < from.ms ? { ...to, ms: from.ms } : to };
}
