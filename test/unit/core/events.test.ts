import assert from 'node:assert/strict';
import { Long } from 'bson';
import { EventFinder, isPartOf, titleOf } from '../../../src/core/events';
import type { NamedEvent } from '../../../src/core/eventKind';
import { TransactionAssembler } from '../../../src/core/transactions';
import type { Operation } from '../../../src/core/transactions';
import { at, entry, operation, uuid, uuidBinary } from './builders';
import type { EntryFields } from './builders';

const A = uuid('a');
const B = uuid('b');

/** Operations a given time apart, from a given ordinal on. */
function run(count: number, start: number, fields: (index: number) => EntryFields, stepMs = 1): Operation[] {
  return Array.from({ length: count }, (_, i) =>
    operation(start + i, { ui: A, ns: 'shop.orders', wallMs: 1000 * start + i * stepMs, ...fields(i) }),
  );
}

const deletes = (count: number, start: number, more: Partial<EntryFields> = {}, stepMs = 1): Operation[] =>
  run(count, start, (i) => ({ op: 'd', o: { _id: i }, ...more }), stepMs);

function eventsOf(...operations: Operation[]): NamedEvent[] {
  const finder = new EventFinder();
  for (const one of operations) finder.add(one);
  return finder.events();
}

const command = (ordinal: number, o: object, more: Partial<EntryFields> = {}): Operation =>
  operation(ordinal, { ns: 'shop.$cmd', ui: A, o, ...more });

describe('EventFinder', () => {
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

  it('names a loop of single writes', () => {
    const writes = run(50, 10, (i) => ({ op: 'u', o: { _id: i }, o2: { _id: i }, session: 1, txnNumber: i }));
    assert.deepEqual(eventsOf(...writes).map(titleOf), ['updates · 50 documents · shop.orders']);
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
    const events = eventsOf(...operations);
    assert.deepEqual(events.map(titleOf), ['transaction · 12 operations · shop']);
    assert.ok(events[0] && operations.every((one) => isPartOf(events[0] as NamedEvent, one)));
  });

  it('names a drop with its documents, and passes over the databases of the server', () => {
    const drop = command(5, { drop: 'orders' }, { o2: { numRecords: Long.fromNumber(1204) } });
    const internal = command(6, { drop: 'system.sessions' }, { ns: 'config.$cmd' });
    assert.deepEqual(eventsOf(drop, internal).map(titleOf), ['drop · 1,204 documents · shop.orders']);
  });

  it('makes one event of dropDatabase and its drops', () => {
    const events = eventsOf(
      command(1, { drop: 'early' }, { o2: { numRecords: 9 }, wallMs: 0 }),
      command(5, { drop: 'orders' }, { o2: { numRecords: 2 }, wallMs: 60_000 }),
      command(6, { drop: 'system.views' }, { ui: B, o2: { numRecords: 1 }, wallMs: 60_000 }),
      command(7, { drop: 'users' }, { ui: B, o2: { numRecords: 3 }, wallMs: 60_000 }),
      operation(8, { ns: 'shop.$cmd', o: { dropDatabase: 1 }, wallMs: 60_001 }),
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
    const finder = new EventFinder({ capped: [A] });
    for (const one of deletes(5, 10)) finder.add(one);
    assert.deepEqual(finder.events(), []);
  });

  it('leaves out what it is told to ignore', () => {
    const finder = new EventFinder({ ignores: (ns) => ns.startsWith('shop.') });
    for (const one of deletes(5, 10)) finder.add(one);
    assert.deepEqual(finder.events(), []);
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

  it('stops at a command that it does not know', () => {
    assert.throws(() => eventsOf(command(1, { importCollection: 'orders' })), /importCollection/);
  });
});

describe('isPartOf', () => {
  it('tells the operations of an event from others in its time', () => {
    const [first, ...rest] = deletes(3, 10);
    const own = run(1, 11, () => ({ op: 'd', o: { _id: 'x' }, session: 1, txnNumber: 3 }));
    const [event] = eventsOf(...(first ? [first] : []), ...rest);
    assert.ok(event && first);
    assert.equal(isPartOf(event, first), true);
    assert.deepEqual(
      own.map((one) => isPartOf(event, one)),
      [false],
    );
    assert.deepEqual(
      deletes(1, 20).map((one) => isPartOf(event, one)),
      [false],
    );
  });
});
