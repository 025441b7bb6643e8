import assert from 'node:assert/strict';
import {
  barHeight,
  bucketAt,
  bucketsIn,
  busiest,
  inScope,
  kinds,
  peak,
  sum,
  totalsAt,
  totalsIn,
  type Series,
} from '../../../webview/timeline/density';

const row = (ns: string, inserts: number[], deletes: number[] = [0, 0, 0]): Series => ({
  ns,
  inserts,
  updates: [0, 0, 0],
  deletes,
  commands: [0, 0, 0],
});
const rows = [
  row('shop.orders', [1, 2, 3], [0, 4, 0]),
  row('shop.carts', [5, 0, 0]),
  row('auth.tokens', [0, 0, 0]),
];
const buckets = { fromMs: 1000, toMs: 4000, stepMs: 1000, count: 3 };

describe('inScope', () => {
  it('takes a database, a collection and everything, but no namesake', () => {
    assert.ok(inScope(undefined, 'a.b'));
    assert.ok(inScope('shop', 'shop.orders'));
    assert.ok(inScope('shop.orders', 'shop.orders'));
    assert.ok(!inScope('shop', 'shop2.orders'));
    assert.ok(!inScope('shop.orders', 'shop.orders2'));
  });
});

describe('sum', () => {
  it('adds rows bucket by bucket and kind by kind', () => {
    const total = sum(rows, 3);
    assert.deepEqual(total.inserts, [6, 2, 3]);
    assert.deepEqual(total.deletes, [0, 4, 0]);
    assert.deepEqual(totalsAt(total, 1), { inserts: 2, updates: 0, deletes: 4, commands: 0 });
    assert.deepEqual(totalsIn(total, 1, 3), { inserts: 5, updates: 0, deletes: 4, commands: 0 });
  });
});

describe('peak', () => {
  it('counts only the kinds shown', () => {
    const total = sum(rows, 3);
    assert.equal(peak(total, 0, 3, new Set(kinds)), 6);
    assert.equal(peak(total, 0, 3, new Set(['deletes'])), 4);
    assert.equal(peak(total, 0, 1, new Set(['deletes'])), 0);
  });
});

describe('busiest', () => {
  it('orders by operations and leaves idle rows out', () => {
    assert.deepEqual(
      busiest(rows, 8).map((r) => r.ns),
      ['shop.orders', 'shop.carts'],
    );
    assert.deepEqual(
      busiest(rows, 1).map((r) => r.ns),
      ['shop.orders'],
    );
  });
});

describe('bucketsIn and bucketAt', () => {
  it('take every bucket that is touched and none outside', () => {
    assert.deepEqual(bucketsIn(buckets, { fromMs: 1500, toMs: 2001 }), { from: 0, to: 2 });
    assert.deepEqual(bucketsIn(buckets, { fromMs: 9000, toMs: 9500 }), { from: 8, to: 8 });
    assert.equal(bucketAt(buckets, 3999), 2);
    assert.equal(bucketAt(buckets, 4000), undefined);
  });
});

describe('barHeight', () => {
  it('shows one operation beside ten thousand', () => {
    assert.equal(barHeight(1, 10_000, 100), 2);
    assert.equal(barHeight(2500, 10_000, 100), 50);
    assert.equal(barHeight(0, 10_000, 100), 0);
  });
});
