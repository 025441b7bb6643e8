import { setImmediate } from 'node:timers/promises';
import { BSON, Binary, Long, Timestamp } from 'bson';
import { type ClusterTime, clusterTime } from '../../src/core/time';
import type { DumpSource, ListedCollection, OplogSource, RawBatch } from '../../src/engine/ports';

const uuid = '0123456789abcdef0123456789abcdef';

/** The time of the nth entry of a scripted oplog, from 1 on. */
export function timeOfEntry(n: number): ClusterTime {
  return clusterTime(1_700_000_000 + Math.floor(n / 5), (n % 5) + 1);
}

/** The nth entry: an insert. `wallMs` and `note` make it another one at the same time. */
export function entryAt(n: number, note = 'a'): Uint8Array {
  const at = timeOfEntry(n);
  return BSON.serialize({
    ts: new Timestamp({ t: Number(at >> 32n), i: Number(at & 0xffffffffn) }),
    t: Long.fromNumber(1),
    v: Long.fromNumber(2),
    op: 'i',
    ns: 'shop.orders',
    ui: new Binary(Buffer.from(uuid, 'hex'), 4),
    wall: new Date(1_700_000_000_000 + n * 200),
    o: { _id: n, note, text: 'x'.repeat(n % 7) },
  });
}

/** A server whose oplog is a list; entries that are pushed later are seen by those who read. */
export class ScriptedOplog implements OplogSource {
  entries: Uint8Array[];
  /** How many of the first entries the oplog holds no more. */
  dropped = 0;
  /** Entries in one batch. */
  batch = 3;
  /** Thrown by the next read or by reads that go on. */
  failure: Error | undefined;
  /** No answer comes while it is set. */
  hang = false;
  reads = 0;
  primary = true;

  constructor(entries: readonly Uint8Array[]) {
    this.entries = [...entries];
  }

  get last(): ClusterTime {
    return timeOf(this.entries.at(-1));
  }

  safeStart(): Promise<ClusterTime> {
    return Promise.resolve(this.last);
  }

  oldest(): Promise<ClusterTime> {
    return Promise.resolve(timeOf(this.entries[this.dropped]));
  }

  position(): Promise<{ committed: ClusterTime; newest: ClusterTime; primary: boolean }> {
    return Promise.resolve({ committed: this.last, newest: this.last, primary: this.primary });
  }

  async *read(from: ClusterTime, signal: AbortSignal): AsyncGenerator<RawBatch> {
    this.reads += 1;
    let next = this.entries.findIndex((e, index) => index >= this.dropped && timeOf(e) >= from);
    if (next < 0) next = this.entries.length;
    for (;;) {
      do await setImmediate();
      while (this.hang && !signal.aborted);
      signal.throwIfAborted();
      if (this.failure) {
        const { failure } = this;
        this.failure = undefined;
        throw failure;
      }
      const seen = this.entries.slice(next, next + this.batch);
      next += seen.length;
      const batch = seen.filter((entry) => timeOf(entry) >= from);
      yield { bytes: Buffer.concat(batch), documents: batch.length };
    }
  }
}

function timeOf(entry: Uint8Array | undefined): ClusterTime {
  if (!entry) throw new Error('the scripted oplog has no such entry');
  const { ts } = BSON.deserialize(entry, { promoteValues: false }) as { ts: Timestamp };
  return clusterTime(ts.t, ts.i);
}

/** Two small collections, read while the scripted oplog goes on. */
export function scriptedDump(oplog: ScriptedOplog): DumpSource {
  const listed = (name: string, id: string): ListedCollection => ({
    database: 'shop',
    name,
    uuid: id,
    options: BSON.serialize({}),
    indexes: [BSON.serialize({ v: 2, key: { _id: 1 }, name: '_id_' })],
    documents: 2,
    bytes: 60,
  });
  return {
    describe: () => ({
      setName: 'rs0',
      replicaSetId: undefined,
      version: '6.0.27',
      featureCompatibilityVersion: '6.0',
      canPin: true,
    }),
    position: () => oplog.position(),
    list: () => Promise.resolve([listed('orders', uuid), listed('people', 'ff'.repeat(16))]),
    read: (_collection, at) =>
      Promise.resolve({ kind: 'pinned', at: at ?? oplog.last, batches: documents() }),
  };
}

async function* documents(): AsyncGenerator<RawBatch> {
  for (const _id of [1, 2]) {
    await setImmediate();
    yield { bytes: BSON.serialize({ _id, name: `number ${String(_id)}` }), documents: 1 };
  }
}
