import type { FoldedOperations } from '../core/fold';
import { INTERNAL_DATABASES } from '../core/catalogue';
import { matchesAny, type Namespace, parseNamespace } from '../core/namespace';
import { type Said, say } from '../core/say';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { Operation } from '../core/transactions';
import { timeseriesOfBuckets } from '../core/view';
import { addToFold } from './foldedDocuments';
import type { OperationApplier } from './operationApplier';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import type { PlannedCollection, RestorePlan } from './restorePlan';

/** Who takes the operations of a collection: its fold where it has one, else the applier. */
export interface ReplaySinks {
  readonly folds: ReadonlyMap<PlannedCollection, FoldedOperations>;
  readonly applier: OperationApplier;
}

export interface Replayed {
  readonly operations: number;
  readonly warnings: readonly Said[];
}

/**
 * Hands out the recorded operations of the plan's collections, found by UUID whatever they were called then. Commands
 * need no replaying: the plan has their outcome.
 */
export async function replay(
  plan: RestorePlan,
  repository: RepositoryReader,
  { folds, applier }: ReplaySinks,
  signal: AbortSignal,
): Promise<Replayed> {
  const collections = new Map(plan.collections.map((c) => [c.uuid, c]));
  const split = new SplitTransactions(plan);
  let operations = 0;
  const after = plan.collections.reduce((first, c) => (c.after < first ? c.after : first), plan.target);
  try {
    const uuids = new Set(collections.keys());
    const reading = readOperationsOf(repository, plan.segments, uuids, after, plan.target, signal);
    for await (const read of reading) {
      for (const operation of read) {
        split.see(operation);
        const collection = operation.ui === undefined ? undefined : collections.get(operation.ui);
        if (!collection || operation.ts <= collection.after) continue;
        const folded = folds.get(collection);
        if (folded) {
          addToFold(folded, operation);
        } else if (operation.op !== 'c') {
          const waiting = applier.add(operation, collection);
          if (waiting) await waiting;
        }
        if (operation.op !== 'c') operations += 1;
      }
    }
    await applier.finish();
  } finally {
    await applier.settled();
  }
  return { operations, warnings: split.warnings() };
}

/** Finds transactions that a restore of some namespaces brings back in part. */
class SplitTransactions {
  readonly #plan: RestorePlan;
  #current: {
    readonly key: string;
    readonly ts: ClusterTime;
    inside: boolean;
    outside: Namespace | undefined;
  };
  #first: { readonly ts: ClusterTime; readonly ns: Namespace } | undefined;
  #count = 0;

  constructor(plan: RestorePlan) {
    this.#plan = plan;
    this.#current = { key: '', ts: plan.snapshot.start, inside: false, outside: undefined };
  }

  /** Operations of one transaction come one after the other. */
  see({ inTransaction, ts, ns }: Operation): void {
    if (!inTransaction || this.#plan.scope.length === 0) return;
    if (this.#current.key !== inTransaction.key || this.#current.ts !== ts) {
      this.#close();
      this.#current = { key: inTransaction.key, ts, inside: false, outside: undefined };
    }
    const namespace = parseNamespace(timeseriesOfBuckets(ns) ?? ns);
    if (!namespace || INTERNAL_DATABASES.has(namespace.database)) return;
    if (matchesAny(this.#plan.scope, namespace)) this.#current.inside = true;
    else this.#current.outside ??= namespace;
  }

  warnings(): Said[] {
    this.#close();
    this.#current = { ...this.#current, inside: false };
    if (!this.#first) return [];
    const { ts, ns } = this.#first;
    const also = `${ns.database}.${ns.collection}`;
    const at = formatClusterTime(ts);
    return [
      this.#count === 1
        ? say`a transaction also wrote outside of what is restored (at ${at}, to ${also}): only its part in here comes back`
        : say`${this.#count} transactions also wrote outside of what is restored (the first at ${at}, to ${also}): only their part in here comes back`,
    ];
  }

  #close(): void {
    const { ts, inside, outside } = this.#current;
    if (!inside || !outside) return;
    this.#count += 1;
    this.#first ??= { ts, ns: outside };
  }
}
