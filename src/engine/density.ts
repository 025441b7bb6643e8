import { databaseOf } from '../core/catalogueCommand';
import { cellLength, type SegmentCounts } from '../core/segmentCounts';
import type { RepositoryContent } from './ports';

/** Operations of one namespace by bucket. */
export interface NamespaceDensity {
  readonly ns: string;
  readonly inserts: readonly number[];
  readonly updates: readonly number[];
  readonly deletes: readonly number[];
  readonly commands: readonly number[];
}

type Row = readonly [i: number[], u: number[], d: number[], c: number[]];

/** Counts operations over equal spans of wall clock, from the segments' indexes alone; busiest namespaces first. */
export function densityOf(
  content: RepositoryContent,
  fromMs: number,
  toMs: number,
  buckets: number,
): NamespaceDensity[] {
  const previews = new Set(content.previews.map((p) => p.database));
  const rows = new Map<string, Row | undefined>();
  const width = (toMs - fromMs) / buckets;
  const bucketOf = (second: number): number => Math.floor((second * 1000 - fromMs) / width);
  const rowOf = (ns: string): Row | undefined => {
    if (!rows.has(ns)) rows.set(ns, isShown(ns, previews) ? emptyRow(buckets) : undefined);
    return rows.get(ns);
  };
  for (const segment of content.lineages.flatMap((l) => l.segments)) {
    if ((segment.maxWallMs ?? 0) < fromMs || (segment.minWallMs ?? Infinity) >= toMs) continue;
    const { counts } = segment;
    const local = counts.namespaces.map(rowOf);
    const first = bucketOf(counts.firstSecond);
    if (first === bucketOf(counts.lastSecond)) addTotals(local, counts, first, buckets);
    else addCells(local, counts, bucketOf, buckets);
  }
  return [...rows]
    .flatMap(([ns, row]) => (row ? [{ ns, row, total: totalOf(row) }] : []))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total)
    .map(({ ns, row: [inserts, updates, deletes, commands] }) => ({
      ns,
      inserts,
      updates,
      deletes,
      commands,
    }));
}

/** What the server and previews write for themselves is not shown. */
function isShown(ns: string, previews: ReadonlySet<string>): boolean {
  const database = databaseOf(ns);
  return !previews.has(database) && database !== 'config' && database !== 'admin';
}

function addTotals(
  rows: readonly (Row | undefined)[],
  { totals }: SegmentCounts,
  bucket: number,
  buckets: number,
): void {
  if (bucket < 0 || bucket >= buckets) return;
  rows.forEach((row, index) =>
    row?.forEach((counts, op) => {
      counts[bucket] = (counts[bucket] ?? 0) + (totals[index * 4 + op] ?? 0);
    }),
  );
}

function addCells(
  rows: readonly (Row | undefined)[],
  { cells }: SegmentCounts,
  bucketOf: (second: number) => number,
  buckets: number,
): void {
  for (let at = 0; at < cells.length; at += cellLength) {
    const bucket = bucketOf(cells[at] ?? 0);
    if (bucket < 0 || bucket >= buckets) continue;
    const row = rows[cells[at + 1] ?? 0];
    if (!row) continue;
    for (let op = 0; op < 4; op++) {
      const count = cells[at + 2 + op] ?? 0;
      const counts = row[op];
      if (count > 0 && counts) counts[bucket] = (counts[bucket] ?? 0) + count;
    }
  }
}

function emptyRow(buckets: number): Row {
  const zeros = (): number[] => new Array<number>(buckets).fill(0);
  return [zeros(), zeros(), zeros(), zeros()];
}

function totalOf(row: Row): number {
  let total = 0;
  for (const counts of row) for (const count of counts) total += count;
  return total;
}
