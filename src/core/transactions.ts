import { CoreError } from './coreError';
import type { InnerOperation, OplogEntry } from './oplogEntry';
import { readInnerOperations } from './oplogEntry';
import { findElement, firstElement, readElements } from './rawDocument';
import type { RawElement } from './rawDocument';
import { isTrue, numberOf } from './rawValue';
import { say } from './say';
import { hexOf } from './text';
import { clusterTime } from './time';
import type { ClusterTime } from './time';

/** One effect on data or on the catalogue, at the time it became visible. Documents are views into the entry. */
export interface Operation extends InnerOperation {
  /** Time of the entry; of the commit for an operation of a transaction. */
  readonly ts: ClusterTime;
  readonly wallMs: number | undefined;
  /** `i`, `u`, `d` or `c`; never a no-op, never `applyOps`. */
  readonly op: string;
  /** The transaction it belongs to, the same key for all its operations. */
  readonly inTransaction: { readonly key: string } | undefined;
  /** Of a retryable write, or of the transaction; a statement that writes many documents by a filter has neither. */
  readonly lsid: Uint8Array | undefined;
  readonly txnNumber: bigint | undefined;
  /**
   * Somebody sent it through the command applyOps: an insert may then replace, an update make the document that it
   * does not find, a delete find nothing.
   */
  readonly lenient?: true;
}

interface Chain {
  readonly txnNumber: bigint;
  readonly start: ClusterTime;
  last: ClusterTime;
  readonly operations: InnerOperation[];
}

const NEVER = clusterTime(0, 0);
const IGNORED_OPS = new Set(['n', 'km', 'cd', 'ci', 'cu']);

/**
 * Turns oplog entries, given in order, into operations. Transactions are held back until their commit, and dropped
 * when they abort; other `applyOps` are unwrapped in place. What does not commit leaves no trace.
 */
export class TransactionAssembler {
  readonly #chains = new Map<string, Chain>();

  /** The operations that become visible with this entry, often none. Throws CoreError on a broken transaction. */
  push(entry: OplogEntry): Operation[] {
    if (IGNORED_OPS.has(entry.op)) return [];
    this.#forgetOlder(entry);
    if (entry.op === 'i' || entry.op === 'u' || entry.op === 'd') return [visible(entry, entry, undefined)];
    if (entry.op !== 'c')
      throw new CoreError('unknownEntry', say`Unknown oplog operation "${entry.op}"`, entry.ts);
    const command = firstElement(entry.o);
    switch (command?.name) {
      case 'applyOps':
        return this.#applyOps(entry, command);
      case 'commitTransaction':
        return this.#commit(entry);
      case 'abortTransaction':
        this.#chains.delete(sessionOf(entry));
        return [];
      default:
        return [visible(entry, entry, undefined)];
    }
  }

  /** Time of the oldest entry of a transaction that neither committed nor aborted yet. */
  openSince(): ClusterTime | undefined {
    let oldest: ClusterTime | undefined;
    for (const { start } of this.#chains.values()) {
      if (oldest === undefined || start < oldest) oldest = start;
    }
    return oldest;
  }

  #applyOps(entry: OplogEntry, list: RawElement): Operation[] {
    const operations = unwrap(list);
    const { txnNumber } = entry;
    if (entry.lsid === undefined || txnNumber === undefined || entry.multiOpType === 1) {
      // What the server groups by itself holds no more than the operations; a command holds its database.
      const lenient = findElement(entry.o, '$db') ? ({ lenient: true } as const) : {};
      return operations.map((operation) => ({ ...visible(entry, operation, undefined), ...lenient }));
    }
    const session = sessionOf(entry);
    const starts = (entry.prevOpTime ?? NEVER) === NEVER;
    const chain = starts
      ? { txnNumber, start: entry.ts, last: entry.ts, operations }
      : this.#continued(entry);
    if (!starts) {
      chain.last = entry.ts;
      for (const operation of operations) chain.operations.push(operation);
    }
    if (isTrue(findElement(entry.o, 'partialTxn')) || isTrue(findElement(entry.o, 'prepare'))) {
      this.#chains.set(session, chain);
      checkCount(entry, chain);
      return [];
    }
    this.#chains.delete(session);
    checkCount(entry, chain);
    return released(entry, chain);
  }

  #commit(entry: OplogEntry): Operation[] {
    const chain = this.#continued(entry);
    this.#chains.delete(sessionOf(entry));
    return released(entry, chain);
  }

  /** A session that goes on with a higher number has given up what it left open. */
  #forgetOlder(entry: OplogEntry): void {
    if (this.#chains.size === 0 || entry.lsid === undefined || entry.txnNumber === undefined) return;
    const session = sessionOf(entry);
    const chain = this.#chains.get(session);
    if (chain && chain.txnNumber < entry.txnNumber) this.#chains.delete(session);
  }

  /** The chain that ends with the entry before this one. */
  #continued(entry: OplogEntry): Chain {
    const chain = this.#chains.get(sessionOf(entry));
    if (chain === undefined || chain.txnNumber !== entry.txnNumber) {
      throw new CoreError(
        'gap',
        say`The recording starts inside a transaction: its first entries are missing`,
        entry.ts,
      );
    }
    if (entry.prevOpTime !== undefined && chain.last !== entry.prevOpTime) {
      throw new CoreError('damaged', say`Entries in the middle of a transaction are missing`, entry.ts);
    }
    return chain;
  }
}

function sessionOf(entry: OplogEntry): string {
  return entry.lsid === undefined ? '' : hexOf(entry.lsid);
}

/** The operations of an `applyOps`, those of nested ones in place. */
function unwrap(list: RawElement): InnerOperation[] {
  return readInnerOperations(list).flatMap((operation) => {
    if (IGNORED_OPS.has(operation.op)) return [];
    const command = operation.op === 'c' ? firstElement(operation.o) : undefined;
    return command?.name === 'applyOps' ? unwrap(command) : [operation];
  });
}

/** The last entry before the outcome says how many operations the whole transaction has. */
function checkCount(entry: OplogEntry, chain: Chain): void {
  const count = numberOf(findElement(entry.o, 'count'));
  if (count !== undefined && count !== chain.operations.length) {
    throw new CoreError(
      'damaged',
      say`A transaction is incomplete: it has ${chain.operations.length} operations instead of ${count}`,
      entry.ts,
    );
  }
}

function released(entry: OplogEntry, chain: Chain): Operation[] {
  const inTransaction = { key: `${sessionOf(entry)}:${chain.txnNumber.toString()}` };
  return chain.operations.map((operation) => visible(entry, operation, inTransaction));
}

function visible(
  entry: OplogEntry,
  operation: InnerOperation,
  inTransaction: Operation['inTransaction'],
): Operation {
  return {
    ts: entry.ts,
    wallMs: entry.wallMs,
    op: operation.op,
    ns: operation.ns,
    ui: operation.ui,
    o: operation.o,
    o2: operation.o2,
    fromMigrate: operation.fromMigrate,
    inTransaction,
    lsid: entry.lsid,
    txnNumber: entry.txnNumber,
  };
}

/** Number of operations in an entry, without reading them: what a density count needs. */
export function countOperations(entry: OplogEntry): number {
  if (IGNORED_OPS.has(entry.op)) return 0;
  const command = entry.op === 'c' ? firstElement(entry.o) : undefined;
  return command?.name === 'applyOps' ? readElements(command.value).length : 1;
}
