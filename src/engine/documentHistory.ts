import type { Collection } from '../core/catalogue';
import { changedPaths } from '../core/documentDiff';
import { documentKey } from '../core/documentKey';
import { parseNamespace } from '../core/namespace';
import { equalBytes, findElement, firstElement, splitDocuments, type RawElement } from '../core/rawDocument';
import { temporaryOf } from '../core/rewindNames';
import { holds } from '../core/restorePlan';
import type { Said } from '../core/say';
import { operationsOn, type Segment } from '../core/segment';
import type { SnapshotManifest } from '../core/snapshot';
import { leansOn, unbrokenRuns } from '../core/timeline';
import { type ClusterTime, justBefore } from '../core/time';
import type { Operation } from '../core/transactions';
import { applied } from './documentChanges';
import { isEmptying } from './emptying';
import type { RepositoryContent, RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import { applyChange, listSnapshot } from './restorePlan';
import { untoldTrims } from './untoldTrims';

export type VersionOperation =
  'snapshot' | 'insert' | 'update' | 'delete' | 'drop' | 'dropDatabase' | 'rename' | 'create' | 'emptycapped';

/** What a document was from a time on. */
export interface DocumentVersion {
  readonly at: ClusterTime;
  readonly wallMs: number | undefined;
  /** `snapshot`: as it was first seen, or seen again after a gap. Commands are those on its collection. */
  readonly op: VersionOperation;
  /** Absent when it is gone. */
  readonly document: Uint8Array | undefined;
  readonly changed: readonly string[];
}

/** From when on the name meant another collection, or none. */
interface Switch {
  readonly ts: ClusterTime;
  readonly wallMs: number | undefined;
  readonly op: VersionOperation;
  readonly uuid: string | undefined;
}

interface HistoryRequest {
  readonly ns: string;
  readonly id: RawElement;
  /** Told before the versions that it is about; the same one may come again. */
  readonly onWarning?: (warning: Said) => void;
}

const COMMANDS: Readonly<Record<string, VersionOperation>> = {
  create: 'create',
  drop: 'drop',
  dropDatabase: 'dropDatabase',
  renameCollection: 'rename',
};

/** Every version of the document with this `_id` under a name, over all that is recorded, oldest first. */
export async function* documentHistory(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: HistoryRequest,
  signal: AbortSignal,
): AsyncGenerator<DocumentVersion, void> {
  const scope = [parseNamespace(request.ns) ?? { database: request.ns }];
  let last: Uint8Array | undefined;
  for (const lineage of content.lineages) {
    for (const run of unbrokenRuns(lineage)) {
      const snapshot = content.snapshots
        .filter((s) => s.lineage === lineage.start.id && leansOn(s, run) && holds(s, scope))
        .sort((a, b) => (a.consistentAt < b.consistentAt ? -1 : 1))[0];
      if (!snapshot) continue;
      for await (const version of historyOfRun(repository, snapshot, run, request, signal)) {
        if (same(version.document, last)) continue;
        const changed = last && version.document ? changedPaths(last, version.document) : [];
        last = version.document;
        yield { ...version, changed };
      }
    }
  }
}

async function* historyOfRun(
  repository: RepositoryReader,
  snapshot: SnapshotManifest,
  run: readonly Segment[],
  { ns, id, onWarning }: HistoryRequest,
  signal: AbortSignal,
): AsyncGenerator<DocumentVersion, void> {
  const key = documentKey(id);
  const { first, switches, collections } = await namesOver(repository, snapshot, run, ns, signal);
  const uuids = new Set(collections.map(({ uuid }) => uuid));
  const since = run.filter(({ through }) => through > snapshot.start);
  const written = collections.map((c) => ({
    ns,
    options: c.options,
    operations: operationsOn(since, c.uuid),
  }));
  for (const warning of untoldTrims(written, snapshot)) onWarning?.(warning);
  const documents = await findInSnapshot(repository, snapshot, uuids, key, signal);
  let current = first;
  const consistentAt = snapshot.consistentAt;
  const version = (at: ClusterTime, wallMs: number | undefined, op: VersionOperation): DocumentVersion => ({
    ...{ at, wallMs, op, changed: [] },
    document: current === undefined ? undefined : documents.get(current),
  });
  const tolerantOf = (uuid: string): ClusterTime =>
    snapshot.collections.find((c) => c.uuid === uuid)?.consistentAt ?? snapshot.start;
  const told = { begun: false };
  function* begin(): Generator<DocumentVersion> {
    if (!told.begun) yield version(consistentAt, undefined, 'snapshot');
    told.begun = true;
  }
  const pending = [...switches];
  function* follow(through: ClusterTime): Generator<DocumentVersion> {
    for (let next = pending[0]; next && next.ts <= through; next = pending[0]) {
      if (next.ts > consistentAt) yield* begin();
      pending.shift();
      current = next.uuid;
      if (told.begun) yield version(next.ts, next.wallMs, next.op);
    }
  }
  for await (const operation of operationsOf(repository, run, snapshot, uuids, key, signal)) {
    const { ts, wallMs, ui: uuid = '' } = operation;
    yield* follow(justBefore(ts));
    if (ts > consistentAt) yield* begin();
    const before = documents.get(uuid);
    if (operation.op === 'c') documents.delete(uuid);
    yield* follow(ts);
    if (operation.op !== 'c') documents.set(uuid, applied(before, operation, tolerantOf(uuid))?.slice());
    if (told.begun && uuid === current) yield version(ts, wallMs, operationOf(operation, before));
  }
  yield* follow(consistentAt);
  yield* begin();
  for (const { ts } of switches) yield* follow(ts);
}

/** A write that the server took for an update makes the document where there was none. */
function operationOf({ op, o }: Operation, before: Uint8Array | undefined): VersionOperation {
  if (op === 'c') return firstElement(o)?.name === 'create' ? 'create' : 'emptycapped';
  if (op === 'd') return 'delete';
  return op === 'i' || before === undefined ? 'insert' : 'update';
}

/** The collection that has the name at the beginning, when that changes, and all that have it at any time. */
async function namesOver(
  repository: RepositoryReader,
  snapshot: SnapshotManifest,
  run: readonly Segment[],
  ns: string,
  signal: AbortSignal,
): Promise<{ first: string | undefined; switches: Switch[]; collections: Collection[] }> {
  const catalogue = await listSnapshot(repository, snapshot, signal);
  const collections = [catalogue.named(ns)];
  let first = collections[0]?.uuid;
  const switches: Switch[] = [];
  let now = first;
  for (const change of run.flatMap((segment) => segment.changes)) {
    if (change.op !== 'c' || change.ts <= snapshot.start) continue;
    const op = COMMANDS[firstElement(change.o)?.name ?? ''];
    const renamedFrom = op === 'rename' && change.ui ? catalogue.collections.get(change.ui)?.ns : undefined;
    applyChange(catalogue, change);
    if (op === undefined) continue;
    const collection = catalogue.named(ns);
    const uuid = collection?.uuid;
    if (uuid === now) continue;
    collections.push(collection);
    if (switches.length === 0 && first === undefined && wasThere(snapshot, uuid, renamedFrom)) {
      first = now = uuid; // it only had another name before
      continue;
    }
    now = uuid;
    switches.push({ ts: change.ts, wallMs: change.wallMs, op, uuid });
  }
  return { first, switches, collections: collections.filter((collection) => collection !== undefined) };
}

function wasThere(
  snapshot: SnapshotManifest,
  uuid: string | undefined,
  renamedFrom: string | undefined,
): boolean {
  if (uuid === undefined || renamedFrom === undefined || temporaryOf(renamedFrom) !== undefined) return false;
  return snapshot.collections.some((collection) => collection.uuid === uuid);
}

async function findInSnapshot(
  repository: RepositoryReader,
  snapshot: SnapshotManifest,
  uuids: ReadonlySet<string>,
  key: string,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array | undefined>> {
  const found = new Map<string, Uint8Array | undefined>();
  for (const { uuid, parts } of snapshot.collections) {
    if (!uuids.has(uuid)) continue;
    for await (const batch of repository.readCollection(snapshot.id, parts, signal)) {
      for (const document of splitDocuments(batch.bytes)) {
        const id = findElement(document, '_id');
        if (id && documentKey(id) === key) found.set(uuid, document.slice());
      }
    }
  }
  return found;
}

async function* operationsOf(
  repository: RepositoryReader,
  run: readonly Segment[],
  snapshot: SnapshotManifest,
  uuids: ReadonlySet<string>,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<Operation, void> {
  const through = run.at(-1)?.through;
  if (through === undefined || uuids.size === 0) return;
  const own = new Map(snapshot.collections.map((c) => [c.uuid, c.start]));
  const reading = readOperationsOf(repository, run, uuids, snapshot.start, through, signal);
  for await (const operations of reading) {
    for (const operation of operations) {
      const { op, o, o2, ui, ts } = operation;
      if (ui === undefined || !uuids.has(ui) || ts <= (own.get(ui) ?? 0n)) continue;
      if (op === 'c') {
        if (isEmptying(operation)) yield operation;
        continue;
      }
      const id = findElement(op === 'u' && o2 ? o2 : o, '_id');
      if (id && documentKey(id) === key) yield operation;
    }
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? equalBytes(a, b) : a === b;
}
