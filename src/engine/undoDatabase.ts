import type { Catalogue } from '../core/catalogue';
import { databaseOf, readCommand } from '../core/catalogueCommand';
import { isPassing } from '../core/passing';
import { findElement, firstElement } from '../core/rawDocument';
import { stringOf } from '../core/rawValue';
import type { CatalogueChange } from '../core/segment';
import { type ClusterTime, justBefore } from '../core/time';
import { isOverBuckets, isViewsNamespace, shownNamespace } from '../core/view';
import type { RepositoryReader } from './ports';
import { readOperations } from './readOperations';
import { applyChange, catalogueAt } from './restorePlan';
import type { Span } from './span';
import type { UndoPart } from './undoPart';

/** What the drops of a database took, each as of just before its own drop; views come after what they read. */
export async function droppedParts(
  repository: RepositoryReader,
  span: Span,
  database: string,
  signal: AbortSignal,
): Promise<UndoPart[]> {
  const { snapshot, segments, from, to } = span;
  const changed = await changedIn(repository, span, signal);
  const catalogue = await catalogueAt(repository, snapshot, segments, from, signal);
  const drops = new Drops(database, from, changed);
  for (const change of segments.flatMap(({ changes }) => changes)) {
    if (change.ts <= from || change.ts > to) continue;
    if (databaseOf(change.ns) === database) drops.add(change, catalogue);
    applyChange(catalogue, change);
  }
  return drops.parts();
}

/** Collections with anything but a drop in the span: the others are at its beginning what they are when they go. */
async function changedIn(
  repository: RepositoryReader,
  { segments, from, to }: Span,
  signal: AbortSignal,
): Promise<Set<string>> {
  const changed = new Set<string>();
  for await (const operations of readOperations(repository, segments, from, to, signal)) {
    for (const { op, ui, o } of operations) {
      if (ui !== undefined && !(op === 'c' && firstElement(o)?.name === 'drop')) changed.add(ui);
    }
  }
  return changed;
}

/** Gathers what is dropped of one database, in order. */
class Drops {
  readonly #database: string;
  readonly #from: ClusterTime;
  readonly #changed: ReadonlySet<string>;
  readonly #names = new Map<ClusterTime, string[]>();
  /** When views of time-series collections went, which is before what is under them. */
  readonly #viewsGone = new Map<string, ClusterTime>();
  readonly #views: UndoPart[] = [];

  constructor(database: string, from: ClusterTime, changed: ReadonlySet<string>) {
    this.#database = database;
    this.#from = from;
    this.#changed = changed;
  }

  parts(): UndoPart[] {
    const collections = [...this.#names].map(([at, namespaces]): UndoPart => ({
      kind: 'bringBack',
      at,
      namespaces,
    }));
    return [...collections, ...this.#views];
  }

  /** The catalogue is that of just before the change. */
  add(change: CatalogueChange, catalogue: Catalogue): void {
    if (change.op === 'd') this.#viewGoes(stringOf(findElement(change.o, '_id')), change.ts);
    if (change.op !== 'c') return;
    const command = readCommand(change);
    if (command.kind === 'drop' && isViewsNamespace(command.ns)) this.#allViewsGo(change.ts, catalogue);
    else if (command.kind === 'drop' && change.ui !== undefined) this.#goes(change.ui, change.ts, catalogue);
    else if (command.kind === 'dropDatabase') {
      const rest = [...catalogue.collections.values()].filter((c) => databaseOf(c.ns) === this.#database);
      for (const { uuid } of rest) this.#goes(uuid, change.ts, catalogue);
    }
  }

  #viewGoes(ns: string | undefined, at: ClusterTime): void {
    if (ns !== undefined && !this.#viewsGone.has(ns)) this.#viewsGone.set(ns, at);
  }

  #allViewsGo(ts: ClusterTime, catalogue: Catalogue): void {
    for (const view of catalogue.views()) {
      const { ns, options } = view;
      if (databaseOf(ns) !== this.#database) continue;
      if (isOverBuckets(view)) this.#viewGoes(ns, ts);
      else this.#views.push({ kind: 'view', ns, was: options, is: undefined });
    }
  }

  #goes(uuid: string, ts: ClusterTime, catalogue: Catalogue): void {
    const collection = catalogue.collections.get(uuid);
    if (!collection || isPassing(collection) || isViewsNamespace(collection.ns)) return;
    const name = shownNamespace(collection.ns);
    const at = this.#changed.has(uuid) ? justBefore(this.#viewsGone.get(name) ?? ts) : this.#from;
    const names = this.#names.get(at);
    if (names) names.push(name);
    else this.#names.set(at, [name]);
  }
}
