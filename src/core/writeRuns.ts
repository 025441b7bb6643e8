import { INTERNAL_DATABASES } from './catalogue';
import { databaseOf } from './catalogueCommand';
import { compareIds } from './compareIds';
import { documentKey } from './documentKey';
import { begin, extend, GAP_MS, idOf, joinInto, KINDS, pauseOf, type Run } from './growingRuns';
import type { RawElement } from './rawDocument';
import { equalBytes } from './rawDocument';
import {
  collectionOf,
  formOf,
  groupIn,
  groupOf,
  isNamed,
  sessionOf,
  type WriteRun,
  wallOf,
} from './runRules';
import { hexOf } from './text';
import type { ClusterTime } from './time';
import type { Operation } from './transactions';
import { isViewsNamespace } from './view';

/** Every session opens runs; beyond this many, those that time has closed are let go. */
const MOST_OPEN = 2000;
const RECENT = 4;

/** Documents of a run that are remembered, its first ones. */
const MOST_SEEN = 20_000;

/** A write as a loop of one. */
interface Single {
  readonly run: Run;
  readonly id: RawElement | undefined;
}

/** Single writes that follow each other in the order of their `_id`s. */
interface Loop {
  readonly run: Run;
  last: RawElement | undefined;
  /** 1 for up, -1 for down, 0 with one write. */
  direction: number;
}

/** What one session does now. */
interface Session {
  readonly lsid: Uint8Array;
  /** As groups name it. */
  readonly text: string;
  txnNumber: bigint;
  /** Runs of the statement, by operation and collection. */
  readonly statement: Map<string, Run>;
  /** Where the last operation of the statement went: most often the next one goes there too. */
  latest:
    | { readonly op: string; readonly ui: string | undefined; readonly ns: string; readonly run: Run }
    | undefined;
  /** The one write of the statement, as long as it is the only one. */
  single: Single | undefined;
  /** The write above joins it once the next statement begins. */
  loop: Loop | undefined;
  /** Its statement is the first in this stretch, and may have begun before it. */
  isFirst: boolean;
  lastMs: number;
}

/**
 * Finds the runs of writes in a stretch of operations, given in order. A run that is too small to be told of is kept
 * only where it may go on in the stretch before or after.
 */
export class RunFinder {
  readonly #found: WriteRun[] = [];
  /** With the keys of documents that the run has: a statement writes none twice. */
  readonly #many = new Map<string, { readonly run: Run; readonly seen: Set<string> }>();
  readonly #sessions = new Map<string, Session>();
  /** Those used last, newest first: entries of a few sessions alternate. */
  #recent: readonly Session[] = [];
  #transaction: Run | undefined;
  #firstMs: number | undefined;
  #lastMs = 0;

  /** The time of an entry, whatever it holds: where the stretch begins and ends. */
  reach(ts: ClusterTime, wallMs: number | undefined): void {
    const ms = wallMs ?? Number(ts >> 32n) * 1000;
    this.#firstMs ??= ms;
    this.#lastMs = ms;
  }

  add(operation: Operation): void {
    const kind = KINDS[operation.op];
    if (kind === undefined || INTERNAL_DATABASES.has(databaseOf(operation.ns))) return;
    if (isViewsNamespace(operation.ns)) return;
    if (operation.inTransaction) this.#addToTransaction(operation);
    else if (operation.lsid !== undefined && operation.txnNumber !== undefined) {
      this.#addToSession(operation, operation.lsid, operation.txnNumber);
    } else this.#addToMany(operation);
  }

  /** Those found so far, by their first write; those that may still grow included. */
  runs(): WriteRun[] {
    const open: Run[] = [...this.#many.values()].map(({ run }) => run);
    if (this.#transaction) open.push(this.#transaction);
    for (const session of this.#sessions.values()) {
      open.push(...loopsOf(session), ...session.statement.values());
    }
    const mayGoOn = (run: Run): boolean => this.#lastMs - run.toWallMs <= GAP_MS[formOf(run.group)];
    const kept = open.filter((run) => isNamed(run) || this.#mayContinue(run) || mayGoOn(run));
    const all = [...this.#found, ...kept.map((run) => ({ ...run, sampleIds: [...run.sampleIds] }))];
    return all.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.group < b.group ? -1 : 1));
  }

  #addToMany(operation: Operation): void {
    const group = groupOf(operation, 'many');
    const id = idOf(operation);
    const key = id === undefined ? '' : documentKey(id);
    const open = this.#many.get(group);
    const isWithin = open && wallOf(operation) - open.run.toWallMs <= pauseOf(open.run);
    if (isWithin && !open.seen.has(key)) {
      extend(open.run, operation);
      if (open.seen.size < MOST_SEEN) open.seen.add(key);
      return;
    }
    if (open) this.#close(open.run);
    this.#many.set(group, { run: begin(group, operation), seen: new Set([key]) });
    if (this.#many.size > MOST_OPEN) this.#closeOldMany();
  }

  #addToTransaction(operation: Operation): void {
    const group = groupOf(operation, 'transaction');
    if (this.#transaction?.group === group) {
      extend(this.#transaction, operation);
      return;
    }
    if (this.#transaction) this.#close(this.#transaction);
    this.#transaction = { ...begin(group, operation), kind: 'transaction', uuid: undefined };
  }

  #addToSession(operation: Operation, lsid: Uint8Array, txnNumber: bigint): void {
    const session = this.#sessionFor(lsid);
    const { op, ui, ns } = operation;
    if (session.txnNumber !== txnNumber) {
      this.#endStatement(session);
      session.isFirst = session.txnNumber < 0n;
      session.txnNumber = txnNumber;
      const id = idOf(operation);
      // A copy: a view would keep the whole batch in memory.
      session.single = {
        run: begin(groupIn('loop', collectionOf(operation), session.text, undefined), operation),
        id: id && { ...id, value: id.value.slice() },
      };
    } else {
      session.single = undefined;
    }
    session.lastMs = wallOf(operation);
    const { latest } = session;
    if (latest?.op === op && latest.ui === ui && latest.ns === ns) {
      extend(latest.run, operation);
      return;
    }
    const group = groupIn('statement', collectionOf(operation), session.text, txnNumber);
    let run = session.statement.get(group);
    if (run) extend(run, operation);
    else session.statement.set(group, (run = begin(group, operation)));
    session.latest = { op, ui, ns, run };
  }

  #sessionFor(lsid: Uint8Array): Session {
    for (const session of this.#recent) if (equalBytes(session.lsid, lsid)) return session;
    const key = hexOf(lsid);
    let session = this.#sessions.get(key);
    if (!session) {
      session = {
        lsid: lsid.slice(),
        text: sessionOf(lsid),
        txnNumber: -1n,
        statement: new Map(),
        latest: undefined,
        single: undefined,
        loop: undefined,
        isFirst: true,
        lastMs: 0,
      };
      this.#sessions.set(key, session);
      if (this.#sessions.size > MOST_OPEN) this.#closeOldSessions();
    }
    this.#recent = [session, ...this.#recent.slice(0, RECENT - 1)];
    return session;
  }

  /** A statement of one write joins the loop or begins one; a longer one stands for itself. */
  #endStatement(session: Session): void {
    const { single, loop } = session;
    if (single && loop && goesOn(loop, single)) {
      joinInto(loop.run, single.run);
      loop.direction = directionOf(loop.last, single.id);
      loop.last = single.id;
    } else {
      if (loop) this.#close(loop.run);
      session.loop = single && { run: single.run, last: single.id, direction: 0 };
    }
    if (!single || session.isFirst) for (const run of session.statement.values()) this.#close(run);
    session.single = undefined;
    session.latest = undefined;
    session.statement.clear();
  }

  #close(run: Run): void {
    if (isNamed(run) || this.#mayContinue(run)) this.#found.push(run);
  }

  /** Whether it may be the rest of a run before this stretch. */
  #mayContinue(run: Run): boolean {
    return run.fromWallMs - (this.#firstMs ?? run.fromWallMs) <= GAP_MS[formOf(run.group)];
  }

  #closeOldMany(): void {
    for (const [group, { run }] of this.#many) {
      if (this.#lastMs - run.toWallMs <= GAP_MS.many) continue;
      this.#close(run);
      this.#many.delete(group);
    }
  }

  #closeOldSessions(): void {
    for (const [key, session] of this.#sessions) {
      if (this.#lastMs - session.lastMs <= GAP_MS.statement) continue;
      this.#endStatement(session);
      if (session.loop) this.#close(session.loop.run);
      this.#sessions.delete(key);
      this.#recent = this.#recent.filter((recent) => recent !== session);
    }
  }
}

/** The session's loops, the last write included: whether its statement has more is not known yet. */
function loopsOf({ loop, single }: Session): Run[] {
  if (!single) return loop ? [loop.run] : [];
  if (!loop) return [single.run];
  if (!goesOn(loop, single)) return [loop.run, single.run];
  const joined = { ...loop.run };
  joinInto(joined, single.run);
  return [joined];
}

function goesOn(loop: Loop, { run, id }: Single): boolean {
  if (loop.run.group !== run.group || run.fromWallMs - loop.run.toWallMs > GAP_MS.loop) return false;
  const direction = directionOf(loop.last, id);
  return direction !== 0 && (loop.direction === 0 || direction === loop.direction);
}

function directionOf(before: RawElement | undefined, after: RawElement | undefined): number {
  return before && after ? (compareIds(before, after) ?? 0) : 0;
}
