import { databaseOf } from '../core/catalogueCommand';
import type { CatalogueChange } from '../core/segment';
import { cellLength, type SegmentCounts } from '../core/segmentCounts';
import { isViewsNamespace, shownNamespace, viewOfOperation } from '../core/view';
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

/**
 * Counts recorded operations over equal spans of wall clock, from the segments' indexes alone; busiest namespaces first.
 * Those of imported dumps are of another history.
 */
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
  const rowOf = (real: string): Row | undefined => {
    const ns = shownNamespace(real);
    if (!rows.has(ns)) rows.set(ns, isShown(ns, previews) ? emptyRow(buckets) : undefined);
    return rows.get(ns);
  };
  const recorded = content.lineages.filter(({ start }) => start.imported !== true);
  for (const segment of recorded.flatMap((l) => l.segments)) {
    if ((segment.maxWallMs ?? 0) < fromMs || (segment.minWallMs ?? Infinity) >= toMs) continue;
    const { counts } = segment;
    const local = counts.namespaces.map(rowOf);
    const first = bucketOf(counts.firstSecond);
    if (first === bucketOf(counts.lastSecond)) addTotals(local, counts, first, buckets);
    else addCells(local, counts, bucketOf, buckets);
    addViews(rowOf, segment.changes, bucketOf, buckets);
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

/** What the server and previews write for themselves is not shown; of views, see {@link addViews}. */
function isShown(ns: string, previews: ReadonlySet<string>): boolean {
  const database = databaseOf(ns);
  const isOwn = previews.has(database) || database === 'config' || database === 'admin';
  return !isOwn && !isViewsNamespace(ns);
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

const viewOps: Readonly<Record<string, number>> = { i: 0, u: 1, d: 2 };

/** Views are counted under their own names, which only the changes tell. */
function addViews(
  rowOf: (ns: string) => Row | undefined,
  changes: readonly CatalogueChange[],
  bucketOf: (second: number) => number,
  buckets: number,
): void {
  for (const change of changes) {
    const view = viewOfOperation(change);
    if (view === undefined) continue;
    const bucket = bucketOf(Math.floor((change.wallMs ?? Number(change.ts >> 32n) * 1000) / 1000));
    const counts = rowOf(view)?.[viewOps[change.op] ?? 0];
    if (counts && bucket >= 0 && bucket < buckets) counts[bucket] = (counts[bucket] ?? 0) + 1;
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
