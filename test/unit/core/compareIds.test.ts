import assert from 'node:assert/strict';
import { Long, ObjectId, UUID } from 'bson';
import { compareIds } from '../../../src/core/compareIds';
import { findElement, type RawElement } from '../../../src/core/rawDocument';
import { bson } from './builders';

const id = (value: unknown): RawElement => findElement(bson({ _id: value }), '_id')!;

describe('compareIds', () => {
  it('orders ids of one type, and numbers of any', () => {
    const pairs: [unknown, unknown][] = [
      [1, Long.fromNumber(2)],
      [-1.5, 0],
      ['a', 'b'],
      ['a', 'ab'],
      [new Date(-5), new Date(5)],
      [new ObjectId('65f000000000000000000001'), new ObjectId('65f000000000000000000002')],
      [new UUID('00000000-0000-4000-8000-000000000001'), new UUID('00000000-0000-4000-8000-000000000002')],
    ];
    for (const [less, more] of pairs) {
      assert.ok((compareIds(id(less), id(more)) ?? 0) < 0, String(less));
      assert.ok((compareIds(id(more), id(less)) ?? 0) > 0, String(less));
      assert.equal(compareIds(id(less), id(less)), 0);
    }
  });

  it('knows no order between types, nor of documents', () => {
    assert.equal(compareIds(id('1'), id(1)), undefined);
    assert.equal(compareIds(id({ a: 1 }), id({ a: 2 })), undefined);
  });
});
