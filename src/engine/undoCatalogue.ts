import type { Catalogue, Collection } from '../core/catalogue';
import { cappedLimits } from '../core/collectionOptions';
import { isPassing } from '../core/passing';
import { equalBytes } from '../core/rawDocument';
import { isViewsNamespace, shownNamespace } from '../core/view';
import { compareCollections } from './compareCollections';
import { sideAt } from './diffCollection';
import { documentChanges, type DocumentChange } from './documentChanges';
import { endsEmptied } from './emptying';
import type { RepositoryContent, RepositoryReader } from './ports';
import { renamesInOrder } from './renamesInOrder';
import type { Span } from './span';
import type { RenamePart, UndoPart } from './undoPart';
import { addedViews, lostViews } from './undoViews';

export interface Context {
  readonly repository: RepositoryReader;
  readonly content: RepositoryContent;
  readonly span: Span;
  readonly signal: AbortSignal;
}

/** Of what the span changed, what is to be taken back. */
export interface Concern {
  readonly isNamed: (ns: string) => boolean;
  readonly isView: (ns: string) => boolean;
  /** Whether a collection that took the name of another, or a free one, is part of it; others' stay. */
  readonly isOwn: (uuid: string) => boolean;
  /** Whether documents of collections that stayed go back too. */
  readonly withDocuments: boolean;
}

/** Compares which collections there were at both ends, name by name. */
export async function catalogueParts(context: Context, concern: Concern): Promise<UndoPart[]> {
  const { before, after, from } = context.span;
  const { isView, isOwn, withDocuments } = concern;
  const old = byName(before);
  const now = byName(after);
  const names = namesBothWays(old, now, concern.isNamed);
  const renames: RenamePart[] = [];
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
    parts.push(...(await sameCollection(context, was, is, withDocuments)));
  }
  const missing: string[] = [];
  for (const ns of names) {
    const was = old.get(ns);
    const is = now.get(ns);
    if (was && moved.has(was.uuid)) continue;
    const isSame = was && is && was.uuid === is.uuid;
    const stays = is && !moved.has(is.uuid) && (isSame || isOwn(is.uuid)) ? is : undefined;
    if (was && !stays) missing.push(shownNamespace(ns));
    else if (was && stays && isSame) {
      parts.push(...(await sameCollection(context, was, stays, withDocuments)));
    } else if (stays) {
      parts.push(await otherCollection(context, ns, stays.uuid));
      if (was) parts.push(...(await sameCollection(context, was, stays, false)));
    }
  }
  const back: UndoPart[] = missing.length > 0 ? [{ kind: 'bringBack', namespaces: missing, at: from }] : [];
  const added = addedViews(before, after).filter(({ ns }) => isView(ns));
  const lost = lostViews(before, after).filter(({ ns }) => isView(ns));
  return [...added, ...renamesInOrder(renames), ...back, ...parts, ...lost];
}

/** Those concerned; where one name of a collection is, both that it had are, and so on for those that had or have these. */
function namesBothWays(
  old: ReadonlyMap<string, Collection>,
  now: ReadonlyMap<string, Collection>,
  isConcerned: (ns: string) => boolean,
): string[] {
  const newNames = new Map([...now.values()].map(({ uuid, ns }) => [uuid, ns]));
  const renamed = [...old.values()].flatMap(({ uuid, ns }) => {
    const newName = newNames.get(uuid);
    return newName === undefined || newName === ns ? [] : [[ns, newName] as const];
  });
  const names = new Set([...old.keys(), ...now.keys()].filter(isConcerned));
  for (const both of renamed) if (both.some(isConcerned)) for (const ns of both) names.add(ns);
  for (let size = 0; size < names.size;) {
    size = names.size;
    for (const [was, is] of renamed) if (names.has(was) || names.has(is)) names.add(was).add(is);
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

async function sameCollection(
  context: Context,
  was: Collection,
  is: Collection,
  withDocuments: boolean,
): Promise<UndoPart[]> {
  const { ns, uuid } = is;
  const parts: UndoPart[] = [];
  if (withDocuments) parts.push(await documentsOf(context, was, is));
  const made = indexesOnlyIn(is, was);
  const gone = indexesOnlyIn(was, is);
  if (made.length > 0 || gone.length > 0) parts.push({ kind: 'indexes', ns, uuid, was: gone, is: made });
  if (!equalBytes(was.options, is.options)) {
    parts.push({ kind: 'options', ns, uuid, was: was.options, is: is.options });
  }
  return parts;
}

/** What a capped collection lost as a whole comes back in its order; nothing else is inserted into one. */
async function documentsOf(
  { repository, span, signal }: Context,
  was: Collection,
  { ns, uuid, options }: Collection,
): Promise<UndoPart> {
  if (cappedLimits(options) && (await endsEmptied(repository, span, uuid, signal)))
    return { kind: 'emptied', ns: was.ns, uuid, at: span.from };
  const changes = (): AsyncIterable<DocumentChange> =>
    documentChanges(repository, span, uuid, () => true, signal);
  return { kind: 'documents', ns, uuid, changes, wasCreated: false };
}

/** That of `_id` comes and goes with its collection. */
function indexesOnlyIn(one: Collection, other: Collection): Uint8Array[] {
  return [...one.indexes].flatMap(([name, spec]) => {
    const there = other.indexes.get(name);
    return name === '_id_' || (there && equalBytes(there, spec)) ? [] : [spec];
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
