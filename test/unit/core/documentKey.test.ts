import assert from 'node:assert/strict';
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { documentKey } from '../../../src/core/documentKey';
import { findElement } from '../../../src/core/rawDocument';
import { bson } from './builders';

function keyOf(id: unknown): string {
  const element = findElement(bson(new Map([['_id', id]])), '_id');
  assert.ok(element);
  return documentKey(element);
}

const decimal = (text: string): Decimal128 => Decimal128.fromString(text);

describe('documentKey', () => {
  it('takes numbers of equal value for the same, whatever their type', () => {
    const same: readonly (readonly unknown[])[] = [
      [new Int32(1), new Double(1), Long.fromNumber(1), decimal('1'), decimal('1.0'), decimal('10E-1')],
      [new Int32(0), new Double(0), new Double(-0), decimal('-0'), decimal('0E+10')],
      [new Double(-2.5), decimal('-2.5'), decimal('-2.50')],
      [new Double(2 ** 60), Long.fromString('1152921504606846976')],
      [new Double(1e22), decimal('1E+22')],
      [new Double(Number.NaN), decimal('NaN')],
      [new Double(Number.POSITIVE_INFINITY), decimal('Infinity')],
    ];
    for (const group of same) assert.equal(new Set(group.map(keyOf)).size, 1, String(group));
  });

  it('tells numbers apart that differ in the last bit', () => {
    assert.notEqual(keyOf(Long.fromString('9007199254740993')), keyOf(new Double(9007199254740992)));
    assert.notEqual(keyOf(new Double(0.1)), keyOf(decimal('0.1')));
    assert.notEqual(keyOf(Long.MAX_VALUE), keyOf(new Double(2 ** 63)));
    assert.notEqual(keyOf(new Double(5e-324)), keyOf(new Int32(0)));
  });

  it('compares any double with an integer as numbers compare', () => {
    fc.assert(
      fc.property(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (double, integer) => {
        const long = Long.fromBigInt(integer);
        const isSame = Number.isInteger(double) && BigInt(double) === integer;
        assert.equal(keyOf(long) === keyOf(new Double(double)), isSame);
        const near = Number(integer);
        assert.equal(keyOf(long) === keyOf(new Double(near)), BigInt(near) === integer);
      }),
    );
  });

  it('tells types and bytes apart', () => {
    const ids = [
      1,
      '1',
      '',
      null,
      true,
      false,
      new ObjectId('31'.repeat(12)),
      '1'.repeat(12),
      new Date(1),
      new Timestamp({ t: 0, i: 1 }),
      new Binary(Uint8Array.of(1), 0),
      new Binary(Uint8Array.of(1), 4),
      new Binary(Uint8Array.of(1), 5),
      new MinKey(),
      new MaxKey(),
      {},
      { a: 1 },
      { a: '1' },
      { a: { b: 1 } },
      { a: 1, b: 1 },
      { b: 1, a: 1 },
      { a: [1] },
      { a: [] },
      { a: {} },
      'x'.repeat(5000),
      'x'.repeat(5001),
    ];
    assert.equal(new Set(ids.map(keyOf)).size, ids.length);
  });

  it('keeps the order of names that look like numbers', () => {
    assert.notEqual(
      keyOf(
        new Map([
          ['2', 1],
          ['1', 1],
        ]),
      ),
      keyOf(
        new Map([
          ['1', 1],
          ['2', 1],
        ]),
      ),
    );
  });

  it('compares numbers in documents by value', () => {
    assert.equal(
      keyOf({ a: new Int32(1), b: [new Double(2)] }),
      keyOf({ a: Long.fromNumber(1), b: [decimal('2')] }),
    );
  });

  it('does not mix the parts of different documents', () => {
    assert.notEqual(keyOf({ a: '', b: '1:n' }), keyOf({ a: '1:n', b: '' }));
    assert.notEqual(keyOf({ a: { b: 1 }, c: 2 }), keyOf({ a: { b: 1, c: 2 } }));
  });
});
