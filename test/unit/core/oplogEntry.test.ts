import assert from 'node:assert/strict';
import { Binary, Int32, Long, Timestamp } from 'bson';
import { readEntryTime, readInnerOperations, readOplogEntry } from '../../../src/core/oplogEntry';
import { findElement } from '../../../src/core/rawDocument';
import { clusterTime } from '../../../src/core/time';
import { bson } from './builders';

const uuid = new Binary(
  Uint8Array.from({ length: 16 }, (_, i) => i * 16 + i),
  4,
);
const full = {
  lsid: { id: uuid },
  txnNumber: Long.fromNumber(7),
  op: 'u',
  ns: 'shop.orders.2026',
  ui: uuid,
  o: { $v: 2, diff: { u: { a: 1 } } },
  o2: { _id: 1 },
  stmtId: [new Int32(0), new Int32(1)],
  ts: new Timestamp({ t: 0xf000_0000, i: 0x8000_0001 }),
  t: Long.fromNumber(3),
  v: Long.fromNumber(2),
  wall: new Date(1_700_000_000_123),
  prevOpTime: { ts: new Timestamp({ t: 5, i: 6 }), t: Long.fromNumber(3) },
  fromMigrate: true,
};

describe('readOplogEntry', () => {
  it('reads the envelope', () => {
    const bytes = bson(full);
    const entry = readOplogEntry(bytes);
    assert.equal(entry.bytes, bytes);
    assert.equal(entry.ts, clusterTime(0xf000_0000, 0x8000_0001));
    assert.equal(entry.term, 3n);
    assert.equal(entry.op, 'u');
    assert.equal(entry.ns, 'shop.orders.2026');
    assert.equal(entry.ui, '00112233445566778899aabbccddeeff');
    assert.deepEqual(entry.o, bson(full.o));
    assert.deepEqual(entry.o2, bson(full.o2));
    assert.equal(entry.wallMs, 1_700_000_000_123);
    assert.deepEqual(entry.lsid, bson(full.lsid));
    assert.equal(entry.txnNumber, 7n);
    assert.equal(entry.prevOpTime, clusterTime(5, 6));
    assert.equal(entry.fromMigrate, true);
  });

  it('reads the time of the entry before wherever it stands', () => {
    const { ts, t } = full.prevOpTime;
    const none = { ...full.prevOpTime, ts: new Timestamp({ t: 0, i: 0 }) };
    const timeOf = (prevOpTime: unknown) => readOplogEntry(bson({ ...full, prevOpTime })).prevOpTime;
    assert.equal(timeOf({ t, ts }), clusterTime(5, 6));
    assert.equal(timeOf(none), 0n);
    for (const without of [{ t }, { tss: ts }, { ts: 1 }, {}, 1]) assert.equal(timeOf(without), undefined);
  });

  it('gives views into the entry', () => {
    const bytes = bson(full);
    assert.equal(readOplogEntry(bytes).o.buffer, bytes.buffer);
  });

  it('leaves undefined what the very first entry of a replica set lacks', () => {
    const entry = readOplogEntry(
      bson({
        op: 'n',
        ns: '',
        o: { msg: 'initiating set' },
        ts: full.ts,
        v: Long.fromNumber(2),
        wall: full.wall,
      }),
    );
    assert.deepEqual(
      [entry.term, entry.ui, entry.o2, entry.lsid, entry.txnNumber, entry.prevOpTime, entry.multiOpType],
      [undefined, undefined, undefined, undefined, undefined, undefined, undefined],
    );
    assert.equal(entry.ns, '');
    assert.equal(entry.fromMigrate, false);
  });

  it('reads a wall clock before 1970 and the type of a vectored insert', () => {
    const entry = readOplogEntry(bson({ ...full, wall: new Date(-5), multiOpType: 1 }));
    assert.equal(entry.wallMs, -5);
    assert.equal(entry.multiOpType, 1);
  });

  it('refuses an entry without ts, op or o', () => {
    for (const field of ['ts', 'op', 'o'] as const) {
      assert.throws(() => readOplogEntry(bson({ ...full, [field]: undefined })), RangeError);
    }
  });
});

describe('readEntryTime', () => {
  it('reads the time alone', () => {
    assert.equal(readEntryTime(bson(full)), clusterTime(0xf000_0000, 0x8000_0001));
    assert.throws(() => readEntryTime(bson({ op: 'n' })), RangeError);
  });
});

describe('readInnerOperations', () => {
  const operationsOf = (applyOps: unknown): unknown => {
    const element = findElement(bson({ applyOps }), 'applyOps');
    assert.ok(element);
    return readInnerOperations(element);
  };

  it('reads operations in order', () => {
    const o = bson({ _id: 1 });
    assert.deepEqual(operationsOf([{ op: 'i', ns: 'a.b', ui: uuid, o: { _id: 1 } }]), [
      { op: 'i', ns: 'a.b', ui: '00112233445566778899aabbccddeeff', o, o2: undefined, fromMigrate: false },
    ]);
  });

  it('refuses what is not an array of operations', () => {
    assert.throws(() => operationsOf({ op: 'i' }), RangeError);
    assert.throws(() => operationsOf([1]), RangeError);
  });
});
