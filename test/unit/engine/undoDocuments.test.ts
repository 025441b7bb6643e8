import assert from 'node:assert/strict';
import { documentKey } from '../../../src/core/documentKey';
import { equalBytes, findElement } from '../../../src/core/rawDocument';
import type { DocumentChange } from '../../../src/engine/documentChanges';
import type { LiveDocuments, LiveWrite, RefusedWrite } from '../../../src/engine/portsLive';
import { type Conflict, type UndoneDocument, undoDocuments } from '../../../src/engine/undoDocuments';
import { bson, json } from '../core/builders';

const ns = { database: 'shop', collection: 'orders' };

/** A collection in memory with a unique field `seat`; `between` runs before each write, as others would write. */
class MemoryCollection implements LiveDocuments {
  readonly documents = new Map<string, Uint8Array>();
  between: (() => void) | undefined;

  put(...documents: object[]): void {
    for (const document of documents.map(bson)) this.documents.set(keyOf(document), document);
  }

  read(_ns: unknown, ids: readonly LiveWrite['id'][]): Promise<Uint8Array[]> {
    return Promise.resolve(ids.flatMap((id) => this.documents.get(documentKey(id)) ?? []));
  }

  write(_ns: unknown, writes: readonly LiveWrite[]): Promise<RefusedWrite[]> {
    this.between?.();
    return Promise.resolve(writes.flatMap((write) => this.#one(write) ?? []));
  }

  all(): unknown[] {
    return [...this.documents.values()].map(json);
  }

  #one(write: LiveWrite): RefusedWrite | undefined {
    const key = documentKey(write.id);
    const now = this.documents.get(key);
    const asExpected = now && write.expected ? equalBytes(now, write.expected) : now === write.expected;
    if (!asExpected) return { write, reason: 'changed', message: 'changed' };
    const { document } = write;
    if (!document) {
      this.documents.delete(key);
      return undefined;
    }
    const seat = seatOf(document);
    const other = [...this.documents].find(([k, d]) => k !== key && seat !== undefined && seatOf(d) === seat);
    if (other) return { write, reason: 'duplicateKey', message: 'E11000 duplicate key' };
    this.documents.set(key, document);
    return undefined;
  }
}

function keyOf(document: Uint8Array): string {
  return documentKey(findElement(document, '_id')!);
}

function seatOf(document: Uint8Array): string | undefined {
  return findElement(document, 'seat')?.value.join();
}

function change(before: object | undefined, after: object | undefined, mixed = false): DocumentChange {
  const id = findElement(bson(before ?? after ?? {}), '_id')!;
  return { id, before: before && bson(before), after: after && bson(after), mixed };
}

async function undo(
  live: MemoryCollection,
  changes: readonly DocumentChange[],
  more: { dryRun?: boolean; overwrite?: readonly number[] } = {},
): Promise<{ done: string[]; reasons: string[]; unchanged: number }> {
  const done: UndoneDocument[] = [];
  const conflicts: Conflict[] = [];
  let unchanged = 0;
  await undoDocuments(
    live,
    ns,
    (async function* () {
      await Promise.resolve();
      yield* changes;
    })(),
    {
      dryRun: more.dryRun ?? false,
      overwrites: (name, id) => name === 'shop.orders' && (more.overwrite ?? []).includes(id.value[0]!),
      isCapped: false,
      onConflict: (conflict) => conflicts.push(conflict),
      onDone: (document) => done.push(document),
      onUnchanged: () => (unchanged += 1),
    },
    new AbortController().signal,
  );
  const did = done.map((d) => `${d.change} ${d.fields.join()}`.trim());
  return { done: did, reasons: conflicts.map((c) => c.reason), unchanged };
}

describe('undoDocuments', () => {
  it('inserts, replaces and removes', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'new' }, { _id: 2, v: 'added' });
    const changes = [
      change({ _id: 1, v: 'old' }, { _id: 1, v: 'new' }),
      change(undefined, { _id: 2, v: 'added' }),
      change({ _id: 3, v: 'gone' }, undefined),
    ];
    assert.deepEqual((await undo(live, changes)).done, ['remove', 'restore v', 'restore']);
    assert.deepEqual(live.all(), [bson({ _id: 1, v: 'old' }), bson({ _id: 3, v: 'gone' })].map(json));
  });

  it('leaves alone what changed since, with the reason', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'later' }, { _id: 3, v: 'other' }, { _id: 4, v: 'new' });
    const changes = [
      change({ _id: 1, v: 'old' }, { _id: 1, v: 'new' }),
      change({ _id: 2, v: 'old' }, { _id: 2, v: 'new' }),
      change({ _id: 3, v: 'gone' }, undefined),
      change({ _id: 4, v: 'old' }, { _id: 4, v: 'new' }, true),
    ];
    const before = live.all();
    const { done, reasons } = await undo(live, changes);
    assert.deepEqual(done, []);
    assert.deepEqual(reasons, [
      'it was changed since',
      'it was deleted since',
      'it exists again',
      'others wrote it at the same time',
    ]);
    assert.deepEqual(live.all(), before);
  });

  it('overwrites those that it is told to, and no other', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'later' });
    live.put({ _id: 2, v: 'later' });
    const changes = [1, 2].map((_id) => change({ _id, v: 'old' }, { _id, v: 'new' }));
    assert.deepEqual(await undo(live, changes, { overwrite: [1] }), {
      done: ['restore v'],
      reasons: ['it was changed since'],
      unchanged: 0,
    });
    assert.deepEqual(live.all(), [json(bson({ _id: 1, v: 'old' })), json(bson({ _id: 2, v: 'later' }))]);
  });

  it('loses nothing that is written between its reading and its writing', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'new' });
    live.between = () => live.put({ _id: 1, v: 'just now' });
    const { done, reasons } = await undo(live, [change({ _id: 1, v: 'old' }, { _id: 1, v: 'new' })]);
    assert.deepEqual([done, reasons], [[], ['it was changed just now']]);
    assert.deepEqual(live.all(), [json(bson({ _id: 1, v: 'just now' }))]);
  });

  it('does nothing where all is as before already', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'old' });
    const changes = [change({ _id: 1, v: 'old' }, { _id: 1, v: 'new' }), change(undefined, { _id: 2 })];
    assert.deepEqual(await undo(live, changes), { done: [], reasons: [], unchanged: 2 });
  });

  it('writes nothing in a dry run and tells the same', async () => {
    const live = new MemoryCollection();
    live.put({ _id: 1, v: 'new' });
    const { done } = await undo(live, [change({ _id: 1, v: 'old' }, { _id: 1, v: 'new' })], { dryRun: true });
    assert.deepEqual(done, ['restore v']);
    assert.deepEqual(live.all(), [json(bson({ _id: 1, v: 'new' }))]);
  });

  it('puts unique values back one after the other', async () => {
    const live = new MemoryCollection();
    const chain = Array.from({ length: 5 }, (_, i) => change({ _id: i, seat: i }, { _id: i, seat: i + 1 }));
    live.put(...Array.from({ length: 5 }, (_, i) => ({ _id: i, seat: i + 1 })));
    const { done, reasons } = await undo(live, chain.reverse());
    assert.deepEqual([done.length, reasons], [5, []]);
    const circle = [
      change({ _id: 0, seat: 1 }, { _id: 0, seat: 0 }),
      change({ _id: 1, seat: 0 }, { _id: 1, seat: 1 }),
    ];
    assert.deepEqual((await undo(live, circle)).reasons, ['E11000 duplicate key', 'E11000 duplicate key']);
  });
});
