import assert from 'node:assert/strict';
import { Long } from 'bson';
import { eventsOf as eventsOfSegments, isPartOf, titleOf } from '../../../src/core/events';
import type { EventOptions } from '../../../src/core/events';
import type { NamedEvent } from '../../../src/core/eventKind';
import { SegmentIndexer } from '../../../src/core/segmentIndexer';
import type { IndexedEntries } from '../../../src/core/segmentIndexer';
import { TransactionAssembler } from '../../../src/core/transactions';
import type { OplogEntry } from '../../../src/core/oplogEntry';
import { at, entry, uuid, uuidBinary } from './builders';
import type { EntryFields } from './builders';

const A = uuid('a');
const B = uuid('b');

/** Entries a given time apart, from a given ordinal on. */
function run(count: number, start: number, fields: (index: number) => EntryFields, stepMs = 1): OplogEntry[] {
  return Array.from({ length: count }, (_, i) =>
    entry(start + i, { ui: A, ns: 'shop.orders', wallMs: 1000 * start + i * stepMs, ...fields(i) }),
  );
}

const deletes = (count: number, start: number, more: Partial<EntryFields> = {}, stepMs = 1): OplogEntry[] =>
  run(count, start, (i) => ({ op: 'd', o: { _id: i }, ...more }), stepMs);

/** One index a segment, as a recorder makes them. */
function indexed(...segments: readonly (readonly OplogEntry[])[]): IndexedEntries[] {
  const assembler = new TransactionAssembler();
  return segments.map((entries) => {
    const indexer = new SegmentIndexer(assembler);
    for (const { bytes } of entries) indexer.add(bytes);
    return indexer.content();
  });
}

function eventsOf(...entries: OplogEntry[]): NamedEvent[] {
  return eventsOfSegments(indexed(entries));
}

function eventsWith(options: EventOptions, ...entries: OplogEntry[]): NamedEvent[] {
  return eventsOfSegments(indexed(entries), options);
}

/** What is found must not depend on where segments end: every cut, and what was open at each. */
function assertSameWhereverCut(entries: readonly OplogEntry[]): void {
  const whole = eventsOfSegments(indexed(entries));
  for (let cut = 1; cut < entries.length; cut++) {
    const parts = eventsOfSegments(indexed(entries.slice(0, cut), entries.slice(cut)));
    assert.deepEqual(parts, whole, `cut after ${cut} entries`);
  }
  const thirds = [0, 1, 2].map((n) =>
    entries.slice((entries.length / 3) * n, (entries.length / 3) * (n + 1)),
  );
  assert.deepEqual(eventsOfSegments(indexed(...thirds)), whole);
}

const command = (ordinal: number, o: object, more: Partial<EntryFields> = {}): OplogEntry =>
  entry(ordinal, { ns: 'shop.$cmd', ui: A, o, ...more });

describe('eventsOf', () => {
  it('names a deleteMany with count, range and samples', () => {
    const [event, ...others] = eventsOf(...deletes(1204, 10));
    assert.deepEqual(others, []);
    assert.equal(event?.id, '1000.10-delete');
    assert.equal(event.kind, 'delete');
    assert.equal(event.count, 1204);
    assert.deepEqual([event.from, event.to], [at(10), at(1213)]);
    assert.deepEqual(event.sampleIds.slice(0, 2), ['{"$numberInt":"0"}', '{"$numberInt":"1"}']);
    assert.equal(titleOf(event), 'deleteMany · 1,204 documents · shop.orders');
  });

  it('tells two statements with a pause between them apart', () => {
    assert.deepEqual(
      eventsOf(...deletes(3, 10), ...deletes(4, 20)).map(({ count }) => count),
      [3, 4],
    );
  });

  it('tells statements apart that write the same documents, however close', () => {
    const update = (start: number): OplogEntry[] =>
      run(20, start, (i) => ({ op: 'u', o: { a: 1 }, o2: { _id: i }, wallMs: 1000 }));
    assert.deepEqual(
      eventsOf(...update(10), ...update(40)).map(({ id, count }) => [id, count]),
      [
        ['1000.10-update', 20],
        ['1000.40-update', 20],
      ],
    );
    const sealed = eventsOfSegments(indexed(update(10), update(40)));
    assert.deepEqual(sealed, eventsOf(...update(10), ...update(40)));
  });

  it('keeps a long statement together over a pause of the server, wherever a segment ends', () => {
    const long = run(40, 10, (i) => ({
      op: 'd',
      o: { _id: i },
      wallMs: 10_000 + i * 90 + (i < 30 ? 0 : 800),
    }));
    assert.deepEqual(
      eventsOf(...long).map(({ count }) => count),
      [],
      'as slow as single writes',
    );
    const many = run(400, 10, (i) => ({
      op: 'd',
      o: { _id: i },
      wallMs: 10_000 + i * 20 + (i < 300 ? 0 : 1000),
    }));
    assert.deepEqual(
      eventsOf(...many).map(({ count }) => count),
      [400],
    );
    assertSameWhereverCut(many.filter((_, i) => i % 10 === 0));
  });

  it('tells what happens at the same time to two collections apart', () => {
    const other = deletes(3, 10, { ui: B, ns: 'shop.users' });
    const mixed = deletes(3, 10).flatMap((one, i) => [one, ...other.slice(i, i + 1)]);
    assert.deepEqual(
      eventsOf(...mixed).map(({ ns, count }) => [ns, count]),
      [
        ['shop.orders', 3],
        ['shop.users', 3],
      ],
    );
  });

  it('does not name single writes of an application', () => {
    const writes = run(
      50,
      10,
      (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i }, session: 1, txnNumber: i }),
      300,
    );
    assert.deepEqual(eventsOf(...writes, ...deletes(1, 200)), []);
  });

  it('names a loop of single writes in the order of the documents', () => {
    const writes = run(150, 10, (i) => ({
      op: 'u',
      o: { _id: i },
      o2: { _id: i },
      session: 1,
      txnNumber: i,
    }));
    assert.deepEqual(eventsOf(...writes).map(titleOf), ['updates · 150 documents · shop.orders']);
  });

  it('does not name the traffic of an application, however fast', () => {
    const writes = run(2000, 10, (i) => {
      const id = (i * 7919) % 1009;
      const op = ['i', 'u', 'd'][Math.floor(i / 400) % 3] ?? 'i';
      return { op, o: { _id: id }, o2: { _id: id }, session: i % 3, txnNumber: i };
    });
    const steady = run(500, 3000, (i) => ({ op: 'i', o: { _id: i }, session: 9, txnNumber: i }));
    assert.deepEqual(eventsOf(...writes, ...steady), []);
  });

  it('does not name single writes of a driver that sends no sessions', () => {
    const writes = run(60, 10, (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i } }), 300);
    assert.deepEqual(eventsOf(...writes), []);
  });

  it('counts a statement apart from single writes around it', () => {
    const session = (i: number) => ({ session: 1, txnNumber: i });
    const writes = [
      ...run(5, 10, (i) => ({ op: 'd', o: { _id: i }, ...session(i) })),
      ...run(12, 20, (i) => ({ op: 'd', o: { _id: 100 + i }, ...session(50) })),
      ...run(5, 40, (i) => ({ op: 'd', o: { _id: 200 + i }, ...session(60 + i) })),
    ];
    assert.deepEqual(eventsOf(...writes).map(titleOf), ['bulkWrite · 12 documents · shop.orders']);
  });

  it('tells statements that follow each other closely apart, and joins batches of one size', () => {
    const insert = (count: number, start: number, txnNumber: number): OplogEntry[] =>
      run(count, start, (i) => ({
        op: 'i',
        o: { _id: start + i },
        session: 1,
        txnNumber,
        wallMs: 1000 + start,
      }));
    const two = [...insert(50, 10, 1), ...insert(20, 60, 2)];
    assert.deepEqual(
      eventsOf(...two).map(({ count }) => count),
      [50, 20],
    );
    const batches = [...insert(50, 10, 1), ...insert(50, 60, 2), ...insert(50, 110, 3), ...insert(7, 160, 4)];
    const events = eventsOf(...batches);
    assert.deepEqual(events.map(titleOf), ['insertMany · 150 documents · shop.orders']);
  });

  it('leaves what else the session wrote out of its batches', () => {
    const statement = (txnNumber: number, count = 10): OplogEntry[] =>
      run(count, txnNumber * 10, (i) => ({
        ...{ op: 'i', o: { _id: txnNumber * 10 + i }, session: 1, txnNumber, wallMs: 1000 + txnNumber },
      }));
    const batches = [2, 3, 5, 7].flatMap((number) => statement(number));
    const others = [statement(4, 1), statement(6, 2), statement(8, 1)].flat();
    const entries = [...batches, ...others].sort((a, b) => (a.ts < b.ts ? -1 : 1));
    const [event] = eventsOf(...entries);
    assert.equal(event?.count, 40);
    const operations = (some: OplogEntry[]) => some.flatMap((one) => new TransactionAssembler().push(one));
    assert.ok(operations(batches).every((one) => isPartOf(event, one)));
    assert.ok(!operations(others).some((one) => isPartOf(event, one)));
    assertSameWhereverCut(entries);
  });

  it('keeps sessions apart that write at the same time', () => {
    const of = (session: number): OplogEntry[] =>
      run(30, 10, (i) => ({ op: 'i', o: { _id: i * 10 + session }, session, txnNumber: 4 }));
    const [one, two] = [of(1), of(2)];
    const mixed = one.flatMap((each, i) => [each, ...two.slice(i, i + 1)]);
    assert.deepEqual(
      eventsOf(...mixed).map(({ count }) => count),
      [30, 30],
    );
  });

  it('names a retryable insertMany by its one number', () => {
    const writes = run(12, 10, (i) => ({ op: 'i', o: { _id: i }, session: 1, txnNumber: 7 }), 400);
    assert.deepEqual(eventsOf(...writes).map(titleOf), ['insertMany · 12 documents · shop.orders']);
  });

  it('names a large transaction as a whole, over the collections of its database', () => {
    const inner = Array.from({ length: 12 }, (_, i) => ({
      op: 'd',
      ns: i % 2 ? 'shop.orders' : 'shop.users',
      ui: uuidBinary(i % 2 ? A : B),
      o: { _id: i },
    }));
    const chain = entry(5, { session: 1, txnNumber: 1, previous: 0, o: { applyOps: inner } });
    const operations = new TransactionAssembler().push(chain);
    const events = eventsOf(chain);
    assert.deepEqual(events.map(titleOf), ['transaction · 12 operations · shop']);
    assert.ok(events[0] && operations.every((one) => isPartOf(events[0] as NamedEvent, one)));
  });

  it('names a drop with its documents, and passes over the databases of the server', () => {
    const drop = command(5, { drop: 'orders' }, { o2: { numRecords: Long.fromNumber(1204) } });
    const internal = command(6, { drop: 'system.sessions' }, { ns: 'config.$cmd' });
    assert.deepEqual(eventsOf(drop, internal).map(titleOf), ['drop · 1,204 documents · shop.orders']);
  });

  it('begins the drop of a time-series collection with its view', () => {
    const events = eventsOf(
      entry(4, { op: 'd', ns: 'shop.system.views', ui: B, o: { _id: 'shop.ts' } }),
      command(5, { drop: 'system.buckets.ts' }, { o2: { numRecords: 3 } }),
    );
    assert.deepEqual(events.map(titleOf), ['drop · 3 documents · shop.ts']);
    assert.deepEqual([events[0]?.id, events[0]?.from, events[0]?.to], ['1000.4-drop', at(4), at(5)]);
  });

  it('makes one event of dropDatabase and its drops', () => {
    const events = eventsOf(
      command(1, { drop: 'early' }, { o2: { numRecords: 9 }, wallMs: 0 }),
      command(5, { drop: 'orders' }, { o2: { numRecords: 2 }, wallMs: 60_000 }),
      command(6, { drop: 'system.views' }, { ui: B, o2: { numRecords: 1 }, wallMs: 60_000 }),
      command(7, { drop: 'users' }, { ui: B, o2: { numRecords: 3 }, wallMs: 60_000 }),
      entry(8, { ns: 'shop.$cmd', o: { dropDatabase: 1 }, wallMs: 60_001 }),
    );
    assert.deepEqual(events.map(titleOf), [
      'drop · 9 documents · shop.early',
      'dropDatabase · 5 documents · shop',
    ]);
    assert.deepEqual([events[1]?.from, events[1]?.to], [at(5), at(8)]);
  });

  it('names renames with both names', () => {
    const rename = command(5, { renameCollection: 'shop.orders', to: 'shop.old', stayTemp: false });
    assert.deepEqual(eventsOf(rename).map(titleOf), ['renameCollection · shop.orders → shop.old']);
  });

  it('names $out by what it replaces, not by what it fills', () => {
    const temporary = 'tmp.agg_out.0123';
    const events = eventsOf(
      command(1, { create: temporary, temp: true, idIndex: {} }, { ui: B }),
      command(2, { createIndexes: temporary, v: 2, key: { a: 1 }, name: 'a_1' }, { ui: B }),
      ...run(30, 3, (i) => ({ op: 'i', ns: `shop.${temporary}`, ui: B, o: { _id: i } })),
      command(
        40,
        { renameCollection: `shop.${temporary}`, to: 'shop.dst', dropTarget: uuidBinary(A) },
        { ui: B },
      ),
    );
    assert.deepEqual(events.map(titleOf), ['$out · 30 documents · shop.dst']);
    assert.equal(events[0]?.from, at(40));
  });

  it('names convertToCapped', () => {
    const temporary = 'tmpAb1Cd.convertToCapped.orders';
    const events = eventsOf(
      command(1, { create: temporary, capped: true, size: 4096, temp: true, idIndex: {} }, { ui: B }),
      command(
        2,
        { renameCollection: `shop.${temporary}`, to: 'shop.orders', dropTarget: uuidBinary(A) },
        { ui: B },
      ),
    );
    assert.deepEqual(events.map(titleOf), ['convertToCapped · shop.orders']);
  });

  it('makes one event of the indexes that one statement builds or drops', () => {
    const events = eventsOf(
      command(1, { createIndexes: 'orders', v: 2, key: { a: 1 }, name: 'a_1' }),
      command(2, { commitIndexBuild: 'orders', indexes: [{ name: 'b' }, { name: 'c' }] }),
      command(3, { dropIndexes: 'orders', index: 'b' }),
    );
    assert.deepEqual(events.map(titleOf), [
      'createIndexes · 3 indexes · shop.orders',
      'dropIndexes · 1 index · shop.orders',
    ]);
  });

  it('does not take what a capped collection trims for deletes', () => {
    const create = command(1, { create: 'orders', capped: true, size: 4096, idIndex: {} });
    assert.deepEqual(eventsOf(create, ...deletes(5, 10)), []);
    assert.deepEqual(eventsWith({ capped: [A] }, ...deletes(5, 10)), []);
  });

  it('leaves out what it is told to ignore', () => {
    const ignores = (ns: string): boolean => ns.startsWith('shop.');
    assert.deepEqual(eventsWith({ ignores }, ...deletes(5, 10), command(60, { drop: 'orders' })), []);
  });

  it('shows the writes of a time-series collection under its name', () => {
    const writes = deletes(3, 10, { ns: 'shop.system.buckets.ts' });
    assert.deepEqual(
      eventsOf(...writes).map(({ ns }) => ns),
      ['shop.ts'],
    );
  });

  it('gives each event its own id, the same one each time', () => {
    const both = [...deletes(2, 10), ...deletes(2, 10, { ui: B, ns: 'shop.users' })];
    const ids = eventsOf(...both).map(({ id }) => id);
    assert.deepEqual(ids, ['1000.10-delete', '1000.10-delete-2']);
    assert.deepEqual(
      eventsOf(...both).map(({ id }) => id),
      ids,
    );
  });

  it('names changes of a collection, the emptying of a capped one and a conversion', () => {
    const events = eventsOf(
      command(1, { collMod: 'orders', validationLevel: 'off' }),
      command(2, { emptycapped: 'orders' }),
      command(3, { convertToCapped: 'orders', size: 4096 }),
      command(4, { dbCheck: 'orders' }),
    );
    assert.deepEqual(
      events.map(({ kind, name }) => [kind, name]),
      [
        ['collMod', 'collMod'],
        ['delete', 'emptycapped'],
        ['collMod', 'convertToCapped'],
      ],
    );
  });

  it('names a move to another database by both names, and by where it ends without the drop of the original', () => {
    const temporary = 'tmpAb1Cd.renameCollection';
    const copy = [
      command(1, { create: temporary, idIndex: {} }, { ui: B, ns: 'other.$cmd' }),
      ...run(3, 2, (i) => ({ op: 'i', ns: `other.${temporary}`, ui: B, o: { _id: i } })),
      command(9, { renameCollection: `other.${temporary}`, to: 'other.orders' }, { ui: B, ns: 'other.$cmd' }),
    ];
    const drop = (numRecords: number): OplogEntry => command(10, { drop: 'orders' }, { o2: { numRecords } });
    assert.deepEqual(eventsOf(...copy).map(titleOf), ['renameCollection · 3 documents · other.orders']);
    assert.deepEqual(eventsOf(...copy, drop(4)).map(titleOf), [
      'renameCollection · 3 documents · other.orders',
      'drop · 4 documents · shop.orders',
    ]);
    const [event, ...more] = eventsOf(...copy, drop(3));
    assert.deepEqual(more, []);
    assert.equal(event && titleOf(event), 'renameCollection · 3 documents · shop.orders → other.orders');
    assert.deepEqual([event?.from, event?.to], [at(9), at(10)]);
    assertSameWhereverCut([...copy, drop(3)]);
  });

  it('names a bulkWrite of one number', () => {
    const writes = run(12, 10, (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i }, session: 1, txnNumber: 7 }));
    assert.deepEqual(eventsOf(...writes).map(titleOf), ['bulkWrite · 12 documents · shop.orders']);
  });

  function inTransaction(operations: readonly object[]): NamedEvent[] {
    const chain = entry(5, { session: 1, txnNumber: 1, previous: 0, o: { applyOps: operations } });
    return eventsOf(chain);
  }
  const inner = (op: string, ns: string) => (i: number) => ({ op, ns, ui: uuidBinary(A), o: { _id: i } });

  it('names a small transaction that deletes several documents, and no other one', () => {
    const five = [1, 2, 3, 4, 5];
    assert.deepEqual(inTransaction(five.map(inner('d', 'shop.orders'))).map(titleOf), [
      'transaction · 5 operations · shop.orders',
    ]);
    assert.deepEqual(inTransaction(five.map(inner('i', 'shop.orders'))), []);
    assert.deepEqual(inTransaction(five.slice(1).map(inner('d', 'shop.orders'))), []);
  });

  it('gives no namespace to a transaction over several databases', () => {
    const numbers = Array.from({ length: 6 }, (_, i) => i);
    const [event] = inTransaction([
      ...numbers.map(inner('i', 'shop.a')),
      ...numbers.map(inner('i', 'bank.b')),
    ]);
    assert.deepEqual([event?.kind, event?.ns, event?.count], ['transaction', '', 12]);
  });

  it('keeps what thousands of sessions did apart, and forgets those that are over', () => {
    const writes = Array.from({ length: 3100 }, (_, session) =>
      run(1, 10 + session, (i) => ({ op: 'i', o: { _id: i }, session, txnNumber: 1 })),
    ).flat();
    const statement = run(20, 5, (i) => ({ op: 'i', o: { _id: i }, session: 5000, txnNumber: 1, wallMs: 1 }));
    assert.deepEqual(
      eventsOf(...statement, ...writes).map(({ count }) => count),
      [20],
    );
  });

  it('tells the rest when there is a command that it does not know', () => {
    const unknown = command(1, { importCollection: 'orders' });
    assert.deepEqual(eventsOf(unknown, ...deletes(3, 10)).map(titleOf), [
      'deleteMany · 3 documents · shop.orders',
    ]);
  });

  it('makes one event of a restore in place, and none of how it is prepared', () => {
    const stamp = '20260301_143107';
    const events = eventsOf(
      command(1, { create: `orders__rewind_${stamp}`, idIndex: {} }, { ui: B }),
      ...run(30, 2, (i) => ({ op: 'i', ns: `shop.orders__rewind_${stamp}`, ui: B, o: { _id: i } })),
      command(40, { createIndexes: `orders__rewind_${stamp}`, v: 2, key: { a: 1 }, name: 'a_1' }, { ui: B }),
      command(41, { renameCollection: 'shop.orders', to: `shop.orders__before_${stamp}` }),
      command(42, { renameCollection: `shop.orders__rewind_${stamp}`, to: 'shop.orders' }, { ui: B }),
    );
    assert.deepEqual(events.map(titleOf), ['restore in place · 30 documents · shop.orders']);
    assert.deepEqual([events[0]?.id, events[0]?.from, events[0]?.to], ['1000.41-rename', at(41), at(42)]);
  });

  it('makes one event of an exchange of names, and of others what they are', () => {
    const passing = 'shop.a__exchange_20260301_143107';
    const events = eventsOf(
      command(40, { renameCollection: 'shop.a', to: passing }),
      command(41, { renameCollection: 'shop.b', to: 'shop.a' }, { ui: B }),
      command(42, { renameCollection: passing, to: 'shop.b' }),
      command(43, { renameCollection: 'shop.c', to: 'shop.d' }),
    );
    assert.deepEqual(events.map(titleOf), ['exchange of names · shop', 'renameCollection · shop.c → shop.d']);
    assert.deepEqual([events[0]?.from, events[0]?.to], [at(40), at(42)]);
  });

  it('makes a drop of a collection that is put aside to be dropped', () => {
    const aside = 'orders__before_20260301_143107';
    const [event, ...more] = eventsOf(
      command(41, { renameCollection: 'shop.orders', to: `shop.${aside}` }),
      command(42, { drop: aside }),
    );
    assert.deepEqual([more.length, event && titleOf(event)], [0, 'drop · 0 documents · shop.orders']);
    assert.deepEqual([event?.kind, event?.from, event?.to], ['drop', at(41), at(42)]);
    const titles = eventsOf(
      command(41, { renameCollection: 'shop.orders', to: `shop.${aside}` }),
      command(42, { drop: aside }),
      command(43, { drop: 'users' }, { ui: B, o2: { numRecords: 3 } }),
      entry(44, { ns: 'shop.$cmd', o: { dropDatabase: 1 } }),
    ).map(titleOf);
    assert.deepEqual(titles, ['drop · 0 documents · shop.orders', 'dropDatabase · 3 documents · shop']);
  });

  it('keeps it apart from what comes back at the same time', () => {
    const stamp = '20260301_143107';
    const aside = `fresh__before_${stamp}`;
    const events = eventsOf(
      command(1, { create: `orders__rewind_${stamp}`, idIndex: {} }, { ui: B }),
      ...run(30, 2, (i) => ({ op: 'i', ns: `shop.orders__rewind_${stamp}`, ui: B, o: { _id: i } })),
      command(40, { renameCollection: `shop.orders__rewind_${stamp}`, to: 'shop.orders' }, { ui: B }),
      command(41, { renameCollection: 'shop.fresh', to: `shop.${aside}` }),
      command(42, { drop: aside }),
    );
    assert.deepEqual(events.map(titleOf), [
      'restore in place · 30 documents · shop.orders',
      'drop · 0 documents · shop.fresh',
    ]);
    assert.deepEqual([events[1]?.from, events[1]?.to], [at(41), at(42)]);
  });

  describe('over several segments', () => {
    it('counts a deleteMany once, wherever a segment ends in it', () => {
      assertSameWhereverCut(deletes(30, 10));
      const [event] = eventsOfSegments(
        indexed(deletes(1204, 10).slice(0, 700), deletes(1204, 10).slice(700)),
      );
      assert.deepEqual([event?.id, event?.count, event?.to], ['1000.10-delete', 1204, at(1213)]);
    });

    it('counts statements, loops and what goes on beside them the same, wherever a segment ends', () => {
      const entries = [
        ...run(4, 10, (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i }, session: 2, txnNumber: i })),
        ...run(14, 20, (i) => ({ op: 'i', o: { _id: i }, session: 1, txnNumber: 7 }), 400),
        ...run(1, 40, () => ({ op: 'd', o: { _id: 1 }, session: 1, txnNumber: 8 })),
        ...run(2, 50, (i) => ({ op: 'd', o: { _id: i } })),
        ...run(120, 60, (i) => ({ op: 'd', o: { _id: 50 + i }, session: 2, txnNumber: 40 + i })),
        ...run(3, 300, (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i } }), 700),
      ];
      assert.deepEqual(
        eventsOf(...entries).map(({ kind, count }) => [kind, count]),
        [
          ['insert', 14],
          ['delete', 2],
          ['delete', 120],
        ],
      );
      assertSameWhereverCut(entries);
    });

    it('counts what $out filled over a seal', () => {
      const temporary = 'tmp.agg_out.0123';
      assertSameWhereverCut([
        command(1, { create: temporary, temp: true, idIndex: {} }, { ui: B }),
        ...run(9, 3, (i) => ({ op: 'i', ns: `shop.${temporary}`, ui: B, o: { _id: i } })),
        command(40, { renameCollection: `shop.${temporary}`, to: 'shop.dst' }, { ui: B }),
        ...run(4, 50, (i) => ({ op: 'd', ns: 'shop.dst', ui: B, o: { _id: i } })),
      ]);
    });

    it('keeps little of the traffic of an application', () => {
      const writes = run(5000, 10, (i) => ({ op: 'i', o: { _id: i }, session: i % 7, txnNumber: i }), 10);
      const [index] = indexed(writes);
      assert.ok(index && index.runs.length <= 28, `${index?.runs.length} runs`);
    });
  });
});

describe('isPartOf', () => {
  it('tells the operations of an event from others in its time', () => {
    const [first, ...rest] = deletes(3, 10);
    const own = run(1, 11, () => ({ op: 'd', o: { _id: 'x' }, session: 1, txnNumber: 3 }));
    const [event] = eventsOf(...(first ? [first] : []), ...rest);
    const isPart = (one: OplogEntry | undefined): boolean[] =>
      new TransactionAssembler().push(one!).map((operation) => isPartOf(event!, operation));
    assert.deepEqual(isPart(first), [true]);
    assert.deepEqual(isPart(own[0]), [false]);
    assert.deepEqual(isPart(deletes(1, 20)[0]), [false]);
  });
});
