import { Catalogue, type Collection, INTERNAL_DATABASES } from '../core/catalogue';
import { CoreError } from '../core/coreError';
import { indexListingOf } from '../core/indexSpec';
import {
  formatNamespace,
  matchesAny,
  type Namespace,
  type NamespaceFilter,
  parseNamespace,
} from '../core/namespace';
import { mapNamespace, type NamespaceRename } from '../core/namespaceMap';
import { problemOfMoves } from '../core/namespaceRules';
import { findElement, splitDocuments } from '../core/rawDocument';
import { stringOf } from '../core/rawValue';
import { chooseRestore, type RestoreChoice } from '../core/restorePlan';
import { quote, type Said, say } from '../core/say';
import { type CatalogueChange, operationsOn, type Segment } from '../core/segment';
import type { SnapshotCollection, SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, formatClusterTime, justBefore } from '../core/time';
import { isViewsNamespace, timeseriesOfBuckets, type View } from '../core/view';
import { namesInView, renamedViewOptions } from '../core/viewRenames';
import { BackupError } from './errors';
import type { RepositoryContent, RepositoryReader } from './ports';
import { untoldTrims } from './untoldTrims';

/** Everything a restore will do, before anything is written. */
export interface RestorePlan {
  readonly snapshot: SnapshotManifest;
  readonly segments: readonly Segment[];
  readonly target: ClusterTime;
  readonly collections: readonly PlannedCollection[];
  readonly views: readonly PlannedView[];
  /** What was asked for; empty for everything. */
  readonly scope: readonly NamespaceFilter[];
  readonly warnings: readonly Said[];
}

/** Where the documents of a collection come from. */
export interface Beginning {
  /** `undefined` for a collection created after the snapshot. */
  readonly base: SnapshotCollection | undefined;
  /** Its operations count from here on, exclusive. */
  readonly after: ClusterTime;
  /** Up to here an operation may find nothing, because the documents were read while they changed. */
  readonly tolerantThrough: ClusterTime;
}

/** A collection that is there at the target, under the name it then has. */
export interface PlannedCollection extends Collection, Beginning {
  readonly to: Namespace;
  /** An upper bound: whole segments are counted. */
  readonly operations: number;
}

/** Its options name what it reads as that is called after the restore. */
export interface PlannedView extends View {
  readonly to: Namespace;
}

export interface PlanRequest {
  readonly target: ClusterTime;
  readonly scope: readonly NamespaceFilter[];
  readonly renames: readonly NamespaceRename[];
}

/**
 * Plans a restore from the repository alone. Throws `gap` or `targetOutOfRange` with the nearest usable times,
 * `notFound` when nothing of the scope exists at the target, and `notHeld` when the snapshot does not hold it.
 */
export async function planRestore(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<RestorePlan> {
  const choice = chooseRestore(content.snapshots, content.lineages, request.scope, request.target);
  if (choice.kind === 'refused') throw refused(choice, request.target);
  const { snapshot, segments, target } = choice;
  const warnings: Said[] = [];
  const catalogue = await catalogueAt(repository, snapshot, segments, target, signal);
  const previews = new Set(content.previews.map((p) => p.database));
  const wanted = (ns: string): Namespace | undefined => {
    const namespace = parseNamespace(timeseriesOfBuckets(ns) ?? ns);
    if (!namespace || previews.has(namespace.database) || INTERNAL_DATABASES.has(namespace.database))
      return undefined;
    return matchesAny(request.scope, namespace) ? parseNamespace(ns) : undefined;
  };
  refuseUnknown(catalogue, snapshot, wanted);
  const hidden = hiddenBuckets(catalogue);
  const beginnings = beginningsOf(snapshot, catalogue);
  const collections = [...catalogue.collections.values()].flatMap((collection): PlannedCollection[] => {
    const ns = wanted(collection.ns);
    if (!ns || isViewsNamespace(collection.ns)) return [];
    if (hidden.has(collection.uuid)) {
      warnings.push(
        say`${collection.ns} is left out: an ordinary collection has the name of its time-series collection, and MongoDB would mix the two`,
      );
      return [];
    }
    const beginning = beginnings.get(collection.uuid);
    if (!beginning) return [];
    const { base } = beginning;
    if (base && formatNamespace({ database: base.database, collection: base.name }) !== collection.ns) {
      warnings.push(
        say`${collection.ns} was called ${base.database}.${base.name} when the snapshot was taken`,
      );
    }
    return [
      {
        ...collection,
        ...beginning,
        to: mapNamespace(ns, request.renames),
        operations: operationsOn(segments, collection.uuid),
      },
    ];
  });
  const views = catalogue.views().flatMap((view): PlannedView[] => {
    const ns = wanted(view.ns);
    return ns ? [plannedView(view, ns, request.renames)] : [];
  });
  if (collections.length === 0 && views.length === 0) throw nothingThen(request.scope.length === 0, target);
  const problem = problemOfMoves([...collections, ...views].map(({ ns, to }) => ({ from: ns, to })));
  if (problem !== undefined) {
    throw new BackupError('badInput', say`cannot restore under these names: ${problem}`, {
      hint: say`Nothing was written. Choose other names.`,
    });
  }
  warnings.push(
    ...untoldTrims(collections, snapshot),
    ...blindViews(collections, views),
    ...versionChanges(segments, snapshot.start, target),
  );
  return { snapshot, segments, target, collections, views, scope: request.scope, warnings };
}

/**
 * Where to begin with each collection that is there at a later time. What is created may have the UUID of one that was
 * dropped, as `mongorestore --preserveUUID` does: nothing of that one counts. A snapshot lists before it reads, so what
 * it read is newer than the create.
 */
export function beginningsOf(snapshot: SnapshotManifest, catalogue: Catalogue): Map<string, Beginning> {
  const all = new Map(snapshot.collections.map((collection) => [collection.uuid, collection]));
  const beginnings = [...catalogue.collections].map(
    ([uuid, collection]) => [uuid, beginningOf(snapshot, all.get(uuid), collection)] as const,
  );
  return new Map(beginnings);
}

function beginningOf(
  snapshot: SnapshotManifest,
  read: SnapshotCollection | undefined,
  { createdAt }: Collection,
): Beginning {
  if (read && (createdAt === undefined || createdAt <= read.start)) {
    return { base: read, after: read.start, tolerantThrough: read.consistentAt };
  }
  const after = createdAt === undefined ? snapshot.start : justBefore(createdAt);
  return { base: undefined, after, tolerantThrough: after };
}

/**
 * Buckets that lost their time-series collection to an ordinary collection of its name: a create and an insert at the
 * same moment can leave that behind. What is written to such a name goes into the buckets, so both cannot come back.
 */
function hiddenBuckets(catalogue: Catalogue): Set<string> {
  const names = new Set([...catalogue.collections.values()].map((c) => c.ns));
  const hidden = [...catalogue.collections.values()].filter((c) => {
    const timeseries = timeseriesOfBuckets(c.ns);
    return timeseries !== undefined && names.has(timeseries);
  });
  return new Set(hidden.map((c) => c.uuid));
}

/** A collection that the log speaks of and that neither the snapshot nor the log made: its documents are unknown. */
function refuseUnknown(
  catalogue: Catalogue,
  snapshot: SnapshotManifest,
  wanted: (ns: string) => Namespace | undefined,
): void {
  for (const { ns, ts } of catalogue.unknown.values()) {
    if (!wanted(ns)) continue;
    const at = formatClusterTime(ts);
    if (snapshot.scope.length > 0) {
      throw new BackupError(
        'notHeld',
        say`${ns} is, since ${at}, a collection that the snapshot does not hold`,
        {
          hint: say`A snapshot of chosen namespaces holds only those. Take one of everything.`,
        },
      );
    }
    throw new BackupError(
      'damaged',
      say`a command at ${at} speaks of ${ns}, which was never created: the recording or the snapshot is damaged`,
      { hint: say`Verify the repository, and look at another time.` },
    );
  }
}

function plannedView(view: View, ns: Namespace, renames: readonly NamespaceRename[]): PlannedView {
  const to = mapNamespace(ns, renames);
  if (view.kind === 'timeseries') return { ...view, to };
  const renamed = (name: string): string => {
    const now = mapNamespace({ database: ns.database, collection: name }, renames);
    return now.database === to.database ? now.collection : name;
  };
  return { ...view, to, options: renamedViewOptions(view.options, renamed) };
}

/** Views read only their own database: what goes elsewhere, or is not restored, is not there for them. */
function blindViews(collections: readonly PlannedCollection[], views: readonly PlannedView[]): Said[] {
  const there = new Set([...collections, ...views].map(({ to }) => formatNamespace(to)));
  return views.flatMap((view) => {
    if (view.kind === 'timeseries') return [];
    const { database } = view.to;
    const absent = namesInView(view.options).filter(
      (collection) => !there.has(formatNamespace({ database, collection })),
    );
    return absent.map(
      (name) =>
        say`the view ${formatNamespace(view.to)} reads ${name}, which is not restored into ${database}`,
    );
  });
}

/** What servers write may change its form with their feature compatibility version. */
function versionChanges(segments: readonly Segment[], after: ClusterTime, through: ClusterTime): Said[] {
  return segments.flatMap(({ changes }) =>
    changes.flatMap(({ ns, op, o, ts }) => {
      if (ns !== 'admin.system.version' || op !== 'u' || ts <= after || ts > through) return [];
      const version = stringOf(findElement(o, 'version'));
      if (
        stringOf(findElement(o, '_id')) !== 'featureCompatibilityVersion' ||
        findElement(o, 'targetVersion')
      )
        return [];
      return [
        say`the feature compatibility version became ${version ?? '?'} at ${formatClusterTime(ts)}, between the snapshot and the target: check what is restored`,
      ];
    }),
  );
}

/** Collections, indexes and views as of the target. */
export async function catalogueAt(
  repository: Pick<RepositoryReader, 'readCollection'>,
  snapshot: SnapshotManifest,
  segments: readonly Segment[],
  target: ClusterTime,
  signal: AbortSignal,
): Promise<Catalogue> {
  const catalogue = await listSnapshot(repository, snapshot, signal);
  for (const segment of segments) {
    for (const change of segment.changes) {
      if (change.ts > snapshot.start && change.ts <= target) applyChange(catalogue, change);
    }
  }
  return catalogue;
}

/** Collections, indexes and views as the snapshot saw them. */
export async function listSnapshot(
  repository: Pick<RepositoryReader, 'readCollection'>,
  snapshot: SnapshotManifest,
  signal: AbortSignal,
): Promise<Catalogue> {
  const catalogue = new Catalogue(indexListingOf(snapshot.serverVersion));
  for (const { database, name, uuid, options, indexes, parts, start } of snapshot.collections) {
    const ns = `${database}.${name}`;
    catalogue.list({ type: 'collection', ns, uuid, options, indexes });
    if (!isViewsNamespace(ns)) continue;
    for await (const batch of repository.readCollection(snapshot.id, parts, signal)) {
      for (const o of splitDocuments(batch.bytes)) {
        applyChange(catalogue, { ts: start, op: 'i', ns, ui: uuid, o, o2: undefined });
      }
    }
  }
  return catalogue;
}

/** Follows one recorded change. Throws BackupError on one that is not known. */
export function applyChange(catalogue: Catalogue, change: CatalogueChange): void {
  try {
    catalogue.apply(change);
  } catch (error) {
    if (error instanceof CoreError) throw new BackupError(error.code, quote(error.message), { cause: error });
    throw error;
  }
}

function nothingThen(wantedAll: boolean, target: ClusterTime): BackupError {
  const at = formatClusterTime(target);
  return wantedAll
    ? new BackupError('notFound', say`no collection existed at ${at}`, { hint: say`Pick another time.` })
    : new BackupError('notFound', say`nothing of what was asked for existed at ${at}`, {
        hint: say`Check the spelling (case matters), or pick another time.`,
      });
}

function refused(choice: RestoreChoice & { kind: 'refused' }, target: ClusterTime): BackupError {
  const times = [
    choice.before === undefined
      ? undefined
      : say`last usable time before it: ${formatClusterTime(choice.before)}`,
    choice.after === undefined
      ? undefined
      : say`first usable time after it: ${formatClusterTime(choice.after)}`,
  ].filter((text) => text !== undefined);
  const nearest = times.map((time) => `; ${time}`).join('');
  const at = formatClusterTime(target);
  switch (choice.reason) {
    case 'nothingRecorded':
      return new BackupError('targetOutOfRange', say`nothing can be restored from this repository yet`, {
        hint: say`Start recording: the first snapshot makes the first restorable time.`,
      });
    case 'scope':
      return new BackupError('notFound', say`no snapshot in this repository holds what was asked for`, {
        hint: say`A snapshot of chosen namespaces holds only those. Take one of everything.`,
      });
    case 'gap':
      return new BackupError('gap', say`${at} lies in a gap of the recording${nearest}`, {
        hint: say`Pick one of the usable times.`,
      });
    case 'tooEarly':
      return new BackupError('targetOutOfRange', say`${at} is before the first restorable time${nearest}`, {
        hint: say`Pick a later time.`,
      });
    case 'notRecordedYet':
      return new BackupError('targetOutOfRange', say`${at} is not recorded (yet)${nearest}`, {
        hint: say`Pick an earlier time, or wait until it is recorded.`,
      });
  }
}
