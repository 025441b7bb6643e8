import assert from 'node:assert/strict';
import type { EventReport } from '../../../src/protocol/timeTravel';
import { byWeight, eventAt, eventInScope, eventStep, layOutEvents } from '../../../webview/timeline/events';

const anEvent = (seconds: number, rest: Partial<EventReport> = {}): EventReport => ({
  ...{
    id: `${seconds}.1-delete`,
    kind: 'delete',
    name: 'deleteMany',
    title: '',
    ns: 'shop.orders',
    count: 3,
  },
  ...{ from: `${seconds}:1`, to: `${seconds + 2}:5`, sampleIds: [] },
  ...{ fromWallMs: seconds * 1000, toWallMs: (seconds + 2) * 1000 },
  ...rest,
});
const events = layOutEvents([anEvent(300), anEvent(100), anEvent(200)]);
const [first, second, third] = events;

describe('layOutEvents', () => {
  it('puts events in order of time, each with the moment just before it', () => {
    assert.deepEqual(
      events.map((e) => e.before.at),
      ['100:0', '200:0', '300:0'],
    );
    assert.equal(first?.before.ms, 99_999);
  });

  it('leaves out what has no time', () => {
    assert.deepEqual(layOutEvents([anEvent(1, { from: 'soon' })]), []);
  });
});

describe('eventInScope', () => {
  it('tells a collection of its own events, those of its database and renames to it', () => {
    const [database, renamed] = layOutEvents([
      anEvent(1, { ns: 'shop', kind: 'dropDatabase' }),
      anEvent(2, { ns: 'shop.old', renamedTo: 'shop.orders', kind: 'rename' }),
    ]);
    assert.ok(first && database && renamed);
    assert.ok(eventInScope('shop.orders', first));
    assert.ok(eventInScope('shop.orders', database));
    assert.ok(eventInScope('shop.orders', renamed));
    assert.ok(eventInScope('shop', first));
    assert.ok(eventInScope(undefined, first));
    assert.ok(!eventInScope('shop.carts', first));
    assert.ok(!eventInScope('shopping', first));
  });
});

describe('byWeight', () => {
  it('puts losses before changes, and great ones before small ones', () => {
    const kinds = layOutEvents([
      anEvent(1, { kind: 'insert', count: 90 }),
      anEvent(2, { kind: 'delete', count: 5 }),
      anEvent(3, { kind: 'delete', count: 50 }),
      anEvent(4, { kind: 'drop', count: 0 }),
    ]);
    assert.deepEqual(
      kinds.toSorted(byWeight).map((e) => e.from >> 32n),
      [4n, 3n, 2n, 1n],
    );
  });
});

describe('eventStep', () => {
  it('goes from the chosen event to the ones beside it, and stops at the ends', () => {
    assert.equal(eventStep(events, second, undefined, 1), third);
    assert.equal(eventStep(events, second, undefined, -1), first);
    assert.equal(eventStep(events, third, undefined, 1), undefined);
  });

  it('goes from any moment to the event after or before it', () => {
    assert.equal(eventStep(events, undefined, { at: '150:1', ms: 150_000 }, 1), second);
    assert.equal(eventStep(events, undefined, { at: '150:1', ms: 150_000 }, -1), first);
    assert.equal(eventStep(events, undefined, { at: '1970-01-01T00:03:20.500Z', ms: 200_500 }, -1), second);
    assert.equal(eventStep(events, undefined, { at: '400:1', ms: 400_000 }, -1), third);
  });

  it('begins at the newest, going back', () => {
    assert.equal(eventStep(events, undefined, undefined, -1), third);
  });
});

describe('eventAt', () => {
  it('is the event that a moment cuts through', () => {
    assert.equal(eventAt(events, '201:7', undefined), second);
  });

  it('is the event that comes next, from its first operation', () => {
    assert.equal(eventAt(events, '190:1', '200:1'), second);
    assert.equal(eventAt(events, '190:1', '199:9'), undefined);
    assert.equal(eventAt(events, '202:5', undefined), undefined);
  });
});
