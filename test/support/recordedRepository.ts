import { BSON, Binary, type Document, Long, Timestamp } from 'bson';
import { type ClusterTime, clusterTime, formatClusterTime } from '../../src/core/time';
import type { SnapshotManifest } from '../../src/core/snapshot';
import type { ListedCollection, RawBatch, RepositoryReader, SegmentStore } from '../../src/engine/ports';
import { fileRepository } from '../../src/storage/fileRepository';
import { openOrCreateRepository } from '../../src/storage/repository';
import { fileSegmentStore } from '../../src/storage/segmentStore';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';

const uuids = new Map([
  ['orders', 'a'.repeat(32)],
  ['people', 'b'.repeat(32)],
  ['log', 'c'.repeat(32)],
]);
const cappedOptions = BSON.serialize({ capped: true, size: 1 << 20 });
const idIndex = BSON.serialize({ v: 2, key: { _id: 1 }, name: '_id_' });

export type CollectionName = 'orders' | 'people' | 'log';
type State = ReadonlyMap<string, ReadonlyMap<unknown, Uint8Array>>;

/** A repository as a recorder and snapshots would have written it, without a server; remembers what held when. */
export class RecordedRepository {
  readonly folder: string;
  readonly #serverVersion: string;
  readonly #store: SegmentStore & AsyncDisposable;
  readonly #states = new Map<ClusterTime, State>();
  #state = new Map([...uuids.keys()].map((name) => [name, new Map<unknown, Uint8Array>()]));
  #pending: Uint8Array[] = [];
  #now: ClusterTime;
  lineage = '';

  private constructor(folder: string, startMs: number, serverVersion: string) {
    this.folder = folder;
    this.#serverVersion = serverVersion;
    this.#store = fileSegmentStore(folder);
    this.#now = clusterTime(Math.floor(startMs / 1000), 1);
  }

  /** Its history begins at `startMs`, and goes on by a second with every operation. */
  static async create(
    folder: string,
    startMs = 1_700_000_000_000,
    serverVersion = '6.0.27',
  ): Promise<RecordedRepository> {
    await openOrCreateRepository(folder, { setName: 'rs0', replicaSetId: 'f'.repeat(24) });
    const made = new RecordedRepository(folder, startMs, serverVersion);
    const lineage = await made.#store.beginLineage({ start: made.#now, startedAtMs: startMs }, undefined);
    made.lineage = lineage.id;
    made.#add({ op: 'n', ns: '', o: { msg: 'begin' } });
    await made.flush();
    return made;
  }

  get now(): ClusterTime {
    return this.#now;
  }

  reader(): RepositoryReader {
    return fileRepository(this.folder);
  }

  put(name: CollectionName | 'system.views' | 'system.buckets.series', document: Document): ClusterTime {
    const o = BSON.serialize(document);
    const documents = this.#state.get(name);
    const known = documents?.has(document['_id']) === true;
    const id = { _id: document['_id'] as unknown };
    if (known) this.#add({ op: 'u', ns: `shop.${name}`, ui: uuids.get(name), o: document, o2: id });
    else this.#add({ op: 'i', ns: `shop.${name}`, ui: uuids.get(name), o: document });
    documents?.set(document['_id'], o);
    return this.#remember();
  }

  remove(name: CollectionName, id: unknown): ClusterTime {
    this.#add({ op: 'd', ns: `shop.${name}`, ui: uuids.get(name), o: { _id: id } });
    this.#state.get(name)?.delete(id);
    return this.#remember();
  }

  /** Makes what was added durable, as one frame. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    await this.#store.append(
      { bytes: Buffer.concat(this.#pending), documents: this.#pending.length },
      this.#last,
    );
    this.#pending = [];
  }

  async seal(): Promise<void> {
    await this.flush();
    await this.#store.seal();
  }

  /** A snapshot of what holds now. */
  async snapshot(): Promise<SnapshotManifest> {
    await this.flush();
    const at = this.#last;
    const id = `snapshot-${formatClusterTime(at).replace(':', '-')}`;
    const writer = await fileSnapshotStore(this.folder).begin(id, { lineage: this.lineage, start: at });
    const collections = [];
    for (const [name, documents] of this.#state) {
      const listed: ListedCollection = {
        database: 'shop',
        name,
        uuid: uuids.get(name) ?? '',
        options: name === 'log' ? cappedOptions : BSON.serialize({}),
        indexes: [idIndex],
        documents: documents.size,
        bytes: 0,
      };
      const written = await writer.write(listed, batches([...documents.values()]), () => undefined, never);
      const { database, uuid, options, indexes } = listed;
      collections.push({ database, name, uuid, options, indexes, ...written, start: at, consistentAt: at });
    }
    const manifest: SnapshotManifest = {
      id,
      lineage: this.lineage,
      start: at,
      consistentAt: at,
      takenAtMs: Number(at >> 32n) * 1000,
      serverVersion: this.#serverVersion,
      featureCompatibilityVersion: this.#serverVersion.split('.', 2).join('.'),
      scope: [],
      collections,
    };
    await writer.commit(manifest);
    return manifest;
  }

  /** Documents of a collection at a time when something was written, by `_id` as text. */
  truth(at: ClusterTime, name: CollectionName): string[] {
    const state = this.#states.get(at);
    if (!state) throw new Error('nothing was written at this time');
    return [...(state.get(name)?.values() ?? [])].map((d) => Buffer.from(d).toString('hex')).sort();
  }

  get times(): ClusterTime[] {
    return [...this.#states.keys()];
  }

  async close(): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  get #last(): ClusterTime {
    return (this.#now - (1n << 32n)) as ClusterTime;
  }

  #remember(): ClusterTime {
    this.#states.set(
      this.#last,
      new Map([...this.#state].map(([name, documents]) => [name, new Map(documents)])),
    );
    return this.#last;
  }

  #add(fields: { op: string; ns: string; ui?: string | undefined; o: Document; o2?: Document }): void {
    const { ui, ...rest } = fields;
    const entry = {
      ...rest,
      ...(ui === undefined ? {} : { ui: new Binary(Buffer.from(ui, 'hex'), 4) }),
      ts: new Timestamp({ t: Number(this.#now >> 32n), i: 1 }),
      t: Long.fromNumber(1),
      v: Long.fromNumber(2),
      wall: new Date(Number(this.#now >> 32n) * 1000),
    };
    this.#pending.push(BSON.serialize(entry));
    this.#now = (this.#now + (1n << 32n)) as ClusterTime;
  }
}

const never = new AbortController().signal;

async function* batches(documents: readonly Uint8Array[]): AsyncGenerator<RawBatch> {
  await Promise.resolve();
  for (let at = 0; at < documents.length; at += 50) {
    const some = documents.slice(at, at + 50);
    yield { bytes: Buffer.concat(some), documents: some.length };
  }
}
