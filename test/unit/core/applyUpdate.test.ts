import assert from 'node:assert/strict';
import { Double, Long } from 'bson';
import { applyUpdate, updateForm } from '../../../src/core/applyUpdate';
import { canonicalExtendedJson } from '../../../src/core/extendedJson';
import { bson } from './builders';

type Fields = Record<string, unknown> | Map<string, unknown>;

function after(document: Fields, update: Fields): string {
  return canonicalExtendedJson(applyUpdate(bson(document), bson(update)));
}

function assertUpdate(document: Fields, update: Fields, expected: Fields): void {
  assert.equal(after(document, update), canonicalExtendedJson(bson(expected)));
}

const set = (fields: Fields): Fields => ({ $v: 1, $set: fields });
const unset = (...paths: string[]): Fields => ({
  $v: 1,
  $unset: Object.fromEntries(paths.map((path) => [path, true])),
});
const diff = (fields: Fields): Fields => ({ $v: 2, diff: fields });

describe('updateForm', () => {
  it('tells the three forms apart', () => {
    assert.equal(updateForm(bson({ _id: 1, a: 1 })), 'replacement');
    assert.equal(updateForm(bson(set({ a: 1 }))), 'modifiers');
    assert.equal(updateForm(bson({ $set: { a: 1 } })), 'modifiers');
    assert.equal(updateForm(bson(diff({ u: { a: 1 } }))), 'diff');
  });

  it('takes $v for a field of the document in a replacement', () => {
    assert.equal(updateForm(bson({ _id: 1, $v: 2, diff: { u: { a: 1 } } })), 'replacement');
  });
});

describe('applyUpdate with a replacement', () => {
  it('gives the replacement', () => {
    assertUpdate({ _id: 1, a: 1 }, { _id: 1, b: 2 }, { _id: 1, b: 2 });
  });

  it('keeps the _id of the document where the replacement has none', () => {
    assertUpdate({ a: 1, _id: 5 }, { b: 2 }, { _id: 5, b: 2 });
    assertUpdate({ a: 1 }, { b: 2 }, { b: 2 });
  });
});

describe('applyUpdate with $v: 1', () => {
  it('sets a field in place and adds a new one at the end', () => {
    assertUpdate({ a: 1, b: 2 }, set({ a: 'x', c: 3 }), { a: 'x', b: 2, c: 3 });
  });

  it('keeps types exactly', () => {
    assertUpdate({ a: 1 }, set({ a: Long.fromNumber(1), b: new Double(1) }), {
      a: Long.fromNumber(1),
      b: new Double(1),
    });
  });

  it('sets through documents and creates those that are missing', () => {
    assertUpdate({ a: { b: 1 } }, set({ 'a.c.d': 2 }), { a: { b: 1, c: { d: 2 } } });
  });

  it('creates documents, not arrays, for numbers in a path that is missing', () => {
    assertUpdate({}, set({ 'arr.3': 1 }), { arr: new Map([['3', 1]]) });
  });

  it('sets an array element by index', () => {
    assertUpdate({ t: ['a', 'b', 'c'] }, set({ 't.1': 'B' }), { t: ['a', 'B', 'c'] });
    assertUpdate({ t: [{ x: 1 }] }, set({ 't.0.x': 2 }), { t: [{ x: 2 }] });
  });

  it('pads an array with null up to an index beyond its end', () => {
    assertUpdate({ t: [1] }, set({ 't.3': 2 }), { t: [1, null, null, 2] });
    assertUpdate({ t: [1] }, set({ 't.2.x': 2 }), { t: [1, null, { x: 2 }] });
  });

  it('refuses to pad without bounds', () => {
    assert.throws(() => after({ t: [] }, set({ 't.99999999': 1 })), RangeError);
  });

  it('ignores a path through a scalar: the base may be newer', () => {
    assertUpdate({ a: 5 }, set({ 'a.b': 1 }), { a: 5 });
    assertUpdate({ a: null }, set({ 'a.b.c': 1 }), { a: null });
    assertUpdate({ t: [1] }, set({ 't.name': 1 }), { t: [1] });
    assertUpdate({ a: 5 }, unset('a.b'), { a: 5 });
  });

  it('takes fields out of documents and leaves null in arrays', () => {
    assertUpdate({ a: 1, b: { c: 1, d: 2 } }, unset('a', 'b.c'), { b: { d: 2 } });
    assertUpdate({ t: [1, 2] }, unset('t.0'), { t: [null, 2] });
    assertUpdate({ t: [1, 2] }, unset('t.7', 'nothing', 'no.thing'), { t: [1, 2] });
  });

  it('adds fields in the order of names, as servers do with an update somebody sent in another one', () => {
    assertUpdate({}, set({ b: 1, a: 2 }), { a: 2, b: 1 });
  });

  it('adds longer paths after shorter ones and numbers by value where names are in no known order', () => {
    assertUpdate({ o: {} }, set({ 'o.b': 1, 'o.10': 1, 'o.9': 1 }), {
      o: new Map([
        ['9', 1],
        ['10', 1],
        ['b', 1],
      ]),
    });
    assertUpdate({ z: 1 }, set({ 'b.c.d': 1, a: 1 }), { z: 1, a: 1, b: { c: { d: 1 } } });
    assertUpdate({ t: [1] }, unset('t.name'), { t: [1] });
  });

  it('keeps the order of 4.4, which sorts numbers as text', () => {
    assertUpdate({ o: {} }, set({ 'o.10': 1, 'o.2': 1 }), {
      o: new Map([
        ['10', 1],
        ['2', 1],
      ]),
    });
  });

  it('accepts modifiers without a version', () => {
    assertUpdate({ a: 1 }, { $set: { a: 2 }, $unset: { b: 1 } }, { a: 2 });
  });

  it('refuses an operator that is never logged', () => {
    assert.throws(() => after({ a: 1 }, { $v: 1, $inc: { a: 1 } }), RangeError);
  });
});

describe('applyUpdate with $v: 2', () => {
  it('deletes, sets in place, adds at the end', () => {
    assertUpdate({ a: 1, b: 2, c: 3 }, diff({ d: { a: false }, u: { b: 'B', x: 1 }, i: { y: 2 } }), {
      b: 'B',
      c: 3,
      x: 1,
      y: 2,
    });
  });

  it('moves a field that is inserted although it is there to the end', () => {
    assertUpdate({ a: 1, b: 2 }, diff({ i: { a: 9 } }), { b: 2, a: 9 });
  });

  it('changes nested documents', () => {
    assertUpdate({ s: { y: { z: 0 } } }, diff({ ss: { sy: { u: { z: 7 } } } }), { s: { y: { z: 7 } } });
  });

  it('tells sub-diffs of fields named like sections apart from the sections', () => {
    const nested = { u: { x: 1 } };
    assertUpdate({ d: {}, i: {}, u: {}, '': {} }, diff({ sd: nested, si: nested, su: nested, s: nested }), {
      d: { x: 1 },
      i: { x: 1 },
      u: { x: 1 },
      '': { x: 1 },
    });
  });

  it('sets, changes, truncates and pads arrays', () => {
    assertUpdate({ t: ['a', 'b', 'c'] }, diff({ st: { a: true, u3: 'd' } }), { t: ['a', 'b', 'c', 'd'] });
    assertUpdate({ t: [{ x: 1 }, 2, 3] }, diff({ st: { a: true, l: 1, s0: { u: { x: 2 } } } }), {
      t: [{ x: 2 }],
    });
    assertUpdate({ t: [1] }, diff({ st: { a: true, u5: 6 } }), { t: [1, null, null, null, null, 6] });
    assertUpdate({ t: [1] }, diff({ st: { a: true, l: 3 } }), { t: [1, null, null] });
    assertUpdate({ t: [[1, 2]] }, diff({ st: { a: true, s0: { a: true, u0: null } } }), { t: [[null, 2]] });
  });

  it('numbers array elements by place beyond nine', () => {
    const long = Array.from({ length: 12 }, (_, i) => i);
    assertUpdate({ t: long }, diff({ st: { a: true, u9: 'x', u11: 'y' } }), {
      t: [...long.slice(0, 9), 'x', 10, 'y'],
    });
  });

  it('leaves null where a sub-diff meets another type, as servers do', () => {
    assertUpdate({ n: 12 }, diff({ sn: { u: { r: 2 } } }), { n: null });
    assertUpdate({ n: [1] }, diff({ sn: { u: { r: 2 } } }), { n: null });
    assertUpdate({ n: {} }, diff({ sn: { a: true, u0: 1 } }), { n: null });
    assertUpdate({ t: [1] }, diff({ st: { a: true, s0: { u: { x: 1 } }, s2: { u: { x: 1 } } } }), {
      t: [null, null, null],
    });
  });

  it('ignores a sub-diff of a field that is not there', () => {
    assertUpdate({ a: 1 }, diff({ sb: { u: { x: 1 } } }), { a: 1 });
  });

  it('takes dots and dollars in names for names', () => {
    assertUpdate({ 'a.b': 1, a: { b: 2 } }, diff({ u: { 'a.b': 9, $price: 3 } }), {
      'a.b': 9,
      a: { b: 2 },
      $price: 3,
    });
  });

  it('gives the same when applied twice', () => {
    const update = diff({ d: { a: false }, u: { b: 2 }, i: { c: 3 }, st: { a: true, l: 2, u1: 'x' } });
    const once = applyUpdate(bson({ a: 1, b: 1, t: [1, 2, 3] }), bson(update));
    assert.deepEqual(applyUpdate(once, bson(update)), once);
  });

  it('refuses sections in another order, unknown ones and fields named twice', () => {
    for (const wrong of [
      { u: { a: 1 }, d: { b: false } },
      { i: { a: 1 }, u: { b: 1 } },
      { sa: { u: { x: 1 } }, u: { b: 1 } },
      { b: { a: 1 } },
      { u: { a: 1 }, i: { a: 1 } },
      { u: 1 },
      {},
      { sa: {} },
    ]) {
      assert.throws(() => after({ a: {} }, diff(wrong)), RangeError, JSON.stringify(wrong));
    }
  });

  it('refuses array diffs that are out of order or hold something else', () => {
    for (const wrong of [
      { a: true, u1: 1, u0: 1 },
      { a: true, u0: 1, l: 1 },
      { a: true, x0: 1 },
      { a: false, u0: 1 },
      { a: true, l: -1 },
      { a: true, s0: 1 },
      { a: true, u99999999: 1 },
    ]) {
      assert.throws(() => after({ t: [1, 2] }, diff({ st: wrong })), RangeError, JSON.stringify(wrong));
    }
  });

  it('refuses a version that it does not know', () => {
    assert.throws(() => after({ a: 1 }, { $v: 3, diff: { u: { a: 1 } } }), RangeError);
    assert.throws(() => after({ a: 1 }, { $v: 2, diff: 1 }), RangeError);
  });
});
