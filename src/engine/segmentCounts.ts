import type { Segment } from '../core/segment';

/** One segment's counts, packed: what a day of them is added up from many times a second while a person zooms. */
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

const packed = new WeakMap<Segment, SegmentCounts>();

/** Kept for as long as the segment is: a closed one never changes, and the open one is another each time it is read. */
export function countsOf(segment: Segment): SegmentCounts {
  const known = packed.get(segment);
  if (known) return known;
  const made = pack(segment);
  packed.set(segment, made);
  return made;
}

function pack({ seconds }: Segment): SegmentCounts {
  const namespaces: string[] = [];
  const indexes = new Map<string, number>();
  let size = 0;
  for (const { namespaces: counted } of seconds) {
    for (const ns in counted) {
      size += 1;
      if (indexes.has(ns)) continue;
      indexes.set(ns, namespaces.length);
      namespaces.push(ns);
    }
  }
  const cells = new Float64Array(size * cellLength);
  const totals = new Float64Array(namespaces.length * 4);
  let firstSecond = Infinity;
  let lastSecond = -Infinity;
  let at = 0;
  for (const { second, namespaces: counted } of seconds) {
    firstSecond = Math.min(firstSecond, second);
    lastSecond = Math.max(lastSecond, second);
    for (const ns in counted) {
      const counts = counted[ns];
      const index = indexes.get(ns);
      if (counts === undefined || index === undefined) continue;
      const { i, u, d, c } = counts;
      cells[at++] = second;
      cells[at++] = index;
      cells[at++] = i;
      cells[at++] = u;
      cells[at++] = d;
      cells[at++] = c;
      add(totals, index * 4, i, u, d, c);
    }
  }
  return { namespaces, firstSecond, lastSecond, cells, totals };
}

function add(into: Float64Array, at: number, i: number, u: number, d: number, c: number): void {
  into[at] = (into[at] ?? 0) + i;
  into[at + 1] = (into[at + 1] ?? 0) + u;
  into[at + 2] = (into[at + 2] ?? 0) + d;
  into[at + 3] = (into[at + 3] ?? 0) + c;
}
