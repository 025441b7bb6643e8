import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseNamespaceFilter } from '../../../src/core/namespace';
import type { ClusterTime } from '../../../src/core/time';
import { neighboursOf, type Neighbours } from '../../../src/engine/neighbours';
import { RecordedRepository } from '../../support/recordedRepository';

describe('neighboursOf', () => {
  let folder: string;
  let recorded: RecordedRepository;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'neighbours-'));
    recorded = await RecordedRepository.create(folder);
  });
  after(async () => {
    await recorded.close();
    await rm(folder, { recursive: true, force: true });
  });

  const around = async (target: ClusterTime, scope?: string): Promise<Neighbours> => {
    const reader = recorded.reader();
    const content = await reader.content();
    const segments = content.lineages.flatMap((l) => l.segments);
    const filter = scope === undefined ? undefined : parseNamespaceFilter(scope);
    const { signal } = new AbortController();
    return await neighboursOf(reader, content, segments, target, filter ? [filter] : [], signal);
  };
  const seen = ({ previous, last, next }: Neighbours) =>
    [previous, last, next].map((n) => n && `${n.op} ${n.ns}`);

  it('tells the operations on both sides, of everything and of one collection, over sealed segments', async () => {
    recorded.put('orders', { _id: 1 });
    recorded.put('people', { _id: 'Ann' });
    await recorded.seal();
    recorded.put('orders', { _id: 2 });
    await recorded.seal();
    for (let i = 0; i < 30; i++) {
      recorded.put('people', { _id: i });
      await recorded.seal();
    }
    const target = recorded.put('people', { _id: 'Bob' });
    recorded.put('people', { _id: 'Cleo' });
    const removed = recorded.remove('orders', 1);
    await recorded.flush();

    assert.deepEqual(seen(await around(target)), ['i shop.people', 'i shop.people', 'i shop.people']);
    const orders = await around(target, 'shop.orders');
    assert.deepEqual(seen(orders), ['i shop.orders', 'i shop.orders', 'd shop.orders']);
    assert.equal(orders.next?.at, removed);
    assert.deepEqual(seen(await around(target, 'shop')), seen(await around(target)));
    assert.deepEqual(seen(await around(target, 'other')), [undefined, undefined, undefined]);
  });

  it('calls views and time-series collections by their own names', async () => {
    recorded.put('system.views', { _id: 'shop.cheap' });
    const target = recorded.put('system.buckets.series', { _id: 1 });
    await recorded.flush();
    assert.deepEqual(seen(await around(target)), ['i shop.cheap', 'i shop.series', undefined]);
  });
});
