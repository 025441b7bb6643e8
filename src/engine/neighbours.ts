import { databaseOf } from '../core/catalogueCommand';
import type { NamespaceFilter } from '../core/namespace';
import { firstElement } from '../core/rawDocument';
import { commandNamespace } from '../core/segmentIndexer';
import type { Segment } from '../core/segment';
import { unbrokenRuns } from '../core/timeline';
import type { ClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { shownNamespace, viewOfOperation } from '../core/view';
import type { RepositoryContent, RepositoryReader } from './ports';
import { readOperations } from './readOperations';

/** An operation beside a target time. */
export interface Neighbour {
  readonly at: ClusterTime;
  readonly wallMs: number | undefined;
  /** `i`, `u` or `d`; the name of a command, such as `drop`. */
  readonly op: string;
  readonly ns: string;
}

export interface Neighbours {
  /** The operations at and before the target: the last one restored, and the one before that. */
  readonly last: Neighbour | undefined;
  readonly previous: Neighbour | undefined;
  /** The first one that is not restored. */
  readonly next: Neighbour | undefined;
}

/** How many segments are looked through on each side: an idle hour is not read to its end. */
const reach = 20;

/**
 * The recorded operations around a time, of the namespaces in `scope` alone unless it is empty. Operations with the
 * same time, of one transaction, count as one.
 */
export async function neighboursOf(
  repository: RepositoryReader,
  content: RepositoryContent,
  segments: readonly Segment[],
  target: ClusterTime,
  scope: readonly NamespaceFilter[],
  signal: AbortSignal,
): Promise<Neighbours> {
  const previews = new Set(content.previews.map((p) => p.database));
  const isShown = (ns: string): boolean =>
    !previews.has(databaseOf(ns)) && (scope.length === 0 || scope.some((filter) => touches(filter, ns)));
  const shown = (o: Operation): boolean => o.op !== 'n' && isShown(nameOf(o));
  const has = (segment: Segment): boolean => segment.counts.namespaces.some(isShown);
  const lineage = segments.at(-1)?.lineage;
  const run = content.lineages
    .filter((l) => l.start.id === lineage)
    .flatMap((l) => unbrokenRuns(l))
    .find((r) => r.some((s) => s.through >= target && s.after < target));
  if (!run) return { last: undefined, previous: undefined, next: undefined };
  const at = run.findIndex((s) => s.through >= target);
  const before = await lastTwo(repository, run, at, target, { shown, has }, signal);
  const next = await firstAfter(repository, run, at, target, { shown, has }, signal);
  return { last: before[0], previous: before[1], next };
}

/** What is looked for: an operation, and a segment that may hold one by its index. */
interface Wanted {
  readonly shown: (operation: Operation) => boolean;
  readonly has: (segment: Segment) => boolean;
}

async function lastTwo(
  repository: RepositoryReader,
  run: readonly Segment[],
  at: number,
  target: ClusterTime,
  { shown, has }: Wanted,
  signal: AbortSignal,
): Promise<Neighbour[]> {
  let found: Neighbour[] = [];
  let read = 0;
  for (let i = at; i >= 0 && read < reach && found.length < 2; i--) {
    const segment = run[i];
    if (!segment || !has(segment)) continue;
    read += 1;
    const here: Neighbour[] = [];
    const through = segment.through < target ? segment.through : target;
    const until = run.slice(0, i + 1);
    for await (const operations of readOperations(repository, until, segment.after, through, signal)) {
      for (const operation of operations) {
        if (!shown(operation)) continue;
        if (here[0]?.at === operation.ts) continue;
        here.unshift(neighbour(operation));
        here.length = Math.min(here.length, 2);
      }
    }
    found = [...found, ...here].slice(0, 2);
  }
  return found;
}

async function firstAfter(
  repository: RepositoryReader,
  run: readonly Segment[],
  at: number,
  target: ClusterTime,
  { shown, has }: Wanted,
  signal: AbortSignal,
): Promise<Neighbour | undefined> {
  let read = 0;
  for (let i = at; i < run.length && read < reach; i++) {
    const segment = run[i];
    if (!segment || !has(segment)) continue;
    read += 1;
    const after = segment.after > target ? segment.after : target;
    const until = run.slice(0, i + 1);
    for await (const operations of readOperations(repository, until, after, segment.through, signal)) {
      const first = operations.find(shown);
      if (first) return neighbour(first);
    }
  }
  return undefined;
}

/** A command that is about a database touches each of its collections. */
function touches(filter: NamespaceFilter, ns: string): boolean {
  const dot = ns.indexOf('.');
  if (dot < 0) return ns === filter.database;
  const collection = ns.slice(dot + 1);
  const wanted = filter.collection;
  if (ns.slice(0, dot) !== filter.database) return false;
  return wanted === undefined || collection === wanted || collection === `system.buckets.${wanted}`;
}

function nameOf({ op, ns, o }: Operation): string {
  return op === 'c' ? commandNamespace(ns, o) : ns;
}

function neighbour(operation: Operation): Neighbour {
  const { ts, wallMs, op, ns, o } = operation;
  if (op !== 'c') return { at: ts, wallMs, op, ns: viewOfOperation(operation) ?? shownNamespace(ns) };
  const name = shownNamespace(commandNamespace(ns, o));
  return { at: ts, wallMs, op: firstElement(o)?.name ?? op, ns: name };
}
