import assert from 'node:assert/strict';
import { BSON } from 'bson';
import type { Segment } from '../../../src/core/segment';
import { type OperationCounts, packCounts } from '../../../src/core/segmentCounts';
import { clusterTime } from '../../../src/core/time';
import { densityOf } from '../../../src/engine/density';
import type { RepositoryContent } from '../../../src/engine/ports';

const start = 1_795_600_000;

interface SecondCounts {
  readonly second: number;
  readonly namespaces: Readonly<Record<string, OperationCounts>>;
}

function aSegment(from: number, seconds: readonly SecondCounts[]): Segment {
  const wall = seconds.map(({ second }) => second * 1000);
  return {
    ...{ lineage: '0001', after: clusterTime(from, 0), through: clusterTime(from + 60, 0) },
    counts: packCounts(seconds.map((s) => [s.second, new Map(Object.entries(s.namespaces))])),
    ...{
      minWallMs: Math.min(...wall),
      maxWallMs: Math.max(...wall) + 999,
      runs: [],
      changes: [],
      frames: [],
    },
    ...{ collections: {}, entries: 0, bytes: 0, storedBytes: 0, sha256: '', chain: '', previousChain: '' },
    ...{ openSince: undefined, file: '', open: false },
  };
}

function aContent(segments: readonly Segment[], previews: readonly string[] = []): RepositoryContent {
  const lineages = [{ start: { id: '0001', start: clusterTime(start, 0), startedAtMs: 0 }, segments }];
  return {
    lineages,
    snapshots: [],
    marks: [],
    previews: previews.map((database) => ({ database })),
  } as never;
}

/** Each second `each` operations of every kind but commands, on each namespace. */
function busy(seconds: number, namespaces: readonly string[], each = 1): readonly Segment[] {
  const counts = { i: each, u: each, d: each, c: 0 };
  const all = Object.fromEntries(namespaces.map((ns) => [ns, counts]));
  return Array.from({ length: seconds / 60 }, (_, s) =>
    aSegment(
      start + s * 60,
      Array.from({ length: 60 }, (_unused, i) => ({ second: start + s * 60 + i, namespaces: all })),
    ),
  );
}

const sum = (counts: readonly number[] | undefined): number => (counts ?? []).reduce((a, b) => a + b, 0);

describe('densityOf', () => {
  it('counts nothing of a dump that was taken in', () => {
    const content = aContent(busy(60, ['shop.orders']));
    const [lineage] = content.lineages;
    const imported = { ...lineage!.start, id: 'i0001', imported: true as const };
    const both = { ...content, lineages: [...content.lineages, { ...lineage!, start: imported }] };
    const of = (some: RepositoryContent): unknown => densityOf(some, start * 1000, start * 1000 + 60_000, 2);
    assert.deepEqual(of(both), of(content));
  });

  it('puts each second into its bucket, by kind', () => {
    const seconds = [
      { second: start, namespaces: { 'shop.orders': { i: 2, u: 0, d: 0, c: 0 } } },
      { second: start + 3, namespaces: { 'shop.orders': { i: 0, u: 5, d: 1, c: 1 } } },
    ];
    const content = aContent([aSegment(start, seconds)]);
    assert.deepEqual(densityOf(content, start * 1000, (start + 4) * 1000, 2), [
      { ns: 'shop.orders', inserts: [2, 0], updates: [0, 5], deletes: [0, 1], commands: [0, 1] },
    ]);
  });

  it('counts the same in buckets longer and shorter than segments', () => {
    const content = aContent(busy(3600, ['shop.orders', 'shop.carts']));
    for (const buckets of [1, 7, 60, 3600]) {
      const [row] = densityOf(content, start * 1000, (start + 3600) * 1000, buckets);
      assert.equal(sum(row?.inserts), 3600);
    }
  });

  it('leaves out what lies beyond the span, of previews or of the server itself', () => {
    const content = aContent(busy(120, ['shop.orders', 'shop__at_1.orders', 'config.x']), ['shop__at_1']);
    const rows = densityOf(content, (start + 60) * 1000, (start + 90) * 1000, 3);
    assert.deepEqual(rows, [
      {
        ns: 'shop.orders',
        inserts: [10, 10, 10],
        updates: [10, 10, 10],
        deletes: [10, 10, 10],
        commands: [0, 0, 0],
      },
    ]);
  });

  it('counts views and measurements under the names that people know', () => {
    const each = { i: 0, u: 0, d: 0, c: 0 };
    const namespaces = {
      'shop.system.views': { ...each, i: 1, u: 1, c: 1 },
      'shop.system.buckets.series': { ...each, i: 3 },
    };
    const view = { _id: 'shop.cheap', viewOn: 'orders', pipeline: [] };
    const facts = { ns: 'shop.system.views', ui: undefined, wallMs: start * 1000 };
    const changes = [
      { ...facts, ts: clusterTime(start, 1), op: 'i', o: BSON.serialize(view), o2: undefined },
      {
        ...{ ...facts, ts: clusterTime(start, 2), op: 'u' },
        ...{ o: BSON.serialize({ $v: 2, diff: {} }), o2: BSON.serialize({ _id: 'shop.cheap' }) },
      },
    ];
    const segment = { ...aSegment(start, [{ second: start, namespaces }]), changes };
    assert.deepEqual(densityOf(aContent([segment]), start * 1000, (start + 2) * 1000, 2), [
      { ns: 'shop.series', inserts: [3, 0], updates: [0, 0], deletes: [0, 0], commands: [0, 0] },
      { ns: 'shop.cheap', inserts: [1, 0], updates: [1, 0], deletes: [0, 0], commands: [0, 0] },
    ]);
  });

  it('puts the busiest namespace first', () => {
    const quiet = { i: 1, u: 0, d: 0, c: 0 };
    const loud = { i: 0, u: 9, d: 0, c: 0 };
    const content = aContent([
      aSegment(start, [{ second: start, namespaces: { 'a.quiet': quiet, 'b.loud': loud } }]),
    ]);
    const rows = densityOf(content, start * 1000, (start + 1) * 1000, 1);
    assert.deepEqual(
      rows.map((row) => row.ns),
      ['b.loud', 'a.quiet'],
    );
  });

  it('adds up ten million operations of a day fast enough to zoom', () => {
    const content = aContent(busy(86_400, ['shop.orders', 'shop.carts', 'shop.users', 'log.lines'], 10));
    const day = () => densityOf(content, start * 1000, (start + 86_400) * 1000, 1440);
    assert.equal(sum(day().flatMap((row) => [...row.inserts, ...row.updates, ...row.deletes])), 10_368_000);
    const began = performance.now();
    day();
    assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
  });
});
