import assert from 'node:assert/strict';
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import { documentKey } from '../../../src/core/documentKey';
import { frameKeys, keyHash, KeySet } from '../../../src/core/frameKeys';
import { findElement } from '../../../src/core/rawDocument';
import { bson } from './builders';

const ids = [
  new ObjectId(),
  'text',
  'ü and more than Latin: 日本',
  new Int32(5),
  { a: 1, b: 'x' },
  new Binary(Uint8Array.of(1, 2, 3)),
  new Date(5),
  null,
  true,
];

describe('frameKeys', () => {
  it('has the hash of each document in order, that of its key', () => {
    const documents = [...ids.map((_id) => bson({ _id, x: 1 })), bson({ first: 1, _id: 9 })];
    const keys = frameKeys(Buffer.concat(documents), documents.length);
    const expected = documents.map((d) => {
      const id = findElement(d, '_id');
      return id && keyHash(documentKey(id));
    });
    assert.deepEqual([...keys], expected);
    assert.equal(new Set(keys).size, documents.length);
  });

  it('is the same for numbers that the server takes for one, whatever their type', () => {
    const same = [new Int32(7), new Double(7), Long.fromNumber(7), Decimal128.fromString('7.0')];
    const documents = same.map((_id) => bson({ _id }));
    assert.equal(new Set(frameKeys(Buffer.concat(documents), documents.length)).size, 1);
  });

  it('spreads ids that follow each other over all of its range', () => {
    const documents = Array.from({ length: 20_000 }, (_, n) =>
      bson({ _id: new ObjectId(n.toString(16).padStart(24, '0')) }),
    );
    const keys = frameKeys(Buffer.concat(documents), documents.length);
    assert.ok(new Set(keys).size > 19_990);
    const high = keys.filter((k) => k >= 2 ** 31).length;
    assert.ok(high > 9_000 && high < 11_000, String(high));
  });
});

describe('KeySet', () => {
  it('has what it was given, and nothing that only shares the low bits', () => {
    const hashes = [0, 1, 7, 8, 2 ** 20 - 1, 2 ** 20, 2 ** 31, 2 ** 32 - 1];
    const keys = new KeySet(hashes);
    for (const hash of hashes) assert.equal(keys.has(hash), true, String(hash));
    const others = Uint32Array.of(2, 6, 9, 2 ** 20 + 1, 2 ** 21, 2 ** 31 + 7, 2 ** 32 - 2, 2 ** 22 - 1);
    for (const hash of others) assert.equal(keys.has(hash), false, String(hash));
    assert.equal(keys.hasAny(others), false);
    assert.equal(keys.hasAny(Uint32Array.of(...others, 2 ** 31)), true);
    assert.equal(keys.hasAny(new Uint32Array(0)), false);
    assert.equal(new KeySet([]).has(0), false);
  });
});
