import { laneBars, paintBars } from './bars';
import { uncovered, type Coverage } from './coverage';
import type { Density, Kind, Series } from './density';
import { eventColor, type PlacedEvent, type Pole } from './events';
import type { Layout } from './layout';
import { pixelOf, type Domain } from './scale';
import { patternOf } from './textures';
import type { Theme } from './theme';

export interface Scene {
  readonly layout: Layout;
  readonly domain: Domain;
  readonly coverage: Coverage;
  readonly density: Density | undefined;
  readonly total: Series | undefined;
  readonly lanes: readonly Series[];
  readonly shown: ReadonlySet<Kind>;
  readonly poles: readonly Pole[];
  readonly event: PlacedEvent | undefined;
  readonly nowMs: number;
  readonly theme: Theme;
}

/** Draws the bars, the lanes, what is restorable and what is not. */
export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, theme, density, total } = scene;
  context.clearRect(0, 0, layout.width, layout.height);
  if (density && total) paintBars(context, { ...scene, density, total });
  paintGrid(context, scene);
  paintUncovered(context, scene);
  paintPoles(context, scene);
  paintEvents(context, scene);
  paintCoverage(context, scene);
  context.globalAlpha = 1;
  context.fillStyle = theme.foreground;
}

/** Lines behind the bars. */
function paintGrid(context: CanvasRenderingContext2D, { layout, theme }: Scene): void {
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = theme.foreground;
  const line = (y: number, alpha: number): void => {
    context.globalAlpha = theme.highContrast ? Math.min(1, alpha * 3) : alpha;
    context.fillRect(0, Math.round(y) - 0.5, layout.width, 1);
  };
  const { top, height } = layout.bars;
  line(top + height, 0.28);
  line(top + 12, 0.08);
  line(top + 12 + (height - 12) / 2, 0.08);
  for (const band of layout.lanes) {
    const bars = laneBars(band, layout);
    line(bars.top + bars.height, 0.12);
  }
  context.globalCompositeOperation = 'source-over';
  context.globalAlpha = 1;
}

/** What cannot be restored fades; a gap is hatched over, however short it is. */
function paintUncovered(context: CanvasRenderingContext2D, scene: Scene): void {
  const { coverage, domain, layout, theme } = scene;
  const top = layout.bars.top;
  const height = layout.coverage.top - top;
  context.fillStyle = theme.background;
  context.globalAlpha = theme.highContrast ? 0.35 : 0.62;
  for (const hole of uncovered(coverage.ranges, domain)) {
    const left = pixelOf(domain, layout.width, hole.fromMs);
    context.fillRect(left, top, pixelOf(domain, layout.width, hole.toMs) - left, height);
  }
  for (const gap of coverage.gaps) {
    const { left, width } = gapPixels(gap, domain, layout.width);
    if (left > layout.width || left + width < 0) continue;
    context.globalAlpha = theme.highContrast ? 0.9 : 0.2;
    context.fillStyle = patternOf(context, theme.foreground, 'hatch');
    context.fillRect(left, top, width, height);
  }
  context.globalAlpha = 1;
}

/** Where a gap is drawn: never thinner than can be seen. */
export function gapPixels(gap: Domain, domain: Domain, width: number): { left: number; width: number } {
  const left = pixelOf(domain, width, gap.fromMs);
  const right = pixelOf(domain, width, gap.toMs);
  const least = 4;
  return right - left >= least
    ? { left, width: right - left }
    : { left: (left + right - least) / 2, width: least };
}

function paintPoles(context: CanvasRenderingContext2D, { coverage, domain, layout, theme }: Scene): void {
  context.fillStyle = theme.flag;
  context.globalAlpha = theme.highContrast ? 1 : 0.55;
  for (const mark of coverage.marks) {
    const x = Math.round(pixelOf(domain, layout.width, mark.ms));
    if (x < 0 || x > layout.width) continue;
    for (let y = layout.bars.top; y < layout.coverage.top; y += 5) context.fillRect(x, y, 1, 3);
  }
  context.globalAlpha = 1;
}

/** Poles of events, those without a name faint; how long the chosen one took is shaded. */
function paintEvents(context: CanvasRenderingContext2D, scene: Scene): void {
  const { poles, event: chosen, domain, layout, theme } = scene;
  const bottom = layout.coverage.top;
  for (const { x, color, named } of poles) {
    context.globalAlpha = theme.highContrast ? 0.9 : named ? 0.6 : 0.25;
    context.fillStyle = theme.kinds[color];
    const top = named ? layout.events.top + 4 : layout.bars.top;
    context.fillRect(Math.round(x), top, 1, bottom - top);
  }
  if (chosen) {
    const left = pixelOf(domain, layout.width, chosen.fromMs);
    const width = Math.max(pixelOf(domain, layout.width, chosen.toMs) - left, 3);
    context.fillStyle = theme.kinds[eventColor(chosen.report.kind)];
    context.globalAlpha = theme.highContrast ? 0.5 : 0.22;
    context.fillRect(left, layout.bars.top, width, bottom - layout.bars.top);
  }
  context.globalAlpha = 1;
}

function paintCoverage(context: CanvasRenderingContext2D, scene: Scene): void {
  const { coverage, domain, layout, theme } = scene;
  const middle = layout.coverage.top + layout.coverage.height / 2;
  context.fillStyle = theme.foreground;
  context.globalAlpha = theme.highContrast ? 0.6 : 0.15;
  context.fillRect(0, Math.round(middle) - 0.5, layout.width, 1);
  context.globalAlpha = 1;
  context.fillStyle = theme.accent;
  for (const range of coverage.ranges) {
    const left = Math.max(pixelOf(domain, layout.width, range.fromMs), -10);
    const right = Math.min(pixelOf(domain, layout.width, range.toMs), layout.width + 10);
    if (right <= left) continue;
    context.beginPath();
    context.roundRect(left, middle - 3, Math.max(right - left, 2), 6, 3);
    context.fill();
  }
  for (const gap of coverage.gaps) {
    const { left, width } = gapPixels(gap, domain, layout.width);
    if (left > layout.width || left + width < 0) continue;
    context.fillStyle = theme.background;
    context.fillRect(left, middle - 4, width, 8);
    context.fillStyle = patternOf(context, theme.warning, 'hatch');
    context.fillRect(left, middle - 4, width, 8);
    context.strokeStyle = theme.warning;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, middle - 3.5, Math.max(width - 1, 1), 7);
  }
}
