import assert from 'node:assert/strict';
import { Long } from 'bson';
import fc from 'fast-check';
import { applyUpdate } from '../../../src/core/applyUpdate';
import { FoldedOperations } from '../../../src/core/fold';
import type { DocumentOperation } from '../../../src/core/fold';
import { findElement } from '../../../src/core/rawDocument';
import { at, bson, json } from './builders';

const insert = (ordinal: number, o: Record<string, unknown>): DocumentOperation => ({
  ts: at(ordinal),
  op: 'i',
  o: bson(o),
  o2: undefined,
});
const update = (ordinal: number, _id: unknown, o: Record<string, unknown>): DocumentOperation => ({
  ts: at(ordinal),
  op: 'u',
  o: bson(o),
  o2: bson({ _id }),
});
const set = (ordinal: number, _id: unknown, fields: Record<string, unknown>): DocumentOperation =>
  update(ordinal, _id, { $v: 2, diff: { u: fields } });
const remove = (ordinal: number, _id: unknown): DocumentOperation => ({
  ts: at(ordinal),
  op: 'd',
  o: bson({ _id }),
  o2: undefined,
});

function folded(...operations: DocumentOperation[]): FoldedOperations {
  const fold = new FoldedOperations();
  for (const operation of operations) fold.add(operation);
  return fold;
}

/** Everything after the base, in natural order. */
function result(fold: FoldedOperations, ...base: Record<string, unknown>[]): unknown[] {
  const kept = base.flatMap((document) => fold.apply(bson(document)) ?? []);
  return [...kept, ...fold.inserted()].map(json);
}

const plain = (...documents: Record<string, unknown>[]): unknown[] =>
  documents.map((document) => json(bson(document)));

describe('FoldedOperations', () => {
  it('leaves alone what the log does not touch, byte for byte', () => {
    const document = bson({ _id: 1, a: 1 });
    assert.equal(folded(remove(1, 2)).apply(document), document);
  });

  it('replays updates on a document of the base in order', () => {
    const fold = folded(set(1, 1, { a: 2 }), set(2, 1, { b: 3 }), set(3, 1, { a: 4 }));
    assert.deepEqual(result(fold, { _id: 1, a: 1 }), plain({ _id: 1, a: 4, b: 3 }));
    assert.deepEqual(fold.missing(), []);
  });

  it('follows a document through insert, updates and replacement', () => {
    const fold = folded(
      insert(1, { _id: 1, a: 1 }),
      set(2, 1, { a: 2 }),
      update(3, 1, { _id: 1, z: 1 }),
      set(4, 1, { y: 2 }),
    );
    assert.deepEqual(result(fold), plain({ _id: 1, z: 1, y: 2 }));
  });

  it('lets a replacement supersede the updates before it', () => {
    const fold = folded(set(1, 1, { a: 2 }), update(2, 1, { _id: 1, z: 1 }), set(3, 1, { y: 2 }));
    assert.deepEqual(result(fold, { _id: 1, a: 1 }), plain({ _id: 1, z: 1, y: 2 }));
  });

  it('deletes, and puts what is inserted again at the end', () => {
    const fold = folded(remove(1, 1), insert(2, { _id: 1, again: true }), remove(3, 3));
    assert.deepEqual(
      result(fold, { _id: 1 }, { _id: 2 }, { _id: 3 }),
      plain({ _id: 2 }, { _id: 1, again: true }),
    );
    assert.deepEqual(fold.missing(), []);
  });

  it('leaves nothing of what came and went', () => {
    assert.deepEqual(result(folded(insert(1, { _id: 1 }), remove(2, 1))), []);
  });

  it('replaces a document of a newer base that the log inserts', () => {
    const fold = folded(insert(1, { _id: 1, a: 1 }), set(2, 1, { a: 2 }));
    assert.deepEqual(result(fold, { _id: 1, a: 2, b: 9 }), plain({ _id: 1, a: 2 }));
  });

  it('finds the document whatever the type of its number', () => {
    const fold = folded(set(1, Long.fromNumber(1), { a: 2 }));
    assert.deepEqual(result(fold, { _id: 1, a: 1 }), plain({ _id: 1, a: 2 }));
  });

  it('reports an update of a missing document and creates none', () => {
    const fold = folded(set(5, 1, { a: 2 }), set(6, 1, { a: 3 }));
    assert.deepEqual(result(fold), []);
    assert.deepEqual(
      fold.missing().map(({ op, ts }) => [op, ts]),
      [['u', at(5)]],
    );
  });

  it('reports a replacement of a missing document', () => {
    const fold = folded(update(5, 1, { _id: 1, a: 1 }));
    assert.deepEqual(result(fold), []);
    assert.equal(fold.missing().length, 1);
  });

  it('reports updates and deletes after a delete, by time', () => {
    const fold = folded(insert(1, { _id: 1 }), remove(2, 1), set(3, 1, { a: 1 }), remove(4, 1), remove(1, 7));
    assert.deepEqual(result(fold), []);
    assert.deepEqual(
      fold.missing().map(({ op, ts }) => [op, ts]),
      [
        ['d', at(1)],
        ['u', at(3)],
        ['d', at(4)],
      ],
    );
  });

  it('forgets everything, the base too, when the collection is emptied', () => {
    const fold = folded(insert(1, { _id: 1 }), set(2, 2, { a: 1 }));
    fold.empty();
    fold.add(insert(4, { _id: 3 }));
    assert.deepEqual(result(fold, { _id: 2, a: 0 }, { _id: 4 }), plain({ _id: 3 }));
    assert.deepEqual(fold.missing(), []);
  });

  it('tells which documents the log touches', () => {
    const fold = folded(remove(1, 1), insert(2, { _id: 2 }));
    const element = (id: number) => {
      const found = findElement(bson({ _id: id }), '_id');
      assert.ok(found);
      return found;
    };
    assert.deepEqual([fold.touches(element(1)), fold.touches(element(3)), fold.size], [true, false, 2]);
  });

  it('refuses an operation without an _id', () => {
    assert.throws(() => folded(insert(1, { a: 1 })), RangeError);
  });

  it('gives what replaying one operation after the other gives', () => {
    const ids = fc.integer({ min: 0, max: 3 });
    const operations = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('i' as const), id: ids, value: fc.nat(9) }),
        fc.record({ kind: fc.constant('u' as const), id: ids, value: fc.nat(9) }),
        fc.record({ kind: fc.constant('r' as const), id: ids, value: fc.nat(9) }),
        fc.record({ kind: fc.constant('d' as const), id: ids, value: fc.nat(9) }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(operations, fc.uniqueArray(ids), (steps, base) => {
        const fold = new FoldedOperations();
        const naive = new Map(base.map((id) => [id, bson({ _id: id, base: true })]));
        let unfound = 0;
        for (const [index, { kind, id, value }] of steps.entries()) {
          const present = naive.get(id);
          if (kind === 'i') {
            fold.add(insert(index, { _id: id, value }));
            naive.set(id, bson({ _id: id, value }));
            continue;
          }
          if (!present) unfound++;
          if (kind === 'd') {
            fold.add(remove(index, id));
            naive.delete(id);
          } else {
            const change =
              kind === 'r' ? { _id: id, replaced: value } : { $v: 2, diff: { u: { [`f${value}`]: value } } };
            fold.add(update(index, id, change));
            if (present) naive.set(id, applyUpdate(present, bson(change)));
          }
        }
        const documents = base.map((id) => ({ _id: id, base: true }));
        const byText = (texts: unknown[]): string[] => texts.map((text) => JSON.stringify(text)).sort();
        assert.deepEqual(byText(result(fold, ...documents)), byText([...naive.values()].map(json)));
        assert.equal(fold.missing().length > 0, unfound > 0);
      }),
    );
  });

  describe('with operations that were sent through applyOps', () => {
    const lenient = (operation: DocumentOperation): DocumentOperation => ({ ...operation, lenient: true });

    it('lets an insert replace a document in its place, in the base or of the log', () => {
      const fold = folded(
        insert(1, { _id: 2, n: 1 }),
        insert(2, { _id: 3 }),
        lenient(insert(3, { _id: 2, n: 2 })),
      );
      fold.add(lenient(insert(4, { n: 9, _id: 1 })));
      assert.deepEqual(result(fold, { _id: 1, n: 1 }, { _id: 7 }), [
        json(bson({ _id: 1, n: 9 })),
        json(bson({ _id: 7 })),
        json(bson({ _id: 2, n: 2 })),
        json(bson({ _id: 3 })),
      ]);
      assert.deepEqual(fold.missing(), []);
      assert.equal(fold.trimsUntold, true);
    });

    it('lets an update make what it does not find, and change what it finds', () => {
      const fold = folded(lenient(set(1, 1, { n: 1 })), lenient(set(2, 2, { n: 2 })), set(3, 2, { m: 3 }));
      assert.deepEqual(result(fold, { _id: 1, n: 0 }), [
        json(bson({ _id: 1, n: 1 })),
        json(bson({ _id: 2, n: 2, m: 3 })),
      ]);
      assert.deepEqual(fold.missing(), []);
    });

    it('lets an update bring back what was deleted, and a delete find nothing', () => {
      const fold = folded(
        insert(1, { _id: 1 }),
        remove(2, 1),
        lenient(set(3, 1, { n: 1 })),
        lenient(remove(4, 9)),
      );
      assert.deepEqual(result(fold), [json(bson({ _id: 1, n: 1 }))]);
      assert.deepEqual(fold.missing(), []);
    });

    it('puts what it makes where it was made, the base having been read before or after', () => {
      const operations = [
        insert(1, { _id: 2 }),
        lenient(insert(2, { _id: 3, n: 1 })),
        lenient(set(3, 4, { n: 1 })),
        insert(4, { _id: 5 }),
        lenient(insert(5, { _id: 1, n: 1 })),
      ];
      const all = [{ _id: 1, n: 1 }, { _id: 2 }, { _id: 3, n: 1 }, { _id: 4, n: 1 }, { _id: 5 }];
      const old = { _id: 1, n: 0 };
      for (let read = 0; read < all.length; read++) {
        const fold = folded(...operations);
        for (let time = 1; time <= 3; time++)
          assert.deepEqual(result(fold, old, ...all.slice(1, 1 + read)), plain(...all));
      }
    });

    it('puts at the end what it makes of a document that was deleted', () => {
      for (const again of [lenient(insert(4, { _id: 1, n: 1 })), lenient(set(4, 1, { n: 1 }))]) {
        const operations = [remove(1, 1), remove(2, 2), insert(3, { _id: 2 }), again];
        assert.deepEqual(
          result(folded(...operations), { _id: 1 }, { _id: 2 }),
          plain({ _id: 2 }, { _id: 1, n: 1 }),
        );
      }
    });

    it('leaves in its place what it replaces, also behind one that was deleted and came again', () => {
      const fold = folded(remove(1, 1), insert(2, { _id: 1 }), lenient(insert(3, { _id: 2, n: 1 })));
      assert.deepEqual(result(fold, { _id: 1 }, { _id: 2 }), plain({ _id: 2, n: 1 }, { _id: 1 }));
    });

    it('knows whether documents may have grown since the last insert', () => {
      const grew = (...operations: DocumentOperation[]): boolean => {
        const fold = folded(...operations);
        result(fold, { _id: 1 });
        return fold.grewSinceInsert;
      };
      assert.equal(grew(insert(1, { _id: 2 })), false);
      assert.equal(grew(insert(1, { _id: 2 }), set(2, 1, { n: 1 })), true);
      assert.equal(grew(set(1, 1, { n: 1 }), insert(2, { _id: 2 }), remove(3, 1)), false);
      assert.equal(grew(set(1, 1, { n: 1 }), lenient(insert(2, { _id: 2 }))), false);
      assert.equal(grew(lenient(insert(1, { _id: 1, n: 1 }))), true, 'the base has it');
      assert.equal(grew(insert(1, { _id: 2 }), lenient(insert(2, { _id: 2, n: 1 }))), true, 'the log has it');
      assert.equal(grew(remove(1, 1), lenient(insert(2, { _id: 1 }))), false);
    });

    it('lets what it made be deleted', () => {
      const fold = folded(lenient(set(1, 1, { n: 1 })), remove(2, 1));
      assert.deepEqual(result(fold), []);
      assert.deepEqual(fold.missing(), []);
    });

    it('still misses what an update before needed', () => {
      const fold = folded(set(1, 1, { n: 1 }), lenient(set(2, 1, { m: 1 })));
      assert.deepEqual(result(fold), [json(bson({ _id: 1, m: 1 }))]);
      assert.equal(fold.missing().length, 1);
    });
  });

  it('puts a document that is deleted and inserted again at the end', () => {
    const fold = folded(insert(1, { _id: 1 }), insert(2, { _id: 2 }), remove(3, 1), insert(4, { _id: 1 }));
    assert.deepEqual(result(fold), [json(bson({ _id: 2 })), json(bson({ _id: 1 }))]);
  });

  it('forgets what comes and goes after the base was consistent, and still sees damage', () => {
    const fold = new FoldedOperations(at(5));
    for (let n = 6; n < 100; n += 2) {
      fold.add(insert(n, { _id: n }));
      fold.add(remove(n + 1, n));
    }
    assert.equal(fold.size, 0);
    fold.add(remove(200, 6));
    assert.deepEqual(result(fold), []);
    assert.deepEqual(
      fold.missing().map(({ ts }) => ts),
      [at(200)],
    );
  });
});
