import type { DensityReport, DensityRow } from '../../src/protocol/job';
import type { Buckets, Domain } from './scale';

/** Kinds in the order they are stacked from the ground up. */
export const kinds = ['inserts', 'updates', 'deletes', 'commands'] as const;
export type Kind = (typeof kinds)[number];

export type Totals = Readonly<Record<Kind, number>>;

/** Counts by kind and bucket, of one namespace or of several together. */
export interface Series extends Readonly<Record<Kind, readonly number[]>> {
  readonly ns: string;
}

/** A density report with the buckets it was asked for. */
export interface Density {
  readonly buckets: Buckets;
  readonly rows: readonly Series[];
}

export function readDensity(report: DensityReport, buckets: Buckets): Density {
  return { buckets, rows: report.namespaces };
}

/** Whether a report answers a request for these buckets. */
export function isOf({ fromMs, toMs, namespaces }: DensityReport, buckets: Buckets): boolean {
  const isSame = fromMs === buckets.fromMs && toMs === buckets.toMs;
  return isSame && namespaces.every(({ inserts }) => inserts.length === buckets.count);
}

/** Whether a namespace belongs to a scope: a database, a collection, or everything. */
export function inScope(scope: string | undefined, ns: string): boolean {
  return scope === undefined || ns === scope || ns.startsWith(`${scope}.`);
}

/** One series of the sums. */
export function sum(rows: readonly DensityRow[], count: number): Series {
  const total = {
    inserts: zeros(count),
    updates: zeros(count),
    deletes: zeros(count),
    commands: zeros(count),
  };
  for (const row of rows) {
    for (const kind of kinds) {
      const into = total[kind];
      row[kind].forEach((n, i) => {
        into[i] = (into[i] ?? 0) + n;
      });
    }
  }
  return { ns: '', ...total };
}

/** The range of buckets that `domain` touches, end excluded. */
export function bucketsIn(buckets: Buckets, domain: Domain): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.floor((domain.fromMs - buckets.fromMs) / buckets.stepMs));
  const to = Math.min(buckets.count, Math.ceil((domain.toMs - buckets.fromMs) / buckets.stepMs));
  return { from, to: Math.max(from, to) };
}

export function bucketAt(buckets: Buckets, ms: number): number | undefined {
  const index = Math.floor((ms - buckets.fromMs) / buckets.stepMs);
  return index >= 0 && index < buckets.count ? index : undefined;
}

export function bucketDomain(buckets: Buckets, index: number): Domain {
  const fromMs = buckets.fromMs + index * buckets.stepMs;
  return { fromMs, toMs: fromMs + buckets.stepMs };
}

export function totalsAt(series: Series, index: number): Totals {
  return {
    inserts: series.inserts[index] ?? 0,
    updates: series.updates[index] ?? 0,
    deletes: series.deletes[index] ?? 0,
    commands: series.commands[index] ?? 0,
  };
}

export function totalsIn(series: Series, from: number, to: number): Totals {
  const count = (kind: Kind): number => {
    let total = 0;
    for (let i = from; i < to; i++) total += series[kind][i] ?? 0;
    return total;
  };
  return {
    inserts: count('inserts'),
    updates: count('updates'),
    deletes: count('deletes'),
    commands: count('commands'),
  };
}

/** Of the rows of a scope together, over a range of buckets, end excluded. */
export function totalsOf(
  { rows }: Density,
  scope: string | undefined,
  { from, to }: { readonly from: number; readonly to: number },
): Totals {
  const totals = { inserts: 0, updates: 0, deletes: 0, commands: 0 };
  for (const row of rows) {
    if (!inScope(scope, row.ns)) continue;
    const inRow = totalsIn(row, from, to);
    for (const kind of kinds) totals[kind] += inRow[kind];
  }
  return totals;
}

export function all(totals: Totals, shown: ReadonlySet<Kind>): number {
  let total = 0;
  for (const kind of kinds) if (shown.has(kind)) total += totals[kind];
  return total;
}

/** The largest bucket of the kinds shown. */
export function peak(series: Series, from: number, to: number, shown: ReadonlySet<Kind>): number {
  let most = 0;
  for (let i = from; i < to; i++) {
    let n = 0;
    for (const kind of kinds) if (shown.has(kind)) n += series[kind][i] ?? 0;
    if (n > most) most = n;
  }
  return most;
}

/** The busiest rows over everything loaded, so that lanes keep their places while the view pans. */
export function busiest(rows: readonly Series[], limit: number): readonly Series[] {
  const counted = rows.map((row) => {
    const totals = totalsIn(row, 0, row.inserts.length);
    return { row, total: totals.inserts + totals.updates + totals.deletes + totals.commands };
  });
  return counted
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total || (a.row.ns < b.row.ns ? -1 : 1))
    .slice(0, limit)
    .map(({ row }) => row);
}

/** Heights grow with the square root of counts: a lone delete stays visible beside a burst of inserts. */
export function barHeight(count: number, most: number, height: number): number {
  return count <= 0 || most <= 0 ? 0 : Math.max(2, Math.sqrt(count / most) * height);
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
