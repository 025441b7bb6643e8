/** How a colour fills an area; all but `plain` show what they are without it. */
export type Form = 'plain' | 'stripes' | 'diagonals' | 'hatch';

/** A square of pixels that repeats; a number each, of the four bytes that an image has for it. */
export interface Tile {
  readonly size: number;
  readonly colors: Uint32Array;
}

const patterns = new Map<string, CanvasPattern>();
const tiles = new Map<string, Tile>();

/** For areas that the canvas fills by itself. */
export function patternOf(
  context: CanvasRenderingContext2D,
  color: string,
  form: Form,
): CanvasPattern | string {
  const key = `${form} ${color}`;
  const made = patterns.get(key) ?? context.createPattern(drawTile(color, form, 1).canvas, 'repeat');
  if (!made) return color;
  patterns.set(key, made);
  return made;
}

/** For areas that are written pixel by pixel, `scale` of them to one of the page. */
export function tileOf(color: string, form: Form, scale: number): Tile {
  const key = `${form} ${color} ${scale}`;
  const made = tiles.get(key);
  if (made) return made;
  const brush = drawTile(color, form, scale);
  const size = brush.canvas.width;
  const tile = { size, colors: new Uint32Array(brush.getImageData(0, 0, size, size).data.buffer) };
  tiles.set(key, tile);
  return tile;
}

function drawTile(color: string, form: Form, scale: number): CanvasRenderingContext2D {
  const size = { plain: 1, stripes: 4, diagonals: 4, hatch: 8 }[form];
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = form === 'plain' ? 1 : Math.round(size * scale);
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  if (!brush) throw new Error('no canvas to draw on');
  brush.scale(canvas.width / size, canvas.width / size);
  brush.fillStyle = color;
  if (form !== 'hatch') {
    brush.globalAlpha = form === 'plain' ? 1 : 0.4;
    brush.fillRect(0, 0, size, size);
    brush.globalAlpha = 1;
  }
  if (form === 'stripes') brush.fillRect(0, 0, size, size / 2 + 0.5);
  if (form === 'diagonals' || form === 'hatch') {
    brush.strokeStyle = color;
    brush.lineWidth = form === 'hatch' ? 1.2 : 2;
    for (const shift of [-size, 0, size]) {
      brush.moveTo(shift - 1, size + 1);
      brush.lineTo(shift + size + 1, -1);
    }
    brush.stroke();
  }
  return brush;
}
