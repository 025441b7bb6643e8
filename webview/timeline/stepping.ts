import type { PlanReport } from '../../src/protocol/job';
import { nearestEnds, placeOf, type Coverage } from './coverage';
import { lengthOf, type Domain } from './scale';

/** A moment chosen: what the host is asked for, and its place on the axis. */
export interface Moment {
  readonly at: string;
  readonly ms: number;
}

export type Step =
  | { readonly kind: 'operation'; readonly by: 1 | -1 }
  | { readonly kind: 'event'; readonly by: 1 | -1 }
  | { readonly kind: 'view'; readonly by: 1 | -1; readonly part: number }
  | { readonly kind: 'end'; readonly which: 'first' | 'last' };

/** What a key asks the cursor to do; `undefined` when it is not the cursor's. */
export function stepOf(key: string, shift: boolean): Step | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return { kind: shift ? 'event' : 'operation', by: -1 };
    case 'ArrowRight':
    case 'ArrowUp':
      return { kind: shift ? 'event' : 'operation', by: 1 };
    case 'PageUp':
      return { kind: 'view', by: 1, part: 1 / 10 };
    case 'PageDown':
      return { kind: 'view', by: -1, part: 1 / 10 };
    case 'Home':
      return { kind: 'end', which: 'first' };
    case 'End':
      return { kind: 'end', which: 'last' };
    default:
      return undefined;
  }
}

export function momentAt(ms: number): Moment {
  const whole = Math.round(ms);
  return { at: new Date(whole).toISOString(), ms: whole };
}

/** A cluster time as a moment; the wall clock places it better where it is known. */
export function momentOf(at: string, wallMs?: number): Moment {
  return { at, ms: wallMs ?? placeOf(at) };
}

/** The first or the last restorable moment. */
export function endMoment(coverage: Coverage, which: 'first' | 'last'): Moment | undefined {
  const at = which === 'first' ? coverage.ranges[0]?.from : coverage.ranges.at(-1)?.to;
  return at === undefined ? undefined : momentOf(at);
}

/** The recorded operation beside a planned moment. */
export function neighbour(plan: PlanReport, by: 1 | -1): Moment | undefined {
  const beside = by === 1 ? plan.next : plan.previous;
  return beside === undefined ? undefined : momentOf(beside.at, beside.wallMs);
}

/** Out of time that cannot be restored, in the direction of the step. */
export function outOfGap(coverage: Coverage, ms: number, by: 1 | -1): Moment | undefined {
  const { earlier, later } = nearestEnds(coverage, ms);
  const at = by === 1 ? later : earlier;
  return at === undefined ? undefined : momentOf(at);
}

/** A part of the view onward, kept between the first restorable moment and `nowMs`. */
export function viewStep(
  from: number,
  step: { readonly by: 1 | -1; readonly part: number },
  view: Domain,
  coverage: Coverage,
  nowMs: number,
): Moment {
  const first = coverage.ranges[0]?.fromMs ?? view.fromMs;
  const wanted = from + step.by * step.part * lengthOf(view);
  return momentAt(Math.min(Math.max(wanted, first), nowMs));
}
