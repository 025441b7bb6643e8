import assert from 'node:assert/strict';
import type { CoreError } from '../../../src/core/coreError';
import type { OplogEntry } from '../../../src/core/oplogEntry';
import { countOperations, TransactionAssembler } from '../../../src/core/transactions';
import type { Operation } from '../../../src/core/transactions';
import { at, entry, json, uuid, uuidBinary } from './builders';

const inner = (id: number): object => ({ op: 'i', ns: 'shop.t', ui: uuidBinary(uuid('a')), o: { _id: id } });

/** An entry of the transaction number `txnNumber` of session 1. */
function part(ordinal: number, previous: number, o: object, txnNumber = 5): OplogEntry {
  return entry(ordinal, { session: 1, txnNumber, previous, o });
}

function ids(operations: readonly Operation[]): unknown[] {
  return operations.map(({ o }) => (json(o) as { _id: { $numberInt: string } })._id.$numberInt);
}

function codeOf(code: string): (error: CoreError) => boolean {
  return (error) => error.code === code;
}

describe('TransactionAssembler', () => {
  it('passes inserts, updates, deletes and commands on at once', () => {
    const assembler = new TransactionAssembler();
    const [insert] = assembler.push(entry(1, { op: 'i', ns: 'shop.t', ui: uuid('a'), o: { _id: 1 } }));
    assert.equal(insert?.ts, at(1));
    assert.equal(insert.ui, uuid('a'));
    assert.equal(insert.inTransaction, undefined);
    assert.equal(assembler.push(entry(2, { ns: 'shop.$cmd', o: { drop: 't' } })).length, 1);
  });

  it('gives nothing for no-ops, even those that hold a whole document of a real namespace', () => {
    const assembler = new TransactionAssembler();
    assert.deepEqual(assembler.push(entry(1, { op: 'n', ns: 'shop.t', o: { _id: 1, image: true } })), []);
    assert.deepEqual(assembler.push(entry(2, { op: 'n', ns: '', o: { msg: 'periodic noop' } })), []);
    assert.deepEqual(assembler.push(entry(3, { op: 'km', ns: '', o: {} })), []);
  });

  it('stops at an operation that it does not know', () => {
    const push = (): unknown =>
      new TransactionAssembler().push(entry(1, { op: 'zz', ns: 'shop.t', o: { _id: 1 } }));
    assert.throws(push, codeOf('unknownEntry'));
  });

  it('unwraps a transaction of one entry at its time', () => {
    const operations = new TransactionAssembler().push(part(3, 0, { applyOps: [inner(1), inner(2)] }));
    assert.deepEqual(ids(operations), ['1', '2']);
    assert.deepEqual(
      operations.map(({ ts, inTransaction }) => [ts, inTransaction?.key]),
      Array(2).fill([at(3), operations[0]?.inTransaction?.key]),
    );
    assert.ok(operations[0]?.inTransaction);
  });

  it('holds a chain back until its last entry, whose time it gets', () => {
    const assembler = new TransactionAssembler();
    assert.deepEqual(assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true })), []);
    assert.equal(assembler.openSince(), at(1));
    const between = assembler.push(entry(2, { op: 'i', ns: 'shop.t', ui: uuid('a'), o: { _id: 9 } }));
    assert.deepEqual(ids(between), ['9']);
    assert.deepEqual(assembler.push(part(3, 1, { applyOps: [inner(2)], partialTxn: true })), []);
    assert.equal(assembler.openSince(), at(1));
    const operations = assembler.push(part(4, 3, { applyOps: [inner(3)], count: 3 }));
    assert.deepEqual(ids(operations), ['1', '2', '3']);
    assert.ok(operations.every(({ ts }) => ts === at(4)));
    assert.equal(assembler.openSince(), undefined);
  });

  it('releases a prepared transaction at its commit', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    assert.deepEqual(assembler.push(part(2, 1, { applyOps: [inner(2)], prepare: true, count: 2 })), []);
    assert.equal(assembler.openSince(), at(1));
    const operations = assembler.push(part(7, 2, { commitTransaction: 1 }));
    assert.deepEqual(ids(operations), ['1', '2']);
    assert.equal(operations[0]?.ts, at(7));
  });

  it('drops a prepared transaction that aborts', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], prepare: true, count: 1 }));
    assert.deepEqual(assembler.push(part(2, 1, { abortTransaction: 1 })), []);
    assert.equal(assembler.openSince(), undefined);
  });

  it('keeps the chains of two sessions apart', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    assembler.push(
      entry(2, { session: 2, txnNumber: 5, previous: 0, o: { applyOps: [inner(8)], partialTxn: true } }),
    );
    assert.deepEqual(ids(assembler.push(part(3, 1, { applyOps: [inner(2)], count: 2 }))), ['1', '2']);
    assert.equal(assembler.openSince(), at(2));
  });

  it('says since when the oldest of several is open', () => {
    const assembler = new TransactionAssembler();
    for (const session of [1, 2]) {
      const o = { applyOps: [inner(session)], partialTxn: true };
      assembler.push(entry(session, { session, txnNumber: 5, previous: 0, o }));
    }
    assembler.push(part(3, 1, { applyOps: [inner(3)], partialTxn: true }));
    assert.equal(assembler.openSince(), at(1));
    assembler.push(part(4, 0, { applyOps: [inner(4)], partialTxn: true }, 6));
    assert.equal(assembler.openSince(), at(2));
  });

  it('starts anew at a first entry: an earlier attempt left something', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    assembler.push(part(2, 0, { applyOps: [inner(2)], partialTxn: true }));
    assert.deepEqual(ids(assembler.push(part(3, 2, { applyOps: [inner(3)], count: 2 }))), ['2', '3']);
  });

  it('forgets a chain when its session goes on with a higher number', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    assembler.push(
      entry(2, { op: 'i', ns: 'shop.t', ui: uuid('a'), session: 1, txnNumber: 6, o: { _id: 2 } }),
    );
    assert.equal(assembler.openSince(), undefined);
  });

  it('says that the recording starts inside a transaction', () => {
    const last = part(2, 1, { applyOps: [inner(2)], count: 2 });
    assert.throws(() => new TransactionAssembler().push(last), codeOf('gap'));
    const commit = part(2, 1, { commitTransaction: 1 });
    assert.throws(() => new TransactionAssembler().push(commit), codeOf('gap'));
  });

  it('does not mind an abort whose entries were not recorded', () => {
    assert.deepEqual(new TransactionAssembler().push(part(2, 1, { abortTransaction: 1 })), []);
  });

  it('says that entries in the middle are missing', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    const last = part(4, 3, { applyOps: [inner(3)], count: 2 });
    assert.throws(() => assembler.push(last), codeOf('damaged'));
  });

  it('checks how many operations there should be', () => {
    const assembler = new TransactionAssembler();
    assembler.push(part(1, 0, { applyOps: [inner(1)], partialTxn: true }));
    assert.throws(() => assembler.push(part(2, 1, { applyOps: [inner(2)], count: 3 })), codeOf('damaged'));
  });

  it('unwraps applyOps that are no transaction in place, nested ones too', () => {
    const nested = { op: 'c', ns: 'admin.$cmd', o: { applyOps: [inner(2), { op: 'n', ns: '', o: {} }] } };
    const operations = new TransactionAssembler().push(
      entry(1, { o: { applyOps: [inner(1), nested, inner(3)], lsid: { id: 1 }, $db: 'admin' } }),
    );
    assert.deepEqual(ids(operations), ['1', '2', '3']);
    assert.ok(operations.every(({ inTransaction }) => inTransaction === undefined));
  });

  it('takes a vectored insert for a retryable write, not for a transaction', () => {
    const assembler = new TransactionAssembler();
    const vectored = { session: 1, txnNumber: 5, previous: 0, multiOpType: 1 };
    const [operation] = assembler.push(entry(1, { ...vectored, o: { applyOps: [inner(1)] } }));
    assert.equal(operation?.inTransaction, undefined);
    assert.equal(
      assembler.push(entry(2, { ...vectored, previous: 1, o: { applyOps: [inner(2)] } })).length,
      1,
    );
  });

  it('does not take lsid and txnNumber alone for a transaction', () => {
    const write = entry(1, { op: 'u', ns: 'shop.t', session: 1, txnNumber: 5, previous: 0, o: { _id: 1 } });
    assert.equal(new TransactionAssembler().push(write)[0]?.inTransaction, undefined);
  });
});

describe('countOperations', () => {
  it('counts what an entry holds', () => {
    assert.equal(countOperations(part(1, 0, { applyOps: [inner(1), inner(2)] })), 2);
    assert.equal(countOperations(entry(1, { op: 'i', ns: 'shop.t', o: { _id: 1 } })), 1);
    assert.equal(countOperations(entry(1, { op: 'n', ns: '', o: {} })), 0);
  });
});
