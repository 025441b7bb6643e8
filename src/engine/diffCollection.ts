import { equalBytes } from '../core/rawDocument';
import { formatClusterTime, type ClusterTime } from '../core/time';
import { parseNamespace } from '../core/namespace';
import { chooseRestore } from '../core/restorePlan';
import { say } from '../core/say';
import { shownNamespace } from '../core/view';
import { compareCollections, type PastDocuments } from './compareCollections';
import { documentChanges, type DocumentChange } from './documentChanges';
import { BackupError } from './errors';
import type { RepositoryContent, RepositoryReader } from './ports';
import { planRestore } from './restorePlan';
import { findSpan } from './span';

/**
 * The documents of a namespace that differ between two times, from the repository alone. While it is the same
 * collection only what was written in between is looked at; after a drop, a rename or a gap both sides are compared as
 * a whole. `from` may be the later one: then what was added since is removed. Throws `notFound` where the namespace
 * exists at neither time.
 */
export async function* diffCollection(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: { readonly ns: string; readonly from: ClusterTime; readonly to: ClusterTime },
  signal: AbortSignal,
): AsyncGenerator<DocumentChange, void> {
  const { ns, from, to } = request;
  if (from > to) {
    const turned = diffCollection(repository, content, { ns, from: to, to: from }, signal);
    for await (const change of turned) yield { ...change, before: change.after, after: change.before };
    return;
  }
  const scope = [parseNamespace(ns) ?? { database: ns }];
  const span = await findSpan(repository, content, { from, to, scope }, signal);
  const before = span?.before.named(ns)?.uuid;
  if (span && before !== undefined && before === span.after.named(ns)?.uuid) {
    for await (const change of documentChanges(repository, span, before, () => true, signal)) {
      if (!isSame(change)) yield change;
    }
    return;
  }
  const sides = [
    await sideAt(repository, content, ns, from, signal),
    await sideAt(repository, content, ns, to, signal),
  ] as const;
  if (!sides[0] && !sides[1]) {
    throw new BackupError(
      'notFound',
      say`${ns} is no collection at ${formatClusterTime(from)}, nor at ${formatClusterTime(to)}`,
      {
        hint: say`Check the spelling (case matters). Views and time-series collections hold no documents of their own.`,
      },
    );
  }
  yield* compareCollections(repository, sides[0], sides[1], signal);
}

function isSame({ before, after }: DocumentChange): boolean {
  return before && after ? equalBytes(before, after) : before === after;
}

/** The collection of that name at that time; `undefined` when there is none. */
export async function sideAt(
  repository: RepositoryReader,
  content: RepositoryContent,
  ns: string,
  at: ClusterTime,
  signal: AbortSignal,
): Promise<PastDocuments | undefined> {
  const scope = [parseNamespace(shownNamespace(ns)) ?? { database: ns }];
  try {
    const plan = await planRestore(repository, content, { target: at, scope, renames: [] }, signal);
    const collection = plan.collections.find((c) => c.ns === ns);
    return collection && { plan, collection };
  } catch (error) {
    // That nothing of the name existed is an answer, where the time can be looked at.
    const isNothing = error instanceof BackupError && error.code === 'notFound';
    const choice = chooseRestore(content.snapshots, content.lineages, scope, at);
    if (isNothing && choice.kind === 'ready') return undefined;
    throw error;
  }
}
