import { scaleTime } from 'd3-scale';

/** The span of time in view. */
export interface Domain {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Spans of one length that start at whole multiples of it, so that bars stand still while the view pans. */
export interface Buckets extends Domain {
  readonly stepMs: number;
  readonly count: number;
}

/** A zoom transform along x, relative to a base domain. */
export interface Transform {
  readonly k: number;
  readonly x: number;
}

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Counts are recorded by the second: a closer look would show nothing more. */
export const minSpanMs = 10 * secondMs;
/** The host takes no more in one request. */
export const maxBuckets = 4096;

const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minuteMs),
  ...[1, 2, 3, 6, 12].map((n) => n * hourMs),
  ...[1, 2, 7, 14, 28].map((n) => n * dayMs),
];

export function spanOf(domain: Domain): number {
  return domain.toMs - domain.fromMs;
}

export function pixelOf(domain: Domain, width: number, ms: number): number {
  return ((ms - domain.fromMs) / spanOf(domain)) * width;
}

export function timeAt(domain: Domain, width: number, x: number): number {
  return domain.fromMs + (x / width) * spanOf(domain);
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

/** The nearest domain no shorter than `minSpanMs` that lies in `bounds`. */
export function clampDomain(domain: Domain, bounds: Domain): Domain {
  const span = Math.min(Math.max(spanOf(domain), minSpanMs), Math.max(spanOf(bounds), minSpanMs));
  const middle = (domain.fromMs + domain.toMs) / 2;
  const wanted = spanOf(domain) === span ? domain.fromMs : middle - span / 2;
  const fromMs = Math.max(Math.min(wanted, bounds.toMs - span), bounds.fromMs);
  return { fromMs, toMs: fromMs + span };
}

/** The domain moved the shortest way so that `ms` is in its middle four fifths. */
export function reveal(domain: Domain, ms: number): Domain {
  const margin = spanOf(domain) / 10;
  if (ms < domain.fromMs + margin) return panBy(domain, ms - margin - domain.fromMs);
  if (ms > domain.toMs - margin) return panBy(domain, ms + margin - domain.toMs);
  return domain;
}

export function contains(domain: Domain, ms: number): boolean {
  return ms >= domain.fromMs && ms <= domain.toMs;
}

export function transformOf(domain: Domain, base: Domain, width: number): Transform {
  const k = spanOf(base) / spanOf(domain);
  return { k, x: -pixelOf(base, width, domain.fromMs) * k };
}

export function domainOf(transform: Transform, base: Domain, width: number): Domain {
  return {
    fromMs: timeAt(base, width, -transform.x / transform.k),
    toMs: timeAt(base, width, (width - transform.x) / transform.k),
  };
}

/** Round moments of the local calendar to label, at least `minPixels` apart on average. */
export function timeTicks(domain: Domain, width: number, minPixels = 84): readonly Date[] {
  const count = Math.max(1, Math.floor(width / minPixels));
  return scaleTime().domain([domain.fromMs, domain.toMs]).range([0, width]).ticks(count);
}

/** The shortest round span that is at least `minPixels` wide. */
export function bucketStep(domain: Domain, width: number, minPixels: number): number {
  const wanted = (spanOf(domain) / Math.max(width, 1)) * minPixels;
  return steps.find((step) => step >= wanted) ?? Math.ceil(wanted / dayMs) * dayMs;
}

/** Buckets over the domain and a view's length on either side of it, as far as they fit in one request. */
export function bucketsFor(domain: Domain, width: number, minPixels = 4): Buckets {
  let stepMs = bucketStep(domain, width, minPixels);
  while (Math.ceil(spanOf(domain) / stepMs) + 1 > maxBuckets) stepMs *= 2;
  const aligned = (margin: number): Buckets => {
    const fromMs = Math.floor((domain.fromMs - margin) / stepMs) * stepMs;
    const count = Math.ceil((domain.toMs + margin - fromMs) / stepMs);
    return { fromMs, toMs: fromMs + count * stepMs, stepMs, count };
  };
  const padded = aligned(spanOf(domain));
  return padded.count <= maxBuckets ? padded : aligned(0);
}

/** Whether `loaded` still serves the view: the same step, and nothing in view is outside it. */
export function serves(loaded: Buckets, domain: Domain, width: number, minPixels = 4): boolean {
  return (
    loaded.stepMs === bucketsFor(domain, width, minPixels).stepMs &&
    loaded.fromMs <= domain.fromMs &&
    loaded.toMs >= domain.toMs
  );
}
