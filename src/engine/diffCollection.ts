import { equalBytes } from '../core/rawDocument';
import { formatClusterTime, type ClusterTime } from '../core/time';
import { parseNamespace } from '../core/namespace';
import { chooseRestore } from '../core/restorePlan';
import { type Said, say } from '../core/say';
import { operationsOn } from '../core/segment';
import { shownNamespace } from '../core/view';
import { compareCollections, type PastDocuments } from './compareCollections';
import { documentChanges, type DocumentChange } from './documentChanges';
import { BackupError } from './errors';
import type { RepositoryContent, RepositoryReader } from './ports';
import { planRestore } from './restorePlan';
import { findSpan } from './span';
import { untoldTrims } from './untoldTrims';

/** What differs in a collection between two times. */
interface Difference {
  /** Reads anew each time. */
  readonly changes: () => AsyncIterable<DocumentChange>;
  readonly warnings: readonly Said[];
}

/**
 * The documents of a namespace that differ between two times, from the repository alone. While it is the same
 * collection only what was written in between is looked at; after a drop, a rename or a gap both sides are compared as
 * a whole. `from` may be the later one: then what was added since is removed. Throws `notFound` where the namespace
 * exists at neither time.
 */
export async function diffCollection(
  repository: RepositoryReader,
  content: RepositoryContent,
  request: { readonly ns: string; readonly from: ClusterTime; readonly to: ClusterTime },
  signal: AbortSignal,
): Promise<Difference> {
  const { ns, from, to } = request;
  if (from > to) {
    const turned = await diffCollection(repository, content, { ns, from: to, to: from }, signal);
    return { ...turned, changes: () => backwards(turned.changes()) };
  }
  const scope = [parseNamespace(ns) ?? { database: ns }];
  const span = await findSpan(repository, content, { from, to, scope }, signal);
  const same = span?.after.named(ns);
  if (span && same && same.uuid === span.before.named(ns)?.uuid) {
    const { uuid, options } = same;
    const operations = operationsOn(span.segments, uuid);
    return {
      changes: () => different(documentChanges(repository, span, uuid, () => true, signal)),
      warnings: untoldTrims([{ ns, options, operations }], span.snapshot),
    };
  }
  const before = await sideAt(repository, content, ns, from, signal);
  const after = await sideAt(repository, content, ns, to, signal);
  if (!before && !after) {
    throw new BackupError(
      'notFound',
      say`${ns} is no collection at ${formatClusterTime(from)}, nor at ${formatClusterTime(to)}`,
      {
        hint: say`Check the spelling (case matters). Views and time-series collections hold no documents of their own.`,
      },
    );
  }
  const warnings = [before, after].flatMap((side) =>
    side ? untoldTrims([side.collection], side.plan.snapshot) : [],
  );
  return {
    changes: () => compareCollections(repository, before, after, signal),
    warnings: [...new Set(warnings)],
  };
}

async function* backwards(changes: AsyncIterable<DocumentChange>): AsyncGenerator<DocumentChange, void> {
  for await (const change of changes) yield { ...change, before: change.after, after: change.before };
}

async function* different(changes: AsyncIterable<DocumentChange>): AsyncGenerator<DocumentChange, void> {
  for await (const change of changes) if (!isSame(change)) yield change;
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
