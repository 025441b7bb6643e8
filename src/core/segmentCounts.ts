/** Operations counted on one namespace. */
export interface OperationCounts {
  readonly i: number;
  readonly u: number;
  readonly d: number;
  readonly c: number;
}

/** One segment's operations by second of wall clock, packed: a day of them is added up many times while a person zooms. */
export interface SegmentCounts {
  readonly namespaces: readonly string[];
  readonly firstSecond: number;
  readonly lastSecond: number;
  /** Runs of six: second, index of the namespace, inserts, updates, deletes, commands. */
  readonly cells: Float64Array;
  /** Runs of four for each namespace: all of the segment's. */
  readonly totals: Float64Array;
}

export const cellLength = 6;

export function packCounts(
  seconds: Iterable<readonly [second: number, namespaces: ReadonlyMap<string, OperationCounts>]>,
): SegmentCounts {
  const indexes = new Map<string, number>();
  const cells: number[] = [];
  for (const [second, counted] of seconds) {
    for (const [ns, { i, u, d, c }] of counted) {
      const index = indexes.get(ns) ?? indexes.size;
      indexes.set(ns, index);
      cells.push(second, index, i, u, d, c);
    }
  }
  return countsOf([...indexes.keys()], Float64Array.from(cells));
}

/** The counts of these cells. */
export function countsOf(namespaces: readonly string[], cells: Float64Array): SegmentCounts {
  const totals = new Float64Array(namespaces.length * 4);
  let firstSecond = Infinity;
  let lastSecond = -Infinity;
  for (let at = 0; at < cells.length; at += cellLength) {
    const second = cells[at] ?? 0;
    firstSecond = Math.min(firstSecond, second);
    lastSecond = Math.max(lastSecond, second);
    const row = (cells[at + 1] ?? 0) * 4;
    for (let op = 0; op < 4; op++) totals[row + op] = (totals[row + op] ?? 0) + (cells[at + 2 + op] ?? 0);
  }
  return { namespaces, firstSecond, lastSecond, cells, totals };
}

/**
 * Cells as bytes: unsigned LEB128 numbers, the first of each six being by how much the second is after that of the cell
 * before, doubled, or before it, doubled less one.
 */
export function cellsToBytes(cells: Float64Array): Uint8Array {
  const bytes: number[] = [];
  let previous = 0;
  for (let at = 0; at < cells.length; at++) {
    let value = cells[at] ?? 0;
    if (at % cellLength === 0) {
      const step = value - previous;
      previous = value;
      value = step < 0 ? -2 * step - 1 : 2 * step;
    }
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

/** The reverse of {@link cellsToBytes}. A million cells are read when a busy day is opened. */
export function cellsFromBytes(bytes: Uint8Array): Float64Array {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] ?? 0) < 128) count += 1;
  const cells = new Float64Array(count);
  let previous = 0;
  let column = 0;
  for (let i = 0, at = 0; at < count; i++, at++) {
    let value = bytes[i] ?? 0;
    if (value >= 128) {
      value -= 128;
      for (let weight = 128, more = true; more; weight *= 128) {
        const byte = bytes[++i] ?? 0;
        more = byte >= 128;
        value += (more ? byte - 128 : byte) * weight;
      }
    }
    if (column === 0) previous = value = previous + (value % 2 === 1 ? -(value + 1) / 2 : value / 2);
    cells[at] = value;
    column = column === cellLength - 1 ? 0 : column + 1;
  }
  return cells;
}
