import { gapAt, isRestorable } from './coverage';
import { all, bucketAt, bucketDomain, kinds, totalsAt, type Density, type Series } from './density';
import {
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatMinutes,
  formatSeconds,
  type Reader,
} from './format';
import type { Layout } from './layout';
import type { Model } from './model';
import { lengthOf, minuteMs, secondMs, timeAt, type Domain } from './scale';
import type { Tip, TipLine } from './tooltip';
import { kindSigns } from './words';

interface Sums {
  readonly density: Density;
  readonly total: Series;
  readonly lanes: readonly Series[];
}

/** What lies under a place in the plot: the counts of that bar or lane, and whether it can be restored. */
export function tipAt(
  model: Model,
  layout: Layout,
  sums: Sums | undefined,
  place: { readonly x: number; readonly y: number },
): Tip | undefined {
  const { texts, reader, coverage } = model;
  if (place.y < layout.bars.top || place.y >= layout.axis.top) return undefined;
  const ms = timeAt(model.domain, layout.width, place.x);
  const lines: TipLine[] = [];
  const index = sums && bucketAt(sums.density.buckets, ms);
  let title = `${formatDay(reader, ms)}, ${formatClock(reader, Math.floor(ms / 1000) * 1000)}`;
  if (sums && index !== undefined) {
    title = barTime(reader, bucketDomain(sums.density.buckets, index));
    const lane =
      sums.lanes[layout.lanes.findIndex((band) => place.y >= band.top && place.y < band.top + band.height)];
    lines.push(...countLines(model, lane ?? sums.total, index));
    if (lane) lines.unshift({ text: lane.ns, className: 'ns' });
    else lines.push(...topLines(model, sums, index));
  }
  const gap = gapAt(coverage, ms);
  if (gap) {
    const duration = formatDuration(reader, lengthOf(gap));
    lines.push({ text: `${texts.get('gap')}, ${duration}: ${gap.report.reason}`, className: 'reason' });
  } else if (!isRestorable(coverage, ms)) {
    lines.push({ text: texts.get('outside'), className: 'reason' });
  }
  return { title, lines };
}

function countLines({ texts, reader, shown }: Model, series: Series, index: number): readonly TipLine[] {
  const totals = totalsAt(series, index);
  if (all(totals, shown) === 0) return [{ text: texts.get('chart.nothing'), className: 'none' }];
  return kinds
    .filter((kind) => shown.has(kind) && totals[kind] > 0)
    .toReversed()
    .map((kind) => ({
      text: texts.get(`kind.${kind}`),
      value: formatCount(reader, totals[kind]),
      className: kind,
      sign: kindSigns[kind],
    }));
}

/** The busiest namespaces of one bar. */
function topLines({ reader, shown }: Model, sums: Sums, index: number): readonly TipLine[] {
  const counted = sums.lanes
    .map((lane) => ({ ns: lane.ns, count: all(totalsAt(lane, index), shown) }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 3);
  return counted.map(({ ns, count }) => ({ text: ns, value: formatCount(reader, count), className: 'ns' }));
}

/** `25 Nov, 13:30 – 13:35`, with both days where they differ. */
export function barTime(reader: Reader, bar: Domain): string {
  const time = lengthOf(bar) < minuteMs ? formatSeconds : formatMinutes;
  const [day, lastDay] = [formatDay(reader, bar.fromMs), formatDay(reader, bar.toMs)];
  const from = `${day}, ${time(reader, bar.fromMs)}`;
  if (lengthOf(bar) <= secondMs) return from;
  const to = time(reader, bar.toMs);
  return `${from} – ${day === lastDay ? to : `${lastDay}, ${to}`}`;
}
