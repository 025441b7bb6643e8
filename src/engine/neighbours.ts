import { firstElement } from '../core/rawDocument';
import { commandNamespace } from '../core/segmentIndexer';
import type { Segment } from '../core/segment';
import { unbrokenRuns } from '../core/timeline';
import type { ClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
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

/** The recorded operations around a time. Operations with the same time, of one transaction, count as one. */
export async function neighboursOf(
  repository: RepositoryReader,
  content: RepositoryContent,
  segments: readonly Segment[],
  target: ClusterTime,
  signal: AbortSignal,
): Promise<Neighbours> {
  const previews = new Set(content.previews.map((p) => p.database));
  const shown = (o: Operation): boolean => !previews.has(o.ns.slice(0, o.ns.indexOf('.')));
  const lineage = segments.at(-1)?.lineage;
  const run = content.lineages
    .filter((l) => l.start.id === lineage)
    .flatMap((l) => unbrokenRuns(l))
    .find((r) => r.some((s) => s.through >= target && s.after < target));
  if (!run) return { last: undefined, previous: undefined, next: undefined };
  const at = run.findIndex((s) => s.through >= target);
  const before = await lastTwo(repository, run, at, target, shown, signal);
  const next = await firstAfter(repository, run, at, target, shown, signal);
  return { last: before[0], previous: before[1], next };
}

async function lastTwo(
  repository: RepositoryReader,
  run: readonly Segment[],
  at: number,
  target: ClusterTime,
  shown: (o: Operation) => boolean,
  signal: AbortSignal,
): Promise<Neighbour[]> {
  let found: Neighbour[] = [];
  for (let i = at; i >= 0 && i > at - reach && found.length < 2; i--) {
    const segment = run[i];
    if (!segment || (segment.seconds.length === 0 && i !== at)) continue;
    const here: Neighbour[] = [];
    const through = segment.through < target ? segment.through : target;
    for await (const operations of readOperations(
      repository,
      run.slice(0, i + 1),
      segment.after,
      through,
      signal,
    )) {
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
  shown: (o: Operation) => boolean,
  signal: AbortSignal,
): Promise<Neighbour | undefined> {
  const until = run[Math.min(at + reach, run.length - 1)]?.through ?? target;
  for await (const operations of readOperations(repository, run, target, until, signal)) {
    const first = operations.find(shown);
    if (first) return neighbour(first);
  }
  return undefined;
}

function neighbour({ ts, wallMs, op, ns, o }: Operation): Neighbour {
  if (op !== 'c') return { at: ts, wallMs, op, ns };
  return { at: ts, wallMs, op: firstElement(o)?.name ?? op, ns: commandNamespace(ns, o) };
}
