import assert from 'node:assert/strict';
import { Timestamp } from 'bson';
import { insertParts, isOdd } from '../../../src/mongo/insertParts';
import { bson } from '../core/builders';

const empty = new Timestamp({ t: 0, i: 0 });
const plain = (n: number): Uint8Array =>
  bson({ _id: n, t: new Timestamp({ t: 1, i: 0 }), sub: { $x: empty } });
const odd = (n: number): Uint8Array => bson({ _id: n, t: empty });

describe('isOdd', () => {
  it('is true of what an insert would change or refuse', () => {
    assert.equal(isOdd(odd(1)), true);
    assert.equal(isOdd(bson({ a: 1, _id: 1 })), true);
    assert.equal(isOdd(bson({ a: 1 })), true);
    assert.equal(isOdd(bson({ _id: 1, $a: 1 })), true);
  });

  it('is false of anything else', () => {
    assert.equal(isOdd(plain(1)), false);
    assert.equal(isOdd(bson({ _id: empty, 'a.b': 1, '': 2 })), false);
  });
});

describe('insertParts', () => {
  const parts = (documents: readonly Uint8Array[], ordered: boolean): string[] =>
    [...insertParts({ bytes: Buffer.concat(documents), documents: documents.length }, ordered)].map((part) =>
      part.kind === 'odd' ? `odd ${part.documents.length}` : `plain ${part.bytes.length / plain(0).length}`,
    );

  it('sends plain documents together', () => {
    assert.deepEqual(parts([plain(1), plain(2)], true), ['plain 2']);
    assert.deepEqual(parts([], true), []);
  });

  it('keeps the order where that matters, and sends odd ones last where it does not', () => {
    const mixed = [plain(1), odd(2), odd(3), plain(4), plain(5), odd(6)];
    assert.deepEqual(parts(mixed, true), ['plain 1', 'odd 2', 'plain 2', 'odd 1']);
    assert.deepEqual(parts(mixed, false), ['plain 3', 'odd 3']);
  });

  it('stays within what one command takes', () => {
    const many = Array.from({ length: 90_001 }, (_, n) => plain(n));
    assert.deepEqual(parts(many, false), ['plain 90000', 'plain 1']);
    assert.deepEqual(
      parts(
        Array.from({ length: 4_001 }, (_, n) => odd(n)),
        false,
      ),
      ['odd 4000', 'odd 1'],
    );
  });
});
