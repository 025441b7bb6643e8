import assert from 'node:assert/strict';
import { BSON, Binary, Long, Timestamp } from 'bson';
import type { Segment } from '../../../src/core/segment';
import { type ClusterTime, clusterTime } from '../../../src/core/time';
import type { RawBatch } from '../../../src/engine/ports';
import { readOperations, readOperationsOf } from '../../../src/engine/readOperations';

const orders = 'a'.repeat(32);
const visits = 'b'.repeat(32);
const session = { id: new Binary(Buffer.alloc(16, 1), 4), uid: new Binary(Buffer.alloc(32)) };

interface Stored {
  readonly segment: Segment;
  readonly bytes: Uint8Array;
}

/** A segment of entries at these seconds, in `(after, through]`. */
function stored(
  [after, through]: readonly [number, number],
  counts: Readonly<Record<string, number>>,
  entries: readonly object[],
  openSince?: number,
): Stored {
  const segment = {
    after: clusterTime(after, 0),
    through: clusterTime(through, 0),
    openSince: openSince === undefined ? undefined : clusterTime(openSince, 0),
    collections: counts,
    changes: [],
    file: String(after),
  } as unknown as Segment;
  return { segment, bytes: Buffer.concat(entries.map((entry) => BSON.serialize(entry))) };
}

function insert(second: number, uuid: string, _id: number): object {
  return { op: 'i', ns: 'shop.x', ui: uuidOf(uuid), o: { _id }, ts: at(second), t: Long.ONE };
}

function transactionPart(second: number, prev: number, _id: number, last: boolean): object {
  const inner = { op: 'i', ns: 'shop.x', ui: uuidOf(orders), o: { _id } };
  return {
    op: 'c',
    ns: 'admin.$cmd',
    o: { applyOps: [inner], ...(last ? { count: Long.fromNumber(2) } : { partialTxn: true }) },
    ts: at(second),
    t: Long.ONE,
    lsid: session,
    txnNumber: Long.ONE,
    prevOpTime: { ts: prev === 0 ? new Timestamp(0n) : at(prev), t: Long.ONE },
  };
}

const at = (second: number): Timestamp => new Timestamp({ t: second, i: 0 });
const uuidOf = (hex: string): Binary => new Binary(Buffer.from(hex, 'hex'), 4);

function repositoryOf(all: readonly Stored[]) {
  const read: string[] = [];
  return {
    read,
    segments: all.map((s) => s.segment),
    async *readSegment(segment: Segment): AsyncGenerator<RawBatch> {
      read.push(segment.file);
      const { bytes } = all.find((s) => s.segment === segment)!;
      await Promise.resolve();
      yield { bytes, documents: 1 };
    },
  };
}

async function idsOf(
  repository: ReturnType<typeof repositoryOf>,
  uuid: string | undefined,
  after: ClusterTime = clusterTime(0, 0),
): Promise<number[]> {
  const end = clusterTime(1000, 0);
  const { signal } = new AbortController();
  const reading =
    uuid === undefined
      ? readOperations(repository, repository.segments, after, end, signal)
      : readOperationsOf(repository, repository.segments, new Set([uuid]), after, end, signal);
  const ids: number[] = [];
  for await (const operations of reading) {
    for (const { ui, o } of operations) {
      if (uuid === undefined || ui === uuid) ids.push(BSON.deserialize(o)['_id'] as number);
    }
  }
  return ids;
}

describe('readOperationsOf', () => {
  it('reads only the segments that hold something of the collections', async () => {
    const repository = repositoryOf([
      stored([0, 10], { [visits]: 1 }, [insert(5, visits, 1)]),
      stored([10, 20], { [orders]: 1 }, [insert(15, orders, 2)]),
      stored([20, 30], { [visits]: 1 }, [insert(25, visits, 3)]),
    ]);
    assert.deepEqual(await idsOf(repository, orders), [2]);
    assert.deepEqual(repository.read, ['10']);
  });

  it('reads a transaction from the segment in which it began', async () => {
    const repository = repositoryOf([
      stored([0, 10], { [visits]: 1 }, [insert(5, visits, 1)]),
      stored([10, 20], { [visits]: 1 }, [transactionPart(12, 0, 2, false), insert(15, visits, 3)], 12),
      stored([20, 30], { [visits]: 1 }, [insert(25, visits, 4)], 12),
      stored([30, 40], { [orders]: 2 }, [transactionPart(35, 12, 5, true)]),
    ]);
    assert.deepEqual(await idsOf(repository, orders), [2, 5]);
    assert.deepEqual(repository.read, ['10', '20', '30']);
  });

  it('gives what reading everything gives', async () => {
    const repository = repositoryOf([
      stored([0, 10], { [orders]: 1 }, [insert(5, orders, 1)]),
      stored([10, 20], { [visits]: 1 }, [transactionPart(12, 0, 2, false)], 12),
      stored([20, 30], { [orders]: 2 }, [transactionPart(25, 12, 3, true)]),
    ]);
    assert.deepEqual(await idsOf(repository, orders), await idsOf(repository, undefined));
  });
});
