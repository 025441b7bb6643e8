import { documentOf } from './rawValue';
import { findElement } from './rawDocument';
import { hexOf } from './text';
import type { ClusterTime } from './time';
import type { Operation } from './transactions';

/*
 * Which writes belong together. The log says nothing of statements, but: what updateMany and deleteMany do carries no
 * session; a retryable statement has one number for all its documents; the operations of a transaction come together;
 * a loop of single writes goes through a collection in the order of its `_id`s, which the traffic of an application
 * does not.
 */

/** Writes that belong together, as a segment's index keeps them. */
export interface WriteRun {
  /** The same for all its operations, and for no other ones in its time. */
  readonly group: string;
  readonly kind: 'insert' | 'update' | 'delete' | 'transaction';
  /** A collection; for a transaction over several, their database, or nothing. */
  readonly ns: string;
  readonly uuid: string | undefined;
  readonly count: number;
  /** Deletes among them. */
  readonly deletes: number;
  readonly from: ClusterTime;
  readonly to: ClusterTime;
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** Canonical Extended JSON of the first `_id`s. */
  readonly sampleIds: readonly string[];
}

/** `batches` are several statements of a session, told of as one; no run has that form. */
export type RunForm = 'many' | 'statement' | 'batches' | 'loop' | 'transaction';

const FORMS: Readonly<Record<string, RunForm>> = {
  m: 'many',
  s: 'statement',
  b: 'batches',
  l: 'loop',
  t: 'transaction',
};

/** The group's first letter says how its writes were sent. */
export function groupOf(operation: Operation, form: Exclude<RunForm, 'batches'>): string {
  const { lsid, txnNumber } = operation;
  const session = form === 'many' ? '' : sessionOf(lsid);
  return groupIn(form, collectionOf(operation), session, txnNumber);
}

/** As {@link groupOf}, for a session whose text is known. */
export function groupIn(
  form: Exclude<RunForm, 'batches'>,
  collection: string,
  session: string,
  txnNumber: bigint | undefined,
): string {
  switch (form) {
    case 'many':
      return `m:${collection}`;
    case 'statement':
      return `s:${collection}:${session}:${(txnNumber ?? 0n).toString()}`;
    case 'loop':
      return `l:${collection}:${session}`;
    case 'transaction':
      return `t:${session}:${(txnNumber ?? 0n).toString()}`;
  }
}

/** The kind of operation and its collection, as groups name them. */
export function collectionOf({ op, ui, ns }: Operation): string {
  return `${op}:${ui ?? ns}`;
}

export function formOf(group: string): RunForm {
  return FORMS[group.charAt(0)] ?? 'many';
}

/** Whether the operation has the group, whatever its time. */
export function isInGroup(operation: Operation, group: string): boolean {
  const form = formOf(group);
  const inTransaction = operation.inTransaction !== undefined;
  const hasSession = operation.lsid !== undefined && operation.txnNumber !== undefined;
  if (inTransaction !== (form === 'transaction')) return false;
  if (!inTransaction && hasSession !== (form !== 'many')) return false;
  return form === 'batches' ? isInBatches(operation, group) : groupOf(operation, form) === group;
}

/** What the group of a statement names: operation, collection and session, and the statement's number in that. */
export function statementOf(group: string): { readonly session: string; readonly number: bigint } {
  const end = group.lastIndexOf(':');
  return { session: group.slice(2, end), number: BigInt(group.slice(end + 1)) };
}

/** The group of several statements of one session, given in order: their numbers follow as `4-7,9`. */
export function batchesGroup(statements: readonly string[]): string {
  const ranges: { readonly first: bigint; last: bigint }[] = [];
  for (const { number } of statements.map(statementOf)) {
    const range = ranges.at(-1);
    if (range && number === range.last + 1n) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  const { session } = statementOf(statements[0] ?? '');
  const numbers = ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
  return `b:${session}:${numbers.join(',')}`;
}

function isInBatches(operation: Operation, group: string): boolean {
  const { session, number } = statementOf(groupOf(operation, 'statement'));
  const end = group.lastIndexOf(':');
  if (group.slice(2, end) !== session) return false;
  return group
    .slice(end + 1)
    .split(',')
    .some((range) => {
      const [first = '', last = first] = range.split('-');
      return BigInt(first) <= number && number <= BigInt(last);
    });
}

/** Wall clock of an operation; that of its cluster time where it has none. */
export function wallOf({ ts, wallMs }: { ts: ClusterTime; wallMs?: number | undefined }): number {
  return wallMs ?? Number(ts >> 32n) * 1000;
}

const LEAST_MANY = 2;
const SMALL_MANY = 10;
const LARGE_MANY = 100;
const LEAST_STATEMENT = 10;
const LEAST_LOOP = 100;
const LARGE_TRANSACTION = 10;
const LEAST_DELETES_IN_TRANSACTION = 5;

/** Whether it is large, and close enough together, to be an event. */
export function isNamed({ group, kind, count, deletes, fromWallMs, toWallMs }: WriteRun): boolean {
  const spanMs = toWallMs - fromWallMs;
  switch (formOf(group)) {
    case 'transaction':
      return count >= LARGE_TRANSACTION || deletes >= LEAST_DELETES_IN_TRANSACTION;
    case 'statement':
    case 'batches':
      return count >= LEAST_STATEMENT;
    case 'loop':
      return kind !== 'insert' && count >= LEAST_LOOP && spanMs <= 10 * count;
    case 'many':
      // An application whose driver sends no sessions writes single documents that look the same, only not as closely.
      if (count < LEAST_MANY) return false;
      if (count < SMALL_MANY) return spanMs <= 50 + 5 * count;
      return spanMs <= 100 + (count < LARGE_MANY ? 10 : 100) * count;
  }
}

/** What was run, as well as the log tells. */
export function nameOfRun({ group, kind }: WriteRun): string {
  switch (formOf(group)) {
    case 'transaction':
      return 'transaction';
    case 'statement':
    case 'batches':
      return kind === 'insert' ? 'insertMany' : 'bulkWrite';
    case 'loop':
      return `${kind}s`;
    case 'many':
      return `${kind}Many`;
  }
}

/** The session's own UUID: the rest of an lsid names its user. */
export function sessionOf(lsid: Uint8Array | undefined): string {
  if (lsid === undefined) return '';
  const id = findElement(lsid, 'id');
  return hexOf(documentOf(id) ?? id?.value.subarray(id.type === 5 ? 5 : 0) ?? lsid);
}
