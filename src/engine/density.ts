import type { OperationCounts } from '../core/segment';
import type { RepositoryContent } from './ports';

/** Operations of one namespace by bucket. */
export interface NamespaceDensity {
  readonly ns: string;
  readonly inserts: readonly number[];
  readonly updates: readonly number[];
  readonly deletes: readonly number[];
  readonly commands: readonly number[];
}

/** Counts operations over equal spans of wall clock, from the segments' indexes alone; busiest namespaces first. */
export function densityOf(
  content: RepositoryContent,
  fromMs: number,
  toMs: number,
  buckets: number,
): NamespaceDensity[] {
  const previews = new Set(content.previews.map((p) => p.database));
  const rows = new Map<string, Record<keyof OperationCounts, number[]>>();
  const width = (toMs - fromMs) / buckets;
  for (const segment of content.lineages.flatMap((l) => l.segments)) {
    if ((segment.maxWallMs ?? 0) < fromMs || (segment.minWallMs ?? Infinity) >= toMs) continue;
    for (const { second, namespaces } of segment.seconds) {
      const bucket = Math.floor((second * 1000 - fromMs) / width);
      if (bucket < 0 || bucket >= buckets) continue;
      for (const [ns, counts] of Object.entries(namespaces)) {
        const database = ns.split('.', 1)[0] ?? ns;
        if (previews.has(database) || database === 'config' || database === 'admin') continue;
        let row = rows.get(ns);
        if (!row) rows.set(ns, (row = emptyRow(buckets)));
        for (const op of ['i', 'u', 'd', 'c'] as const) row[op][bucket] = (row[op][bucket] ?? 0) + counts[op];
      }
    }
  }
  return [...rows]
    .map(([ns, row]) => ({ ns, inserts: row.i, updates: row.u, deletes: row.d, commands: row.c }))
    .sort((a, b) => totalOf(b) - totalOf(a));
}

function emptyRow(buckets: number): Record<keyof OperationCounts, number[]> {
  const zeros = (): number[] => new Array<number>(buckets).fill(0);
  return { i: zeros(), u: zeros(), d: zeros(), c: zeros() };
}

function totalOf(row: NamespaceDensity): number {
  const all = [...row.inserts, ...row.updates, ...row.deletes, ...row.commands];
  return all.reduce((sum, n) => sum + n, 0);
}
