import { databaseOf } from '../core/catalogueCommand';
import { EMPTIED, IN_PLACE, isWithoutOrigin } from '../core/commandEvents';
import type { NamedEvent } from '../core/eventKind';
import { isPartOf } from '../core/events';
import { matchesAny, parseNamespace, type NamespaceFilter } from '../core/namespace';
import { EXCHANGE } from '../core/nameExchange';
import { say } from '../core/say';
import { justBefore } from '../core/time';
import type { ClusterTime } from '../core/time';
import { isViewsNamespace, shownNamespace } from '../core/view';
import { documentChanges } from './documentChanges';
import { BackupError } from './errors';
import type { Exchange } from './exchange';
import { exchangedIn, exchangedViews } from './exchangedNames';
import type { RepositoryContent, RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import { openSpan, type Span } from './span';
import { type Concern, catalogueParts } from './undoCatalogue';
import { droppedParts } from './undoDatabase';
import type { UndoPart } from './undoPart';
import { lostViews } from './undoViews';

/**
 * What there is to take back of one event, in the order to do it; `exchanges` reads those that restores in place noted.
 * Throws where what was before is not recorded.
 */
export async function planUndo(
  repository: RepositoryReader,
  content: RepositoryContent,
  event: NamedEvent,
  exchanges: () => Promise<readonly Exchange[]>,
  signal: AbortSignal,
): Promise<UndoPart[]> {
  if (isWithoutOrigin(event)) throw withoutOrigin(event);
  const request = { from: justBefore(event.from), to: event.to, scope: scopeOf(event) };
  const span = await openSpan(repository, content, request, signal);
  if (event.group !== '') return writeParts(repository, span, event, signal);
  if (event.name === EMPTIED && event.uuid !== undefined)
    return [{ kind: 'emptied', ns: event.ns, uuid: event.uuid, at: request.from }];
  if (event.kind === 'dropDatabase') return droppedParts(repository, span, event.ns, signal);
  if (event.kind === 'drop' && isViewsNamespace(event.ns)) {
    const database = databaseOf(event.ns);
    return lostViews(span.before, span.after).filter(({ ns }) => databaseOf(ns) === database);
  }
  return catalogueParts({ repository, content, span, signal }, await concernOf(event, span, exchanges));
}

/** Others may have made or dropped something under the same names at the same time. */
async function concernOf(
  event: NamedEvent,
  span: Span,
  exchanges: () => Promise<readonly Exchange[]>,
): Promise<Concern> {
  const isNamed = (ns: string): boolean => isAbout(event, ns);
  const none = (): boolean => false;
  if (event.name !== IN_PLACE && event.name !== EXCHANGE) {
    const isOwn = (): boolean => event.kind !== 'drop';
    return { isNamed, isView: none, isOwn, withDocuments: false };
  }
  const { names, uuids } = exchangedIn(span, databaseOf(event.ns), event.name);
  const isOwn = (uuid: string): boolean => uuids.has(uuid);
  const views = exchangedViews(span, databaseOf(event.ns), await exchanges());
  const isView = views ? (ns: string): boolean => views.has(ns) : isNamed;
  return { isNamed: (ns) => names.has(ns), isView, isOwn, withDocuments: false };
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
  const shown = shownNamespace(name);
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
  const isNamed = (ns: string): boolean => {
    const namespace = parseNamespace(shownNamespace(ns));
    return (
      namespace !== undefined && !previews.has(namespace.database) && matchesAny(request.scope, namespace)
    );
  };
  const concern = { isNamed, isView: isNamed, isOwn: () => true, withDocuments: true };
  return catalogueParts({ repository, content, span, signal }, concern);
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
