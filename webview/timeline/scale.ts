/** A stretch of time, such as the one in view. */
export interface Domain {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches of one length that start at whole multiples of it, so that bars stand still while the view pans. */
export interface Buckets extends Domain {
  readonly stepMs: number;
  readonly count: number;
}

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Counts are recorded by the second: a closer look would show nothing more. */
export const minLengthMs = 10 * secondMs;
/** The host takes no more in one request. */
export const maxBuckets = 4096;

const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minuteMs),
  ...[1, 2, 3, 6, 12].map((n) => n * hourMs),
  ...[1, 2, 7, 14, 28].map((n) => n * dayMs),
];

export function lengthOf(domain: Domain): number {
  return domain.toMs - domain.fromMs;
}

export function pixelOf(domain: Domain, width: number, ms: number): number {
  return ((ms - domain.fromMs) / lengthOf(domain)) * width;
}

export function timeAt(domain: Domain, width: number, x: number): number {
  return domain.fromMs + (x / width) * lengthOf(domain);
}

/** The domain zoomed by `factor` (above 1 is closer); `anchorMs` keeps its place. */
export function zoomBy(domain: Domain, factor: number, anchorMs: number): Domain {
  return {
    fromMs: anchorMs - (anchorMs - domain.fromMs) / factor,
    toMs: anchorMs + (domain.toMs - anchorMs) / factor,
  };
}

export function panBy(domain: Domain, ms: number): Domain {
  return { fromMs: domain.fromMs + ms, toMs: domain.toMs + ms };
}

/** The nearest domain no shorter than `minLengthMs` that lies in `bounds`. */
export function clampDomain(domain: Domain, bounds: Domain): Domain {
  const length = Math.min(Math.max(lengthOf(domain), minLengthMs), Math.max(lengthOf(bounds), minLengthMs));
  const middle = (domain.fromMs + domain.toMs) / 2;
  const wanted = lengthOf(domain) === length ? domain.fromMs : middle - length / 2;
  const fromMs = Math.max(Math.min(wanted, bounds.toMs - length), bounds.fromMs);
  return { fromMs, toMs: fromMs + length };
}

/** The domain moved the shortest way so that `ms` is in its middle four fifths. */
export function reveal(domain: Domain, ms: number): Domain {
  const margin = lengthOf(domain) / 10;
  if (ms < domain.fromMs + margin) return panBy(domain, ms - margin - domain.fromMs);
  if (ms > domain.toMs - margin) return panBy(domain, ms + margin - domain.toMs);
  return domain;
}

/** The domain with a margin on both sides. */
export function widened(domain: Domain): Domain {
  const margin = lengthOf(domain) / 10;
  return { fromMs: domain.fromMs - margin, toMs: domain.toMs + margin };
}

export function contains(domain: Domain, ms: number): boolean {
  return ms >= domain.fromMs && ms <= domain.toMs;
}

/** Distances between labels, in units of the local calendar. */
const tickSteps = [
  ...[1, 2, 5, 10, 15, 30].map((every) => ({ unit: 'second', every, ms: every * secondMs }) as const),
  ...[1, 2, 5, 10, 15, 30].map((every) => ({ unit: 'minute', every, ms: every * minuteMs }) as const),
  ...[1, 2, 3, 6, 12].map((every) => ({ unit: 'hour', every, ms: every * hourMs }) as const),
  ...[1, 2, 7, 14].map((every) => ({ unit: 'day', every, ms: every * dayMs }) as const),
  ...[1, 3, 6, 12].map((every) => ({ unit: 'month', every, ms: every * 30 * dayMs }) as const),
];
type TickStep = (typeof tickSteps)[number];

/**
 * Round moments of the local calendar to label, at least about `minPixels` apart. Hours are those of the local clock,
 * so that they stay round over a change to or from summer time.
 */
export function timeTicks(domain: Domain, width: number, minPixels = 84): readonly number[] {
  const least = (lengthOf(domain) / Math.max(width, 1)) * minPixels;
  const step = tickSteps.find(({ ms }) => ms >= least) ?? tickSteps.at(-1);
  if (!step) return [];
  const ticks: number[] = [];
  const start = calendarFloor(new Date(domain.fromMs), step);
  for (let i = 0; ; i++) {
    const tick = calendarStep(start, step, i);
    if (tick > domain.toMs) return ticks;
    if (tick >= domain.fromMs && tick !== ticks.at(-1)) ticks.push(tick);
  }
}

type LocalTime = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** The last round moment by `date`: days count from the first of the month, smaller units within the next larger. */
function calendarFloor(date: Date, { unit, every }: TickStep): LocalTime {
  const down = (n: number): number => Math.floor(n / every) * every;
  const [year, month, day, hour] = [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()];
  switch (unit) {
    case 'month':
      return [year, down(month), 1, 0, 0, 0];
    case 'day':
      return [year, month, down(day - 1) + 1, 0, 0, 0];
    case 'hour':
      return [year, month, day, down(hour), 0, 0];
    case 'minute':
      return [year, month, day, hour, down(date.getMinutes()), 0];
    case 'second':
      return [year, month, day, hour, date.getMinutes(), down(date.getSeconds())];
  }
}

function calendarStep(start: LocalTime, { unit, every }: TickStep, count: number): number {
  const [year, month, day, hour, minute, second] = start;
  const add = (mine: TickStep['unit']): number => (unit === mine ? every * count : 0);
  return new Date(
    year,
    month + add('month'),
    day + add('day'),
    hour + add('hour'),
    minute + add('minute'),
    second + add('second'),
  ).getTime();
}

/** The shortest round length that is at least `minPixels` wide. */
export function bucketStep(domain: Domain, width: number, minPixels: number): number {
  const wanted = (lengthOf(domain) / Math.max(width, 1)) * minPixels;
  return steps.find((step) => step >= wanted) ?? Math.ceil(wanted / dayMs) * dayMs;
}

/** Buckets over the domain and a view's length on either side of it, as far as they fit in one request. */
export function bucketsFor(domain: Domain, width: number, minPixels = 3): Buckets {
  let stepMs = bucketStep(domain, width, minPixels);
  while (Math.ceil(lengthOf(domain) / stepMs) + 1 > maxBuckets) stepMs *= 2;
  const aligned = (margin: number): Buckets => {
    const fromMs = Math.floor((domain.fromMs - margin) / stepMs) * stepMs;
    const count = Math.ceil((domain.toMs + margin - fromMs) / stepMs);
    return { fromMs, toMs: fromMs + count * stepMs, stepMs, count };
  };
  const padded = aligned(lengthOf(domain));
  return padded.count <= maxBuckets ? padded : aligned(0);
}

/** Whether `loaded` still serves the view: the same step, and nothing in view is outside it. */
export function serves(loaded: Buckets, domain: Domain, width: number, minPixels = 3): boolean {
  return (
    loaded.stepMs === bucketsFor(domain, width, minPixels).stepMs &&
    loaded.fromMs <= domain.fromMs &&
    loaded.toMs >= domain.toMs
  );
}
