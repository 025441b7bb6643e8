import assert from 'node:assert/strict';
import type { Document } from 'bson';
import { SegmentIndexer } from '../../../src/core/segmentIndexer';
import type { Segment } from '../../../src/core/segment';
import type { SnapshotCollection, SnapshotManifest } from '../../../src/core/snapshot';
import { type Operation, TransactionAssembler } from '../../../src/core/transactions';
import { Catalogue } from '../../../src/core/catalogue';
import { documentChanges } from '../../../src/engine/documentChanges';
import type { RepositoryReader } from '../../../src/engine/ports';
import type { Span } from '../../../src/engine/span';
import { at, bson, entry, json, uuid } from '../core/builders';
import type { EntryFields } from '../core/builders';

const A = uuid('a');

/** A span from entry 100 to the last one, over a base of documents; `average` is what the base says of their size. */
function aSpan(
  base: readonly object[],
  writes: readonly EntryFields[],
  average = 100,
): [RepositoryReader, Span] {
  const entries = writes.map((fields, i) => entry(i + 1, { ui: A, ns: 'shop.orders', ...fields }));
  const indexer = new SegmentIndexer(new TransactionAssembler());
  const log = Buffer.concat(entries.map((e) => e.bytes));
  indexer.add(log);
  const [after, through] = [at(0), at(entries.length)];
  const segment = { ...indexer.content(), after, through, openSince: undefined } as unknown as Segment;
  const collection = {
    ...{ uuid: A, database: 'shop', name: 'orders', file: 'orders', documents: base.length },
    ...{ bytes: base.length * average, start: at(0), consistentAt: at(0), options: bson({}), indexes: [] },
  } as unknown as SnapshotCollection;
  const snapshot = {
    id: 's',
    start: at(0),
    consistentAt: at(0),
    collections: [collection],
  } as unknown as SnapshotManifest;
  const documents = Buffer.concat(base.map((d) => bson(d as Document)));
  const repository = {
    readCollection: () => batches(documents, base.length),
    readSegment: () => batches(log, entries.length),
  } as unknown as RepositoryReader;
  const catalogue = new Catalogue();
  catalogue.list({ type: 'collection', ns: 'shop.orders', uuid: A, options: bson({}), indexes: [] });
  const catalogues = { before: catalogue, after: catalogue };
  return [repository, { snapshot, segments: [segment], from: at(2), to: through, ...catalogues }];
}

async function* batches(
  bytes: Uint8Array,
  documents: number,
): AsyncGenerator<{ bytes: Uint8Array; documents: number }> {
  await Promise.resolve();
  yield { bytes, documents };
}

async function changesOf(
  [repository, span]: [RepositoryReader, Span],
  isChosen: (operation: Operation) => boolean = () => true,
  budget?: number,
): Promise<unknown[]> {
  const found: [string, unknown][] = [];
  for await (const { id, before, after, mixed } of documentChanges(
    repository,
    span,
    A,
    isChosen,
    new AbortController().signal,
    budget,
  )) {
    found.push([id.value.join(), [json(before), json(after), mixed]]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
}

const set = (_id: number, v: number): EntryFields => ({ op: 'u', o: { $v: 1, $set: { v } }, o2: { _id } });
const doc = (_id: number, v: number): unknown => json(bson({ _id, v }));

describe('documentChanges', () => {
  const base = Array.from({ length: 6 }, (_, _id) => ({ _id, v: 0 }));
  const writes: EntryFields[] = [
    set(0, 1), // before the span
    { op: 'd', o: { _id: 5 } },
    set(0, 2),
    set(0, 3),
    { op: 'd', o: { _id: 1 } },
    { op: 'i', o: { _id: 9, v: 9 } },
    { op: 'i', o: { _id: 5, v: 5 } },
    { op: 'd', o: { _id: 2 } },
    { op: 'i', o: { _id: 2, v: 7 } },
    { op: 'i', o: { _id: 8, v: 8 } },
    { op: 'd', o: { _id: 8 } },
  ];
  const expected = [
    [doc(0, 1), doc(0, 3), false],
    [doc(1, 0), undefined, false],
    [doc(2, 0), doc(2, 7), false],
    [undefined, doc(5, 5), false],
    [undefined, undefined, false],
    [undefined, doc(9, 9), false],
  ];

  it('gives each touched document before the first write of the span and after the last one', async () => {
    assert.deepEqual(await changesOf(aSpan(base, writes)), expected);
  });

  it('gives the same in parts, of a base that is mostly touched and of one that is not', async () => {
    assert.deepEqual(await changesOf(aSpan(base, writes, 64 << 20)), expected);
    const large = [...base, ...Array.from({ length: 100 }, (_, i) => ({ _id: 1000 + i, v: 0 }))];
    assert.deepEqual(await changesOf(aSpan(large, writes, 32 << 20)), expected);
  });

  it('counts what a command took, which names no document', async () => {
    const emptied: EntryFields[] = [
      set(0, 1),
      set(1, 1),
      set(1, 2),
      { op: 'c', o: { emptycapped: 'orders' } },
      { op: 'i', o: { _id: 2, v: 7 } },
    ];
    assert.deepEqual(await changesOf(aSpan(base, emptied)), [
      [doc(0, 1), undefined, false],
      [doc(1, 1), undefined, false],
      [doc(2, 0), doc(2, 7), false],
      ...[3, 4, 5].map((_id) => [doc(_id, 0), undefined, false]),
    ]);
    const inserts = await changesOf(aSpan(base, emptied), ({ op }) => op === 'i');
    assert.deepEqual(inserts, [[undefined, doc(2, 7), false]]);
  });

  it('goes through the base again where documents are larger than it said, and holds no more', async () => {
    const text = 'x'.repeat(20_000);
    const many = Array.from({ length: 200 }, (_, _id) => ({ _id, v: 0, text }));
    const updates = [set(300, 0), set(300, 0), ...many.map(({ _id }) => set(_id, 1))];
    const inserted: EntryFields = { op: 'i', o: { _id: 300, v: 0 } };
    const [repository, span] = aSpan(many, [inserted, ...updates], 10);
    let passes = 0;
    const counted = {
      ...repository,
      readCollection: (...args: Parameters<RepositoryReader['readCollection']>) => {
        passes += 1;
        return repository.readCollection(...args);
      },
    };
    const budget = 3 << 20;
    const changes = await changesOf([counted, span], () => true, budget);
    assert.equal(changes.length, 201);
    assert.equal(changes.filter((c) => JSON.stringify(c).includes(text)).length, 200);
    // 200 documents with two images each are 8 MB.
    assert.equal(passes >= 4, true, `${String(passes)} passes`);
  });

  it('looks at chosen writes only, and says where others wrote in between', async () => {
    const own = (operation: Operation): boolean => operation.txnNumber === undefined;
    const other = (fields: EntryFields): EntryFields => ({ ...fields, session: 1, txnNumber: 1 });
    const mixed = [
      set(9, 0),
      set(9, 0),
      other(set(0, 1)),
      set(0, 2),
      other(set(1, 5)),
      set(0, 3),
      set(1, 6),
      other(set(1, 7)),
      set(1, 8),
      other(set(1, 9)),
    ];
    assert.deepEqual(await changesOf(aSpan([...base, { _id: 9 }], mixed), own), [
      [doc(0, 1), doc(0, 3), false],
      [doc(1, 5), doc(1, 8), true],
    ]);
  });

  it('stops where an update finds nothing', async () => {
    const span = aSpan(base, [set(0, 1), set(0, 1), set(77, 1)]);
    await assert.rejects(changesOf(span), { code: 'damaged' });
  });
});
