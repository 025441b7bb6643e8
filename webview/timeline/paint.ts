import { uncovered, type Coverage } from './coverage';
import {
  barHeight,
  bucketDomain,
  bucketsIn,
  kinds,
  peak,
  type Density,
  type Kind,
  type Series,
} from './density';
import { eventColor, type PlacedEvent, type Pole } from './events';
import type { Band, Layout } from './layout';
import { pixelOf, type Domain } from './scale';
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

/** Draws the bars, the lanes, what is restorable and what is not. One path a kind and row, so its cost is in pixels. */
export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, theme } = scene;
  context.clearRect(0, 0, layout.width, layout.height);
  paintGrid(context, scene);
  if (scene.density && scene.total) {
    const { from, to } = bucketsIn(scene.density.buckets, scene.domain);
    paintBars(context, scene, scene.total, layout.bars, peak(scene.total, from, to, scene.shown));
    const peaks = scene.lanes.map((lane) => peak(lane, from, to, scene.shown));
    const highest = Math.max(...peaks, 0);
    scene.lanes.forEach((lane, i) => {
      const band = layout.lanes[i];
      // Half way between a scale of its own and one for all: busy lanes look busier, quiet ones still have a shape.
      if (band) paintBars(context, scene, lane, laneBars(band, layout), Math.sqrt(highest * (peaks[i] ?? 0)));
    });
  }
  paintUncovered(context, scene);
  paintPoles(context, scene);
  paintEvents(context, scene);
  paintCoverage(context, scene);
  context.globalAlpha = 1;
  context.fillStyle = theme.foreground;
}

/** The part of a lane that holds bars: under its name when there is no gutter for names. */
export function laneBars(band: Band, layout: Layout): Band {
  return layout.gutter === 0
    ? { top: band.top + 15, height: band.height - 17 }
    : { top: band.top + 2, height: band.height - 4 };
}

function paintGrid(context: CanvasRenderingContext2D, { layout, theme }: Scene): void {
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
  context.globalAlpha = 1;
}

/** Bars of one row, stacked by kind; the row's height stands for `most` operations. Lanes are too low for textures. */
function paintBars(
  context: CanvasRenderingContext2D,
  scene: Scene,
  series: Series,
  band: Band,
  most: number,
): void {
  const { density, domain, layout, shown, theme } = scene;
  if (!density || most === 0) return;
  const { buckets } = density;
  const main = band === layout.bars;
  const room = main ? band.height - 12 : band.height;
  const paths: Record<Kind, Path2D> = {
    inserts: new Path2D(),
    updates: new Path2D(),
    deletes: new Path2D(),
    commands: new Path2D(),
  };
  const { from, to } = bucketsIn(buckets, domain);
  const scale = devicePixelRatio;
  const snap = (x: number): number => Math.round(x * scale) / scale;
  for (let i = from; i < to; i++) {
    const count = kinds.reduce((n, kind) => (shown.has(kind) ? n + (series[kind][i] ?? 0) : n), 0);
    if (count === 0) continue;
    const span = bucketDomain(buckets, i);
    const left = snap(pixelOf(domain, layout.width, span.fromMs));
    const right = snap(pixelOf(domain, layout.width, span.toMs));
    const width = Math.max(right - left - (right - left >= 3 ? 1 : 0), 1);
    const height = Math.min(barHeight(count, most, room), room);
    let y = band.top + band.height;
    for (const kind of kinds) {
      const n = shown.has(kind) ? (series[kind][i] ?? 0) : 0;
      if (n === 0) continue;
      const part = Math.max(height * (n / count), main ? 2 : 1);
      y -= part;
      paths[kind].rect(left, y, width, part);
    }
    if (main && shown.has('commands') && (series.commands[i] ?? 0) > 0) {
      const middle = left + width / 2;
      paths.commands.moveTo(middle, y - 8.5);
      paths.commands.lineTo(middle + 3.5, y - 5);
      paths.commands.lineTo(middle, y - 1.5);
      paths.commands.lineTo(middle - 3.5, y - 5);
      paths.commands.closePath();
    }
  }
  for (const kind of kinds) {
    context.fillStyle = main ? kindFill(context, theme, kind) : theme.kinds[kind];
    context.fill(paths[kind]);
  }
}

function kindFill(context: CanvasRenderingContext2D, theme: Theme, kind: Kind): string | CanvasPattern {
  if (!theme.highContrast || kind === 'inserts' || kind === 'commands') return theme.kinds[kind];
  return texture(context, theme.kinds[kind], kind === 'updates' ? 'stripes' : 'diagonals');
}

const textures = new Map<string, CanvasPattern>();

function texture(
  context: CanvasRenderingContext2D,
  color: string,
  form: 'stripes' | 'diagonals' | 'hatch',
): CanvasPattern | string {
  const key = `${form} ${color}`;
  const made = textures.get(key);
  if (made) return made;
  const size = form === 'hatch' ? 8 : 4;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const brush = tile.getContext('2d');
  if (!brush) return color;
  brush.fillStyle = color;
  if (form !== 'hatch') {
    brush.globalAlpha = 0.4;
    brush.fillRect(0, 0, size, size);
    brush.globalAlpha = 1;
  }
  if (form === 'stripes') {
    brush.fillRect(0, 0, size, size / 2 + 0.5);
  } else {
    brush.strokeStyle = color;
    brush.lineWidth = form === 'hatch' ? 1.2 : 2;
    for (const shift of [-size, 0, size]) {
      brush.moveTo(shift - 1, size + 1);
      brush.lineTo(shift + size + 1, -1);
    }
    brush.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat');
  if (!pattern) return color;
  textures.set(key, pattern);
  return pattern;
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
    context.fillStyle = texture(context, theme.foreground, 'hatch');
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
    context.fillStyle = texture(context, theme.warning, 'hatch');
    context.fillRect(left, middle - 4, width, 8);
    context.strokeStyle = theme.warning;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, middle - 3.5, Math.max(width - 1, 1), 7);
  }
}
