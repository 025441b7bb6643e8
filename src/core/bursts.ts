import type { EventKind, NamedEvent } from './eventKind';
import { extendedJsonOf } from './extendedJson';
import { findElement } from './rawDocument';
import { hexOf } from './text';
import type { ClusterTime } from './time';
import type { Operation } from './transactions';
import { databaseOf } from './catalogueCommand';
import { timeseriesOfBuckets } from './view';

/*
 * Which writes belong together. The log says nothing of statements, but: what updateMany and deleteMany do carries no
 * session; a retryable statement has one number for all its documents; single writes of one loop share a session and
 * follow each other closely.
 */

const MANY_GAP_MS = 500;
const LOOP_GAP_MS = 100;
const LEAST_MANY = 2;
const LEAST_LOOP = 20;
const LEAST_STATEMENT = 10;
const LEAST_DELETES_IN_TRANSACTION = 5;
const LARGE_TRANSACTION = 10;
const SAMPLES = 5;

const KINDS: Readonly<Record<string, 'insert' | 'update' | 'delete'>> = {
  i: 'insert',
  u: 'update',
  d: 'delete',
};

interface Burst {
  readonly group: string;
  readonly kind: EventKind;
  readonly uuid: string | undefined;
  readonly txnNumber: bigint | undefined;
  readonly from: ClusterTime;
  readonly fromWallMs: number | undefined;
  readonly sampleIds: string[];
  readonly namespaces: Set<string>;
  to: ClusterTime;
  toWallMs: number | undefined;
  count: number;
  /** Documents written by the statement that wrote most. */
  largest: number;
  statement: { number: bigint | undefined; count: number };
}

/** Gathers inserts, updates and deletes, given in order, into events. */
export class BurstFinder {
  readonly #open = new Map<string, Burst>();
  readonly #found: NamedEvent[] = [];

  add(operation: Operation): void {
    const kind = KINDS[operation.op];
    if (kind === undefined) return;
    this.#addTo(kind, operation);
    if (operation.inTransaction) this.#addTo('transaction', operation);
  }

  /** In no order; bursts that may still grow included. */
  events(): NamedEvent[] {
    const open = [...this.#open.values()].flatMap((burst) => named(burst) ?? []);
    const all = [...this.#found, ...open];
    const large = new Set(all.filter((event) => event.kind === 'transaction').map((event) => event.group));
    // Of a large transaction only the whole is told.
    return all.filter((event) => event.kind === 'transaction' || !large.has(transactionPart(event.group)));
  }

  #addTo(kind: EventKind, operation: Operation): void {
    const group = groupOf(operation, kind);
    const open = this.#open.get(group);
    if (open && continues(open, operation)) {
      extend(open, operation);
      return;
    }
    if (open) this.#close(open);
    const burst = begin(group, kind, operation);
    extend(burst, operation);
    this.#open.set(group, burst);
    if (this.#open.size > MOST_OPEN) this.#closeOld(operation);
  }

  #close(burst: Burst): void {
    const event = named(burst);
    if (event) this.#found.push(event);
    this.#open.delete(burst.group);
  }

  /** Every session and transaction opens bursts; those that time has closed must not pile up. */
  #closeOld(operation: Operation): void {
    for (const burst of this.#open.values()) {
      if (gapMs(burst, operation) > MANY_GAP_MS) this.#close(burst);
    }
  }
}

const MOST_OPEN = 1000;

/** The group of an operation within an event of that kind. */
export function groupOf(operation: Operation, kind: EventKind): string {
  const { op, ui, ns, inTransaction, lsid, txnNumber } = operation;
  if (kind === 'transaction') return inTransaction ? `t${inTransaction.key}` : '';
  const collection = `${op}|${ui ?? ns}`;
  if (inTransaction) return `${collection}|t${inTransaction.key}`;
  return lsid !== undefined && txnNumber !== undefined
    ? `${collection}|s${hexOf(lsid)}`
    : `${collection}|many`;
}

function transactionPart(group: string): string {
  return group.slice(group.lastIndexOf('|') + 1);
}

function begin(group: string, kind: EventKind, operation: Operation): Burst {
  const { ts, wallMs, ui, txnNumber } = operation;
  return {
    group,
    kind,
    uuid: kind === 'transaction' ? undefined : ui,
    txnNumber,
    from: ts,
    fromWallMs: wallMs,
    sampleIds: [],
    namespaces: new Set(),
    to: ts,
    toWallMs: wallMs,
    count: 0,
    largest: 0,
    statement: { number: txnNumber, count: 0 },
  };
}

function extend(burst: Burst, operation: Operation): void {
  const { ts, wallMs, txnNumber, op, o, o2, ns } = operation;
  burst.to = ts;
  burst.toWallMs = wallMs ?? burst.toWallMs;
  burst.count += 1;
  burst.namespaces.add(ns);
  if (txnNumber !== burst.statement.number) burst.statement = { number: txnNumber, count: 0 };
  burst.statement.count += 1;
  burst.largest = Math.max(burst.largest, burst.statement.count);
  const id = burst.sampleIds.length < SAMPLES ? findElement(op === 'u' && o2 ? o2 : o, '_id') : undefined;
  if (id) burst.sampleIds.push(extendedJsonOf(id));
}

function continues(burst: Burst, operation: Operation): boolean {
  if (operation.inTransaction) return true;
  const { txnNumber } = operation;
  if (txnNumber === undefined) return gapMs(burst, operation) <= MANY_GAP_MS;
  return txnNumber === burst.statement.number || gapMs(burst, operation) <= LOOP_GAP_MS;
}

function gapMs(burst: Burst, { ts, wallMs }: Operation): number {
  if (wallMs !== undefined && burst.toWallMs !== undefined) return Math.abs(wallMs - burst.toWallMs);
  return Number((ts >> 32n) - (burst.to >> 32n)) * 1000;
}

function named(burst: Burst): NamedEvent | undefined {
  const name = nameOf(burst);
  if (name === undefined) return undefined;
  const { kind, uuid, count, from, to, fromWallMs, toWallMs, sampleIds, group } = burst;
  const ns = commonNamespace([...burst.namespaces]);
  const facts = { kind, name, ns, uuid, count, from, to, fromWallMs, toWallMs, sampleIds, group };
  return { id: '', renamedTo: undefined, ...facts };
}

/** `undefined` where it is too small to be an event. */
function nameOf({ kind, count, largest, group, txnNumber }: Burst): string | undefined {
  if (kind === 'transaction') return count >= LARGE_TRANSACTION ? 'transaction' : undefined;
  if (transactionPart(group).startsWith('t')) {
    return kind === 'delete' && count >= LEAST_DELETES_IN_TRANSACTION ? 'deletes' : undefined;
  }
  if (txnNumber === undefined) return count >= LEAST_MANY ? `${kind}Many` : undefined;
  if (kind === 'insert' && largest === count && count >= LEAST_STATEMENT) return 'insertMany';
  if (largest === count && count >= LEAST_STATEMENT) return 'bulkWrite';
  return count >= LEAST_LOOP ? `${kind}s` : undefined;
}

function commonNamespace(namespaces: readonly string[]): string {
  const [first = '', ...others] = namespaces.map((ns) => timeseriesOfBuckets(ns) ?? ns);
  if (others.every((ns) => ns === first)) return first;
  return others.every((ns) => databaseOf(ns) === databaseOf(first)) ? databaseOf(first) : '';
}
