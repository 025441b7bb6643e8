import type {
  DensityReport,
  DensityRow,
  GapReport,
  NeighbourReport,
  PlanReport,
  RangeReport,
  StatusReport,
} from '../../src/protocol/job';
import type { EventReport } from '../../src/protocol/timeTravel';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The harness's now: 25 November 2026, 14:42 in Berlin. */
export const nowMs = Date.UTC(2026, 10, 25, 13, 42, 0);
const startMs = nowMs - 24 * hour;

const namespaces: readonly (readonly [ns: string, weight: number, base: number])[] = [
  ['shop.orders', 26, 48_210],
  ['shop.carts', 22, 9_034],
  ['shop.products', 8, 1_240],
  ['shop.customers', 6, 12_877],
  ['analytics.pageviews', 30, 804_112],
  ['analytics.sessions', 12, 96_402],
  ['auth.tokens', 9, 3_311],
  ['billing.invoices', 2, 22_090],
];

export interface Operation {
  readonly seconds: number;
  readonly ordinal: number;
  readonly wallMs: number;
  readonly op: string;
  readonly ns: string;
}

const kindOf: Readonly<Record<string, 'inserts' | 'updates' | 'deletes'>> = {
  i: 'inserts',
  u: 'updates',
  d: 'deletes',
};

/** The moment of the mistake the day is about: a deleteMany on shop.orders. */
export const mistakeMs = nowMs - 71 * minute - 13 * second;

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A day of a small shop: quiet at night, an import in the morning, a migration, a mistake at half past one. */
function aDay(): readonly Operation[] {
  const random = seededRandom(7);
  const wanted: { wallMs: number; op: string; ns: string }[] = [];
  const total = namespaces.reduce((sum, [, weight]) => sum + weight, 0);
  const anyNs = (): string => {
    let left = random() * total;
    return namespaces.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'shop.orders';
  };
  for (let at = startMs; at < nowMs; at += minute) {
    const berlinHour = ((at + hour) / hour) % 24;
    const daylight = Math.max(0.04, Math.sin(((berlinHour - 6) / 16) * Math.PI));
    const count = Math.round(daylight * 34 * (0.5 + random()));
    for (let i = 0; i < count; i++) {
      const dice = random();
      const op = dice < 0.52 ? 'i' : dice < 0.95 ? 'u' : 'd';
      wanted.push({ wallMs: Math.floor(at + random() * minute), op, ns: anyNs() });
    }
  }
  const burst = (at: number, lengthMs: number, count: number, op: string, ns: string): void => {
    for (let i = 0; i < count; i++) wanted.push({ wallMs: Math.floor(at + (i / count) * lengthMs), op, ns });
  };
  burst(nowMs - 6.2 * hour, 14 * minute, 6200, 'i', 'shop.products');
  burst(nowMs - 3.1 * hour, 4 * minute, 3900, 'u', 'shop.customers');
  burst(mistakeMs, 3 * second, 1204, 'd', 'shop.orders');
  for (const [at, op, ns] of [
    [nowMs - 3.12 * hour, 'createIndexes', 'shop.customers'],
    [nowMs - 3.02 * hour, 'collMod', 'shop.customers'],
    [nowMs - 9 * hour, 'create', 'billing.invoices'],
    [mistakeMs + 20 * second, 'drop', 'shop.carts'],
  ] as const)
    wanted.push({ wallMs: Math.floor(at), op, ns });

  const inGap = (ms: number): boolean =>
    gaps.some((gap) => ms > secondsOf(gap.after) * 1000 + 999 && ms < secondsOf(gap.before) * 1000);
  const operations: Operation[] = [];
  let ordinal = 0;
  for (const { wallMs, op, ns } of wanted.toSorted((a, b) => a.wallMs - b.wallMs)) {
    if (inGap(wallMs)) continue;
    const seconds = Math.floor(wallMs / 1000);
    ordinal = operations.at(-1)?.seconds === seconds ? ordinal + 1 : 1;
    operations.push({ seconds, ordinal, wallMs, op, ns });
  }
  return operations;
}

const at = (ms: number, ordinal = 1): string => `${Math.floor(ms / 1000)}:${ordinal}`;
const secondsOf = (time: string): number => Number(time.split(':')[0]);

const gaps: readonly GapReport[] = [
  {
    after: at(nowMs - 17 * hour),
    before: at(nowMs - 16.2 * hour),
    reason: 'The recorder was off and the server’s oplog no longer held what came between',
  },
  {
    after: at(nowMs - 4.3 * hour),
    before: at(nowMs - 4.3 * hour + 40 * second),
    reason: 'A rollback on the server took back entries that were recorded',
  },
];

const ranges: readonly RangeReport[] = [
  { from: at(startMs + 2 * minute), to: at(nowMs - 17 * hour) },
  { from: at(nowMs - 15.9 * hour), to: at(nowMs - 4.3 * hour) },
  { from: at(nowMs - 4.25 * hour), to: at(nowMs - 1 * second) },
];

export const operations = aDay();

const snapshots = [startMs + 2 * minute, nowMs - 15.9 * hour, nowMs - 4.25 * hour].map((ms, i) => ({
  id: `snapshot-${i + 1}`,
  start: at(ms - 8 * second),
  consistentAt: at(ms),
  documents: 1_012_000 + i * 41_276,
  bytes: 238_400_000 + i * 9_120_000,
}));

export const dayStatus: StatusReport = {
  snapshots,
  ranges,
  gaps,
  marks: [
    { name: 'before migration 0042', at: at(nowMs - 3.15 * hour) },
    { name: 'after migration', at: at(nowMs - 3 * hour) },
    { name: 'release 4.2', at: at(nowMs - 2.6 * hour) },
    { name: 'nightly', at: at(nowMs - 12.7 * hour) },
    { name: 'demo data loaded', at: at(nowMs - 5.8 * hour) },
  ],
  recorder: { state: 'recording', position: at(nowMs), lagMs: 400 },
};

/** The events the engine would find in the day. */
export const events: readonly EventReport[] = [
  event(nowMs - 9 * hour, 0, 'index', 'createIndexes', 'billing.invoices', 2, 1),
  event(nowMs - 6.2 * hour, 14 * minute, 'insert', 'insertMany', 'shop.products', 6200),
  event(nowMs - 3.12 * hour, 0, 'index', 'createIndexes', 'shop.customers', 1),
  event(nowMs - 3.1 * hour, 4 * minute, 'update', 'updateMany', 'shop.customers', 3900),
  event(nowMs - 3.02 * hour, 0, 'collMod', 'collMod', 'shop.customers', 0),
  event(mistakeMs, 3 * second, 'delete', 'deleteMany', 'shop.orders', 1204),
  event(mistakeMs + 20 * second, 0, 'drop', 'drop', 'shop.carts', 9034),
];

function event(
  ms: number,
  lengthMs: number,
  kind: EventReport['kind'],
  name: string,
  ns: string,
  count: number,
  ordinal = 0,
): EventReport {
  const first = operations.find((o) => o.wallMs >= Math.floor(ms) && o.ns === ns);
  const last = operations.findLast((o) => o.wallMs <= ms + lengthMs && o.ns === ns) ?? first;
  const from = first ? stamp(first) : at(ms, ordinal);
  return {
    ...{ id: `${from.replace(':', '.')}-${kind}`, kind, name, ns, count, from },
    title: `${name} · ${count} · ${ns}`,
    to: last && lengthMs > 0 ? stamp(last) : from,
    fromWallMs: Math.floor(ms),
    toWallMs: Math.floor(ms + lengthMs),
    sampleIds:
      kind === 'delete'
        ? ['{"$oid":"67450c1b9f1c2a0001aa0001"}', '{"$oid":"67450c1b9f1c2a0001aa0002"}', '17']
        : [],
  };
}

export const emptyStatus: StatusReport = {
  snapshots: [],
  ranges: [],
  gaps: [],
  marks: [],
  recorder: { state: 'stopped', position: undefined, lagMs: undefined },
};

export const scopes = ['analytics', 'auth', 'billing', 'shop'].flatMap((db) => [
  db,
  ...namespaces.map(([ns]) => ns).filter((ns) => ns.startsWith(`${db}.`)),
]);

export function density(fromMs: number, toMs: number, buckets: number): DensityReport {
  const rows = new Map<
    string,
    DensityRow & Record<'inserts' | 'updates' | 'deletes' | 'commands', number[]>
  >();
  const zeros = (): number[] => new Array<number>(buckets).fill(0);
  for (const { wallMs, op, ns } of operations) {
    if (wallMs < fromMs || wallMs >= toMs) continue;
    const row = rows.get(ns) ?? {
      ns,
      inserts: zeros(),
      updates: zeros(),
      deletes: zeros(),
      commands: zeros(),
    };
    rows.set(ns, row);
    const counts = row[kindOf[op] ?? 'commands'];
    const bucket = Math.floor(((wallMs - fromMs) / (toMs - fromMs)) * buckets);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return { fromMs, toMs, namespaces: [...rows.values()] };
}

export type Answer =
  | { readonly kind: 'plan'; readonly plan: PlanReport }
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string };

/** The plan at an ISO time or a cluster time, by the rules of the engine. */
export function plan(time: string, scope: string | undefined): Answer {
  const index = lastBy(time);
  const ms = time.includes('T') ? Date.parse(time) : secondsOf(time) * 1000;
  const range = ranges.find((r) => ms >= secondsOf(r.from) * 1000 && ms < (secondsOf(r.to) + 2) * 1000);
  if (!range) {
    return {
      kind: 'refused',
      message: 'The recording does not reach this time from any snapshot.',
      hint: 'Choose a time inside a restorable range.',
    };
  }
  const chosen = operations[index];
  const target = chosen ? stamp(chosen) : range.from;
  const snapshot = snapshots.findLast((s) => secondsOf(s.consistentAt) * 1000 <= ms) ?? snapshots[0];
  if (!snapshot) throw new Error('the harness has snapshots');
  const from = secondsOf(snapshot.consistentAt);
  const replayed = operations.slice(0, index + 1).filter((o) => o.seconds > from && inScope(scope, o.ns));
  return {
    kind: 'plan',
    plan: {
      target,
      snapshot,
      segments: Math.ceil((ms / 1000 - from) / 60),
      segmentBytes: replayed.length * 312 + 40_960,
      operations: replayed.length,
      namespaces: namespaces
        .filter(([ns]) => inScope(scope, ns))
        .map(([ns, , baseDocuments]) => ({
          ns,
          to: ns.replace('.', '__at_20261125_130108.'),
          type: ns === 'analytics.pageviews' ? ('timeseries' as const) : ('collection' as const),
          baseDocuments,
          operations: replayed.filter((o) => o.ns === ns).length,
        })),
      warnings:
        scope === undefined
          ? []
          : ['An index on customers was built after the snapshot and is built again after the data.'],
      last: chosen && neighbour(chosen),
      next: neighbourAt(index + 1),
      previous: neighbourAt(index - 1),
    },
  };
}

function inScope(scope: string | undefined, ns: string): boolean {
  return scope === undefined || ns === scope || ns.startsWith(`${scope}.`);
}

/** The index of the last operation at or before a time. */
function lastBy(time: string): number {
  if (time.includes('T')) return operations.findLastIndex((o) => o.wallMs <= Date.parse(time));
  const [seconds = 0, ordinal = 0] = time.split(':').map(Number);
  return operations.findLastIndex(
    (o) => o.seconds < seconds || (o.seconds === seconds && o.ordinal <= ordinal),
  );
}

function stamp(operation: Operation): string {
  return `${operation.seconds}:${operation.ordinal}`;
}

function neighbour(operation: Operation): NeighbourReport {
  return { at: stamp(operation), wallMs: operation.wallMs, op: operation.op, ns: operation.ns };
}

function neighbourAt(index: number): NeighbourReport | undefined {
  const operation = operations[index];
  return operation && neighbour(operation);
}
