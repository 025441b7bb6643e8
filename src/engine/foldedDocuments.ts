import { type CappedLimits, logsTrimming, trimmedCount } from '../core/capped';
import { cappedLimits } from '../core/collectionOptions';
import { FoldedOperations } from '../core/fold';
import { findElement, firstElement, splitDocuments } from '../core/rawDocument';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { BackupError } from './errors';
import type { RepositoryReader } from './ports';
import type { PlannedCollection, RestorePlan } from './restorePlan';

/** For the operations of one collection, to be added by {@link addToFold}. */
export function foldFor(collection: PlannedCollection): FoldedOperations {
  return new FoldedOperations(collection.tolerantThrough);
}

/** Takes in one operation of the collection. Of the commands only emptycapped has to do with documents. */
export function addToFold(folded: FoldedOperations, operation: Operation): void {
  if (operation.op === 'c') {
    if (firstElement(operation.o)?.name === 'emptycapped') folded.empty();
    return;
  }
  // Copies: views would keep every frame read in memory.
  folded.add({ ...operation, o: operation.o.slice(), o2: operation.o2?.slice() });
}

/** A collection whose operations have all been folded. */
export interface FoldedCollection {
  readonly repository: RepositoryReader;
  readonly plan: RestorePlan;
  readonly collection: PlannedCollection;
  readonly folded: FoldedOperations;
}

/**
 * The documents of a collection at the plan's target, in natural order: those of the snapshot, changed, then the ones
 * inserted since. `takes` must accept the documents that the operations were chosen for; with it, what a capped
 * collection trimmed without logging it stays. Throws `damaged` where an operation found no document that it must find.
 */
export async function* foldedDocuments(
  source: FoldedCollection,
  takes: ((document: Uint8Array) => boolean) | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { plan, collection, folded } = source;
  const limits = takes || !trimsUntold(source) ? undefined : constantLimits(plan, collection);
  let skip = 0;
  if (limits) {
    const lengths: number[] = [];
    for await (const { length } of untrimmed(source, undefined, signal)) lengths.push(length);
    // Up to 4.4 no update changes the size of a document in a capped collection.
    const fits = !folded.grewSinceInsert || !logsTrimming(plan.snapshot.serverVersion);
    if (fits) skip = trimmedCount(lengths, limits);
  }
  for await (const document of untrimmed(source, takes, signal)) {
    if (skip > 0) skip -= 1;
    else yield document;
  }
  const damage = folded.missing().find((m) => m.ts > collection.tolerantThrough);
  if (damage) throw foundNothing(collection, damage.ts);
}

export function foundNothing({ ns }: PlannedCollection, at: Operation['ts']): BackupError {
  return new BackupError(
    'damaged',
    say`an operation of ${ns} at ${formatClusterTime(at)} found no document: the recording or the snapshot is damaged`,
    { hint: say`Verify the repository, and look at another time.` },
  );
}

async function* untrimmed(
  { repository, plan, collection, folded }: FoldedCollection,
  takes: ((document: Uint8Array) => boolean) | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const parts = collection.base?.parts ?? [];
  for await (const batch of repository.readCollection(plan.snapshot.id, parts, signal)) {
    for (const document of splitDocuments(batch.bytes)) {
      if (takes && !takes(document)) continue;
      const now = folded.apply(document);
      if (now) yield now;
    }
  }
  yield* folded.inserted();
}

/**
 * Whether a capped collection may have given up documents without a word in the log: before 5.0 always, later for what
 * came through applyOps.
 */
export function trimsUntold({ plan, collection, folded }: Omit<FoldedCollection, 'repository'>): boolean {
  if (cappedLimits(collection.options) === undefined) return false;
  return folded.trimsUntold || !logsTrimming(plan.snapshot.serverVersion);
}

/** Those that held all the time. With a collMod in between, what was trimmed by which cannot be told. */
function constantLimits(
  plan: RestorePlan,
  { uuid, options, after }: PlannedCollection,
): CappedLimits | undefined {
  const changed = plan.segments.some(({ changes }) =>
    changes.some(
      ({ ui, o, ts }) =>
        ui === uuid &&
        ts > after &&
        ts <= plan.target &&
        (findElement(o, 'cappedSize') !== undefined || findElement(o, 'cappedMax') !== undefined),
    ),
  );
  return changed ? undefined : cappedLimits(options);
}
