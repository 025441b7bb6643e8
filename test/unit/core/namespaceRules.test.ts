import assert from 'node:assert/strict';
import { parseNamespace } from '../../../src/core/namespace';
import { scratchName, shortened } from '../../../src/core/namespaceMap';
import { encodedLength } from '../../../src/core/text';
import { problemOfMoves } from '../../../src/core/namespaceRules';

const problem = (...moves: readonly (readonly [from: string, to: string])[]): string | undefined =>
  problemOfMoves(moves.map(([from, to]) => ({ from, to: parseNamespace(to)! })));

describe('problemOfMoves', () => {
  it('finds nothing wrong with names as they are, whatever they are', () => {
    assert.equal(problem(['a.b$c', 'a.b$c'], ['A b.c', 'A b.c'], ['c.system.js', 'c.system.js']), undefined);
  });

  it('accepts the longest names, in bytes', () => {
    assert.equal(problem(['a.b', `${'x'.repeat(63)}.b`]), undefined);
    assert.equal(problem(['a.b', `a.${'x'.repeat(253)}`]), undefined);
    assert.match(problem(['a.b', `${'x'.repeat(64)}.b`]) ?? '', /63 bytes/);
    assert.match(problem(['a.b', `${'ü'.repeat(32)}.b`]) ?? '', /63 bytes/);
    assert.match(problem(['a.b', `a.${'x'.repeat(254)}`]) ?? '', /255 bytes/);
  });

  it('refuses two that become one, and databases that differ only in case', () => {
    assert.match(problem(['a.c', 'x.c'], ['b.c', 'x.c']) ?? '', /a\.c and b\.c would both become x\.c/);
    assert.match(problem(['a.c', 'x.c'], ['b.c', 'X.c']) ?? '', /x and X differ only in case/);
    assert.equal(problem(['a.c', 'x.c'], ['b.C', 'x.C']), undefined);
  });

  it('refuses names that are for the server or no names', () => {
    assert.match(problem(['a.c', 'local.c']) ?? '', /MongoDB itself/);
    assert.match(problem(['a.c', 'x.system.c']) ?? '', /MongoDB itself/);
    assert.equal(problem(['a.system.js', 'x.system.js']), undefined);
    assert.match(problem(['a.c', 'x y.c']) ?? '', /no name/);
    assert.match(problem(['a.c', 'x.c$d']) ?? '', /no name/);
  });
});

describe('scratchName', () => {
  it('stays within 63 bytes and cuts no character in two', () => {
    for (const name of ['shop', 'x'.repeat(63), 'ü'.repeat(31), '😀'.repeat(15)]) {
      const scratch = scratchName(name, '20260101_120000');
      assert.ok(encodedLength(scratch) <= 63);
      assert.match(scratch, /^(x+|ü+|(😀)+|shop)__at_20260101_120000$/);
    }
    assert.equal(shortened('shop', '_2'), 'shop_2');
  });
});
