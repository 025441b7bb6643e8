import type { Catalogue, Collection } from '../core/catalogue';
import { databaseOf } from '../core/catalogueCommand';
import { isWithoutOrigin } from '../core/commandEvents';
import type { NamedEvent } from '../core/eventKind';
import { isPartOf } from '../core/events';
import { matchesAny, parseNamespace, type NamespaceFilter } from '../core/namespace';
import { isPassing } from '../core/passing';
import { equalBytes } from '../core/rawDocument';
import { say } from '../core/say';
import { justBefore } from '../core/time';
import type { ClusterTime } from '../core/time';
import { isSameView, isViewsNamespace, timeseriesOfBuckets } from '../core/view';
import { compareCollections } from './compareCollections';
import { sideAt } from './diffCollection';
import { documentChanges, type DocumentChange } from './documentChanges';
import { BackupError } from './errors';
import type { RepositoryContent, RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import { openSpan, type Span } from './span';

/** One thing to take back. Names are those after the event. */
export type UndoPart =
  /** Documents go back to what they were; after that, a collection that the event made goes if it is empty. */
  | {
      readonly kind: 'documents';
      readonly ns: string;
      readonly uuid: string;
      readonly changes: () => AsyncIterable<DocumentChange>;
      readonly wasCreated: boolean;
      /** Options of the collection that had the name before, where that was another one. */
      readonly was?: Uint8Array;
    }
  /** A collection gets its name back; one that took its place steps aside. */
  | {
      readonly kind: 'rename';
      readonly uuid: string;
      readonly from: string;
      readonly to: string;
      readonly aside: string | undefined;
    }
  /** Collections and views that were there before. */
  | { readonly kind: 'bringBack'; readonly namespaces: readonly string[]; readonly at: ClusterTime }
  /** The definition of a view, as it was before and as the event left it. */
  | { readonly kind: 'view'; readonly ns: string; readonly was: Uint8Array; readonly is: Uint8Array }
  | {
      readonly kind: 'indexes';
      readonly ns: string;
      readonly uuid: string;
      readonly create: readonly Uint8Array[];
      readonly drop: readonly string[];
    }
  /** Options of a collection, as they were before and as the event left them. */
  | {
      readonly kind: 'options';
      readonly ns: string;
      readonly uuid: string;
      readonly was: Uint8Array;
      readonly is: Uint8Array;
    };

/** What there is to take back of one event, in the order to do it. Throws where what was before is not recorded. */
export async function planUndo(
  repository: RepositoryReader,
  content: RepositoryContent,
  event: NamedEvent,
  signal: AbortSignal,
): Promise<UndoPart[]> {
  if (isWithoutOrigin(event)) throw withoutOrigin(event);
  const request = { from: justBefore(event.from), to: event.to, scope: scopeOf(event) };
  const span = await openSpan(repository, content, request, signal);
  if (event.group !== '') return writeParts(repository, span, event, signal);
  return catalogueParts({ repository, content, span, signal }, (ns) => isAbout(event, ns), false);
}

/** What a snapshot must hold for it; a rename within a database needs no more than the old name. */
function scopeOf({ ns, renamedTo }: NamedEvent): NamespaceFilter[] {
  const isMove = renamedTo !== undefined && databaseOf(renamedTo) !== databaseOf(ns);
  const names = [ns, ...(isMove ? [renamedTo] : [])].filter((name) => name !== '');
  return names.map((name) => parseNamespace(name) ?? { database: name });
}

function withoutOrigin({ ns }: NamedEvent): BackupError {
  return new BackupError('notFound', say`which collection ${ns} was before is not recorded`, {
    hint: say`Undo the drop of the original instead, and remove ${ns} yourself.`,
  });
}

/** Whether a name is one of those that the event was about; others may have changed at the same time. */
function isAbout({ ns, renamedTo }: NamedEvent, name: string): boolean {
  if (!ns.includes('.')) return databaseOf(name) === ns;
  const shown = timeseriesOfBuckets(name) ?? name;
  return shown === ns || shown === renamedTo;
}

/** What there is to take back of everything in `(from, to]` on the namespaces. */
export async function planRangeUndo(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: {
    readonly from: ClusterTime;
    readonly to: ClusterTime;
    readonly scope: readonly NamespaceFilter[];
  },
  signal: AbortSignal,
): Promise<UndoPart[]> {
  const span = await openSpan(repository, content, request, signal);
  const previews = new Set(content.previews.map((preview) => preview.database));
  const isConcerned = (ns: string): boolean => {
    const namespace = parseNamespace(timeseriesOfBuckets(ns) ?? ns);
    return (
      namespace !== undefined && !previews.has(namespace.database) && matchesAny(request.scope, namespace)
    );
  };
  return catalogueParts({ repository, content, span, signal }, isConcerned, true);
}

async function writeParts(
  repository: RepositoryReader,
  span: Span,
  event: NamedEvent,
  signal: AbortSignal,
): Promise<UndoPart[]> {
  const uuids = event.uuid === undefined ? await touchedBy(repository, span, event, signal) : [event.uuid];
  return uuids.map((uuid) => ({
    ...{ kind: 'documents', uuid, ns: nameOf(span, uuid) ?? event.ns, wasCreated: false },
    changes: () => documentChanges(repository, span, uuid, (operation) => isPartOf(event, operation), signal),
  }));
}

async function touchedBy(
  repository: RepositoryReader,
  span: Span,
  event: NamedEvent,
  signal: AbortSignal,
): Promise<string[]> {
  const uuids = new Set<string>();
  for await (const operations of readOperations(repository, span.segments, span.from, span.to, signal)) {
    for (const operation of operations) {
      if (operation.ui !== undefined && isPartOf(event, operation)) uuids.add(operation.ui);
    }
  }
  return [...uuids];
}

function nameOf({ before, after }: Span, uuid: string): string | undefined {
  return (after.collections.get(uuid) ?? before.collections.get(uuid))?.ns;
}

interface Context {
  readonly repository: RepositoryReader;
  readonly content: RepositoryContent;
  readonly span: Span;
  readonly signal: AbortSignal;
}

/** Compares which collections there were at both ends, name by name. */
async function catalogueParts(
  context: Context,
  isConcerned: (ns: string) => boolean,
  withDocuments: boolean,
): Promise<UndoPart[]> {
  const { before, after, from } = context.span;
  const old = byName(before);
  const now = byName(after);
  const names = namesBothWays(old, now, isConcerned);
  const renames: (UndoPart & { kind: 'rename' })[] = [];
  const moved = new Set<string>();
  const parts: UndoPart[] = [];
  for (const ns of names) {
    const was = old.get(ns);
    const is = was && after.collections.get(was.uuid);
    if (!was || !is || is.ns === ns) continue;
    const aside = now.get(ns);
    const isMade = aside && hadNoName(before.collections.get(aside.uuid));
    renames.push({
      kind: 'rename',
      uuid: was.uuid,
      from: is.ns,
      to: ns,
      aside: isMade ? aside.uuid : undefined,
    });
    moved.add(was.uuid);
    parts.push(...sameCollection(context, was, is, withDocuments));
  }
  const missing: string[] = [];
  for (const ns of names) {
    const was = old.get(ns);
    const is = now.get(ns);
    if (was && moved.has(was.uuid)) continue;
    const stays = is && !moved.has(is.uuid) ? is : undefined;
    if (was && !stays) missing.push(timeseriesOfBuckets(ns) ?? ns);
    else if (was && stays && was.uuid === stays.uuid) {
      parts.push(...sameCollection(context, was, stays, withDocuments));
    } else if (stays) {
      parts.push(await otherCollection(context, ns, stays.uuid));
      if (was) parts.push(...sameCollection(context, was, stays, false));
    }
  }
  const views = missingViews(before, after).filter(isConcerned);
  const namespaces = [...new Set([...missing, ...views])];
  const back: UndoPart[] = namespaces.length > 0 ? [{ kind: 'bringBack', namespaces, at: from }] : [];
  return [...renames, ...back, ...parts, ...changedViews(before, after).filter(({ ns }) => isConcerned(ns))];
}

/** Those concerned; where one name of a collection is, both that it had are. */
function namesBothWays(
  old: ReadonlyMap<string, Collection>,
  now: ReadonlyMap<string, Collection>,
  isConcerned: (ns: string) => boolean,
): string[] {
  const names = new Set([...old.keys(), ...now.keys()].filter(isConcerned));
  const newNames = new Map([...now.values()].map(({ uuid, ns }) => [uuid, ns]));
  for (const { uuid, ns } of old.values()) {
    const newName = newNames.get(uuid);
    if (newName !== undefined && (isConcerned(ns) || isConcerned(newName))) names.add(ns).add(newName);
  }
  return [...names].sort();
}

/** By name, without those that are only filled to be renamed and those that hold views. */
function byName(catalogue: Catalogue): Map<string, Collection> {
  const all = [...catalogue.collections.values()];
  return new Map(all.filter((c) => !isPassing(c) && !isViewsNamespace(c.ns)).map((c) => [c.ns, c]));
}

/** Whether it was not there under a name of its own. */
function hadNoName(collection: Collection | undefined): boolean {
  return !collection || isPassing(collection);
}

function missingViews(before: Catalogue, after: Catalogue): string[] {
  const still = new Set(after.views().map((view) => view.ns));
  return before.views().flatMap((view) => (still.has(view.ns) ? [] : [view.ns]));
}

function changedViews(before: Catalogue, after: Catalogue): (UndoPart & { kind: 'view' })[] {
  const now = new Map(after.views().map((view) => [view.ns, view]));
  return before.views().flatMap(({ kind, ns, options: was }) => {
    const is = now.get(ns);
    if (kind !== 'view' || is?.kind !== 'view' || isSameView(was, is.options)) return [];
    return [{ kind, ns, was, is: is.options }];
  });
}

function sameCollection(
  { repository, span, signal }: Context,
  was: Collection,
  is: Collection,
  withDocuments: boolean,
): UndoPart[] {
  const { ns, uuid } = is;
  const parts: UndoPart[] = [];
  if (withDocuments) {
    const changes = (): AsyncIterable<DocumentChange> =>
      documentChanges(repository, span, uuid, () => true, signal);
    parts.push({ kind: 'documents', ns, uuid, changes, wasCreated: false });
  }
  const differing = indexesOnlyIn(is, was);
  const create = indexesOnlyIn(was, is);
  if (differing.length > 0 || create.length > 0) {
    const drop = differing.map(([name]) => name);
    parts.push({ kind: 'indexes', ns, uuid, drop, create: create.map(([, spec]) => spec) });
  }
  if (!equalBytes(was.options, is.options)) {
    parts.push({ kind: 'options', ns, uuid, was: was.options, is: is.options });
  }
  return parts;
}

/** That of `_id` comes and goes with its collection. */
function indexesOnlyIn(one: Collection, other: Collection): [string, Uint8Array][] {
  return [...one.indexes].filter(([name, spec]) => {
    const there = other.indexes.get(name);
    return name !== '_id_' && !(there && equalBytes(there, spec));
  });
}

/** Another collection has the name now: document by document, whatever each was before. */
async function otherCollection(context: Context, ns: string, uuid: string): Promise<UndoPart> {
  const { repository, content, span, signal } = context;
  const before = span.before.named(ns) ? await sideAt(repository, content, ns, span.from, signal) : undefined;
  const after = await sideAt(repository, content, ns, span.to, signal);
  const changes = (): AsyncIterable<DocumentChange> => compareCollections(repository, before, after, signal);
  const was = before && { was: before.collection.options };
  return { kind: 'documents', ns, uuid, changes, wasCreated: before === undefined, ...was };
}
