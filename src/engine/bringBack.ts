import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { temporaryName } from '../core/rewindNames';
import type { ClusterTime } from '../core/time';
import { bucketsOfTimeseries } from '../core/view';
import { compareCollections } from './compareCollections';
import type { DocumentChange } from './documentChanges';
import type { RepositoryContent, RepositoryReader } from './ports';
import type { LiveCollections } from './portsLive';
import { carryOut } from './restore';
import type { RestoreProgress, RestoreTarget } from './restoring';
import { planRestore, type RestorePlan } from './restorePlan';

/** What is needed to bring collections back beside others that are in use. */
export interface BringBackPorts {
  readonly repository: RepositoryReader;
  readonly content: RepositoryContent;
  readonly target: RestoreTarget;
  readonly collections: LiveCollections;
}

/** Collections and views as of a time, by what it takes to have them back. */
export interface BringBackPlan {
  /** Their names are free. */
  readonly free: readonly string[];
  /** Others have their names: only their documents can come back. */
  readonly taken: readonly { readonly ns: string; readonly documents: () => AsyncIterable<DocumentChange> }[];
  /** As {@link taken}, but the documents of the free ones: for telling what would be done. */
  readonly freeDocuments: readonly {
    readonly ns: string;
    readonly documents: () => AsyncIterable<DocumentChange>;
  }[];
}

export async function planBringBack(
  { repository, content, collections }: BringBackPorts,
  namespaces: readonly string[],
  at: ClusterTime,
  signal: AbortSignal,
): Promise<BringBackPlan> {
  const live = await liveNames(collections, namespaces, signal);
  const free = namespaces.filter((ns) => !live.has(ns));
  const plan = await planRestore(
    repository,
    content,
    { target: at, scope: filters(namespaces), renames: [] },
    signal,
  );
  const documentsOf = (names: readonly string[]): BringBackPlan['taken'] =>
    names.flatMap((ns) => {
      const collection = plan.collections.find((c) => c.ns === ns || c.ns === bucketsOfTimeseries(ns));
      if (!collection) return [];
      const documents = (): AsyncIterable<DocumentChange> =>
        compareCollections(repository, { plan, collection }, undefined, signal);
      return [{ ns: collection.ns, documents }];
    });
  const taken = namespaces.filter((ns) => live.has(ns));
  return { free, taken: documentsOf(taken), freeDocuments: documentsOf(free) };
}

async function liveNames(
  collections: LiveCollections,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const names = new Set<string>();
  for (const database of new Set(filters(namespaces).map((ns) => ns.database))) {
    for (const { name } of await collections.list(database, signal)) names.add(`${database}.${name}`);
  }
  return names;
}

function filters(namespaces: readonly string[]): Namespace[] {
  return namespaces.flatMap((ns) => parseNamespace(ns) ?? []);
}

/**
 * Restores collections whose names are free, each under a passing name that it loses when it is complete, so that
 * nobody sees a part of it. Time-series collections cannot be renamed: those are filled under their own names. Drops
 * what it made when it fails or is aborted. Gives the number of documents.
 */
export async function bringBack(
  { repository, content, target, collections }: BringBackPorts,
  namespaces: readonly string[],
  request: {
    readonly at: ClusterTime;
    readonly stamp: string;
    readonly onProgress: (facts: RestoreProgress) => void;
  },
  signal: AbortSignal,
): Promise<number> {
  const { at, stamp, onProgress } = request;
  const scope = filters(namespaces);
  const asNamed = await planRestore(repository, content, { target: at, scope, renames: [] }, signal);
  const views = new Set(asNamed.views.map((view) => view.ns));
  const renames = scope
    .filter((ns) => !views.has(formatNamespace(ns)))
    .map((ns) => ({ from: formatNamespace(ns), to: formatNamespace(passing(ns, stamp)) }));
  const passingNames = await planRestore(repository, content, { target: at, scope, renames }, signal);
  // Views look at the names that collections have in the end.
  const plan = { ...passingNames, views: asNamed.views, warnings: asNamed.warnings };
  const taken = await liveNames(collections, namespaces, signal);
  try {
    const { documents } = await carryOut(
      plan,
      repository,
      target,
      { withoutExpiry: false, onProgress },
      [],
      signal,
    );
    signal.throwIfAborted();
    for (const { from, to } of renames) {
      const [source, name] = [parseNamespace(to), parseNamespace(from)];
      if (source && name) await collections.rename([{ kind: 'rename', from: source, to: name }]);
    }
    return documents;
  } catch (error) {
    await dropMade(plan, renames, taken, collections);
    throw error;
  }
}

function passing({ database, collection }: Namespace, stamp: string): Namespace {
  return { database, collection: temporaryName(collection, stamp) };
}

/** What has its own name by now is complete and stays, but for views, which had theirs from the beginning. */
async function dropMade(
  plan: RestorePlan,
  renames: readonly { readonly to: string }[],
  taken: ReadonlySet<string>,
  collections: LiveCollections,
): Promise<void> {
  const views = plan.views.map((view) => formatNamespace(view.to)).filter((ns) => !taken.has(ns));
  const made = [...renames.map((r) => r.to), ...views];
  for (const ns of made.flatMap((name) => parseNamespace(name) ?? [])) {
    await collections.drop(ns).catch(() => undefined);
  }
}
