/** An event's place on the axis and the widths of its label, with all its words and with fewer. */
export interface LabelWanted {
  readonly x: number;
  readonly full: number;
  readonly short: number;
}

export interface PlacedLabel {
  readonly index: number;
  readonly row: number;
  readonly side: 'right' | 'left';
  readonly form: 'full' | 'short';
}

/** Events that share a dot, by their indexes, in order of time. */
export interface Dot {
  readonly x: number;
  readonly indexes: readonly number[];
}

interface Taken {
  readonly from: number;
  readonly to: number;
}

/**
 * Gives labels rows so that none touches another. `order` says who chooses first; each takes the first row that has
 * room for all of its words, else for fewer. The rest, in order of x, gather in dots at least `dotWidth` apart.
 */
export function placeLabels(
  wanted: readonly LabelWanted[],
  order: readonly number[],
  width: number,
  rows: number,
  { spacing = 8, dotWidth = 20 } = {},
): { readonly labels: readonly PlacedLabel[]; readonly dots: readonly Dot[] } {
  const taken: Taken[][] = Array.from({ length: rows }, () => []);
  const labels: PlacedLabel[] = [];
  const placed = new Uint8Array(wanted.length);
  const place = (index: number, label: LabelWanted, form: 'full' | 'short'): boolean => {
    const length = label[form];
    const side = label.x + length > width ? 'left' : 'right';
    const from = side === 'right' ? label.x : label.x - length;
    if (from < 0) return false;
    const to = from + length;
    const row = taken.findIndex((spans) =>
      spans.every((s) => s.to + spacing <= from || to + spacing <= s.from),
    );
    const spans = taken[row];
    if (!spans) return false;
    spans.push({ from, to });
    labels.push({ index, row, side, form });
    return true;
  };
  let crowded = rows === 0;
  for (const index of order) {
    const label = wanted[index];
    if (!label || label.x < 0 || label.x > width || placed[index] === 1) continue;
    if (!place(index, label, 'full') && !place(index, label, 'short')) crowded = isCrowded(taken, width);
    else placed[index] = 1;
    if (crowded) break;
  }
  const rest = wanted.flatMap(({ x }, i) => (x >= 0 && x <= width && placed[i] === 0 ? [i] : []));
  return { labels, dots: gather(rest, wanted, dotWidth) };
}

/** With hundreds of events in view, trying the rest would cost time and place little. */
function isCrowded(taken: readonly (readonly Taken[])[], width: number): boolean {
  return taken.every((spans) => spans.reduce((sum, s) => sum + s.to - s.from, 0) > width * 0.7);
}

/** `indexes` are in order of x. */
function gather(
  indexes: readonly number[],
  wanted: readonly LabelWanted[],
  dotWidth: number,
): readonly Dot[] {
  const dots: { x: number; firstX: number; indexes: number[] }[] = [];
  for (const index of indexes) {
    const x = wanted[index]?.x ?? 0;
    const last = dots.at(-1);
    if (last && x - last.firstX < dotWidth) {
      last.indexes.push(index);
      last.x = (last.firstX + x) / 2;
    } else dots.push({ x, firstX: x, indexes: [index] });
  }
  return dots.map((dot) => ({ x: dot.x, indexes: dot.indexes }));
}
