import assert from 'node:assert/strict';
import { Double, Int32, Long } from 'bson';
import { changedPaths } from '../../../src/core/documentDiff';
import { bson } from './builders';

describe('changedPaths', () => {
  const paths = (before: object, after: object): string[] => changedPaths(bson(before), bson(after));

  it('names what was set, added and removed, in the order of the later document', () => {
    assert.deepEqual(paths({ _id: 1, a: 1, gone: 1 }, { _id: 1, fresh: 1, a: 2 }), ['fresh', 'a', 'gone']);
  });

  it('goes into documents and arrays', () => {
    const before = { of: { a: [1, { b: 2, c: 3 }], same: 1 } };
    const after = { of: { a: [1, { b: 5, c: 3 }, 9], same: 1 } };
    assert.deepEqual(paths(before, after), ['of.a.1.b', 'of.a.2']);
  });

  it('takes another type for a change, however equal the number', () => {
    assert.deepEqual(paths({ n: new Int32(1) }, { n: new Double(1) }), ['n']);
    assert.deepEqual(paths({ n: new Int32(1) }, { n: Long.fromNumber(1) }), ['n']);
    assert.deepEqual(paths({ n: [1] }, { n: { 0: 1 } }), ['n']);
  });

  it('names the document whose fields only changed places, and nothing at the top', () => {
    assert.deepEqual(paths({ of: { a: 1, b: 2 } }, { of: { b: 2, a: 1 } }), ['of']);
    assert.deepEqual(paths({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
    assert.deepEqual(paths({ a: 1 }, { a: 1 }), []);
  });

  it('stops at a thousand paths', () => {
    const wide = (value: number): object =>
      Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, value]));
    assert.equal(paths(wide(1), wide(2)).length, 1000);
  });
});
