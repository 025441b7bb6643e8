import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { temporaryName } from '../core/rewindNames';
import { type Said, say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { bucketsOfTimeseries, isSameTimeseries, isSameView } from '../core/view';
import { compareCollections } from './compareCollections';
import type { DocumentChange } from './documentChanges';
import type { RepositoryContent, RepositoryReader } from './ports';
import type { LiveCollection, LiveCollections } from './portsLive';
import { carryOut } from './restore';
import type { RestoreProgress, RestoreTarget } from './restoring';
import { type PlannedView, planRestore, type RestorePlan } from './restorePlan';

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
  /** The documents of these: for telling what would be done. */
  readonly freeDocuments: readonly PastOf[];
  /** Others have their names: only their documents can come back. */
  readonly taken: readonly (PastOf & {
    readonly holder: LiveCollection;
    /** Why they cannot come back either. */
    readonly refusal: Said | undefined;
  })[];
}

/** The documents of one collection or of the buckets of one, which `ns` names. */
interface PastOf {
  readonly ns: string;
  readonly documents: () => AsyncIterable<DocumentChange>;
}

export async function planBringBack(
  { repository, content, collections }: BringBackPorts,
  namespaces: readonly string[],
  at: ClusterTime,
  signal: AbortSignal,
): Promise<BringBackPlan> {
  const live = await liveByName(collections, namespaces, signal);
  const free = namespaces.filter((ns) => !live.has(ns));
  const plan = await planRestore(
    repository,
    content,
    { target: at, scope: filters(namespaces), renames: [] },
    signal,
  );
  const pastOf = (ns: string): PastOf => {
    const collection = plan.collections.find((c) => c.ns === ns || c.ns === bucketsOfTimeseries(ns));
    if (!collection) return { ns, documents: nothing };
    const documents = (): AsyncIterable<DocumentChange> =>
      compareCollections(repository, { plan, collection }, undefined, signal);
    return { ns: collection.ns, documents };
  };
  const taken = namespaces.flatMap((ns) => {
    const holder = live.get(ns);
    const then = plan.views.find((view) => view.ns === ns);
    return holder ? [{ ...pastOf(ns), holder, refusal: refusalOf(then, holder) }] : [];
  });
  return { free, taken, freeDocuments: free.map(pastOf) };
}

async function* nothing(): AsyncGenerator<DocumentChange, void> {
  // Views have no documents.
}

/** Measurements fit only into a time-series collection of the same form, documents only into a collection. */
function refusalOf(then: PlannedView | undefined, holder: LiveCollection): Said | undefined {
  if (then?.kind === 'view') {
    const isThere = holder.type === 'view' && isSameView(then.options, holder.options);
    return isThere ? undefined : say`something else has the name of this view`;
  }
  if (then) {
    if (holder.type !== 'timeseries') return say`it is no time-series collection any more`;
    return isSameTimeseries(then.options, holder.options)
      ? undefined
      : say`it has other time-series options now`;
  }
  return holder.type === 'collection' ? undefined : say`a view or a time-series collection has the name`;
}

async function liveByName(
  collections: LiveCollections,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, LiveCollection>> {
  const byName = new Map<string, LiveCollection>();
  for (const database of new Set(filters(namespaces).map((ns) => ns.database))) {
    for (const live of await collections.list(database, signal)) byName.set(`${database}.${live.name}`, live);
  }
  return byName;
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
  const taken = await liveByName(collections, namespaces, signal);
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
  taken: ReadonlyMap<string, LiveCollection>,
  collections: LiveCollections,
): Promise<void> {
  const views = plan.views.map((view) => formatNamespace(view.to)).filter((ns) => !taken.has(ns));
  const made = [...renames.map((r) => r.to), ...views];
  for (const ns of made.flatMap((name) => parseNamespace(name) ?? [])) {
    await collections.drop(ns).catch(() => undefined);
  }
}
