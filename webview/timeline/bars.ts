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
import type { Band, Layout } from './layout';
import { pixelOf, type Domain } from './scale';
import { tileOf, type Form, type Tile } from './textures';
import type { Theme } from './theme';

export interface BarScene {
  readonly layout: Layout;
  readonly domain: Domain;
  readonly density: Density;
  readonly total: Series;
  readonly lanes: readonly Series[];
  readonly shown: ReadonlySet<Kind>;
  readonly theme: Theme;
}

/** One row of bars; its height stands for `most` operations. */
interface Row {
  readonly series: Series;
  readonly bottom: number;
  readonly height: number;
  readonly most: number;
  /** How high a kind is at least, in pixels of the page. */
  readonly least: number;
  readonly tiles: Readonly<Record<Kind, Tile>>;
}

/** A bucket's place, in pixels of the canvas. */
interface Column {
  readonly index: number;
  readonly left: number;
  readonly right: number;
}

/** A part of the canvas that is written pixel by pixel. */
interface Raster {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
  readonly top: number;
}

let image: ImageData | undefined;

/**
 * Draws the bars and the lanes in place of what the canvas holds from the bars down to the coverage. They are written
 * as pixels: a canvas takes many times as long for thousands of rectangles, or for a path of them.
 */
export function paintBars(context: CanvasRenderingContext2D, scene: BarScene): void {
  const { layout, domain, density, shown } = scene;
  const scale = devicePixelRatio;
  const top = Math.round(layout.bars.top * scale);
  const cleared = clearedImage(
    Math.round(layout.width * scale),
    Math.round(layout.coverage.top * scale) - top,
  );
  const { width, height } = cleared;
  const raster = { pixels: new Uint32Array(cleared.data.buffer), width, height, top };
  const columns = columnsIn(density, domain, layout.width, scale);
  const shownKinds = kinds.filter((kind) => shown.has(kind));
  const [main, ...lanes] = rowsOf(scene, scale);
  const tops = columns.map((column) => writeColumn(raster, main, column, shownKinds, scale));
  for (const lane of lanes)
    for (const column of columns) writeColumn(raster, lane, column, shownKinds, scale);
  context.putImageData(cleared, 0, top);
  if (shown.has('commands')) paintDiamonds(context, scene, columns, tops, scale);
}

/** The part of a lane that holds bars: under its name when there is no gutter for names. */
export function laneBars(band: Band, layout: Layout): Band {
  return layout.gutter === 0
    ? { top: band.top + 15, height: band.height - 17 }
    : { top: band.top + 2, height: band.height - 4 };
}

function rowsOf(scene: BarScene, scale: number): readonly [Row, ...Row[]] {
  const { layout, domain, density, total, lanes, shown, theme } = scene;
  const { from, to } = bucketsIn(density.buckets, domain);
  const { bars } = layout;
  const main = {
    series: total,
    bottom: bars.top + bars.height,
    height: bars.height - 12,
    most: peak(total, from, to, shown),
    least: 2,
    tiles: tilesOf(theme, scale, theme.highContrast),
  };
  const plain = tilesOf(theme, scale, false);
  const peaks = lanes.map((lane) => peak(lane, from, to, shown));
  const highest = Math.max(...peaks, 0);
  const laneRows = lanes.slice(0, layout.lanes.length).map((series, i): Row => {
    const { top, height } = laneBars(layout.lanes[i] ?? bars, layout);
    // Half way between a scale of its own and one for all: busy lanes look busier, quiet ones still have a shape.
    const most = Math.sqrt(highest * (peaks[i] ?? 0));
    return { series, bottom: top + height, height, most, least: 1, tiles: plain };
  });
  return [main, ...laneRows];
}

/** Lanes are too low for textures. */
function tilesOf(theme: Theme, scale: number, textured: boolean): Readonly<Record<Kind, Tile>> {
  const tile = (kind: Kind, form: Form): Tile => tileOf(theme.kinds[kind], textured ? form : 'plain', scale);
  return {
    inserts: tile('inserts', 'plain'),
    updates: tile('updates', 'stripes'),
    deletes: tile('deletes', 'diagonals'),
    commands: tile('commands', 'plain'),
  };
}

function columnsIn({ buckets }: Density, domain: Domain, width: number, scale: number): readonly Column[] {
  const { from, to } = bucketsIn(buckets, domain);
  const pixel = Math.max(1, Math.round(scale));
  return Array.from({ length: to - from }, (_, i) => {
    const { fromMs, toMs } = bucketDomain(buckets, from + i);
    const left = Math.round(pixelOf(domain, width, fromMs) * scale);
    const end = Math.round(pixelOf(domain, width, toMs) * scale);
    const gap = end - left >= 3 * pixel ? pixel : 0;
    return { index: from + i, left, right: Math.max(end - gap, left + pixel) };
  });
}

/** Stacks the kinds of one bucket, and says how high up they reach. */
function writeColumn(
  raster: Raster,
  row: Row,
  column: Column,
  shown: readonly Kind[],
  scale: number,
): number {
  const { series, tiles, least } = row;
  let count = 0;
  for (const kind of shown) count += series[kind][column.index] ?? 0;
  const height = Math.min(barHeight(count, row.most, row.height), row.height);
  let bottom = row.bottom;
  for (const kind of shown) {
    const n = series[kind][column.index] ?? 0;
    if (n === 0) continue;
    const top = bottom - Math.max(height * (n / count), least);
    writeBar(raster, tiles[kind], column, Math.round(top * scale), Math.round(bottom * scale));
    bottom = top;
  }
  return bottom;
}

function writeBar(
  { pixels, width, height, top }: Raster,
  tile: Tile,
  column: Column,
  from: number,
  to: number,
): void {
  const left = Math.max(column.left, 0);
  const right = Math.min(column.right, width);
  const end = Math.min(to - top, height);
  const { size, colors } = tile;
  const color = colors[0] ?? 0;
  for (let y = Math.max(from - top, 0); y < end; y++) {
    const tileRow = (y % size) * size;
    const start = y * width;
    for (let x = left; x < right; x++)
      pixels[start + x] = size === 1 ? color : (colors[tileRow + (x % size)] ?? 0);
  }
}

/** Commands are few among operations: a diamond over their bars shows where they are. */
function paintDiamonds(
  context: CanvasRenderingContext2D,
  { total, theme }: BarScene,
  columns: readonly Column[],
  tops: readonly number[],
  scale: number,
): void {
  context.fillStyle = theme.kinds.commands;
  columns.forEach(({ index, left, right }, i) => {
    if ((total.commands[index] ?? 0) === 0) return;
    const x = (left + right) / 2 / scale;
    const y = (tops[i] ?? 0) - 5;
    context.beginPath();
    context.moveTo(x, y - 3.5);
    context.lineTo(x + 3.5, y);
    context.lineTo(x, y + 3.5);
    context.lineTo(x - 3.5, y);
    context.fill();
  });
}

/** One image for all frames: a new one each would leave megabytes to the garbage collector. */
function clearedImage(width: number, height: number): ImageData {
  if (image?.width !== width || image.height !== height) image = new ImageData(width, height);
  else image.data.fill(0);
  return image;
}
