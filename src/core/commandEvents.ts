import { INTERNAL_DATABASES } from './catalogue';
import type { CatalogueCommand } from './catalogueCommand';
import { databaseOf, readCommand } from './catalogueCommand';
import { cappedLimits } from './collectionOptions';
import { CoreError } from './coreError';
import type { EventKind, NamedEvent } from './eventKind';
import { EXCHANGE, NameExchange } from './nameExchange';
import { isPassing } from './passing';
import { findElement } from './rawDocument';
import { stringOf } from './rawValue';
import { safetyCopyOf, temporaryOf } from './rewindNames';
import { wallOf } from './runRules';
import type { CatalogueChange, SegmentIndex } from './segment';
import type { ClusterTime } from './time';
import { isViewsNamespace, shownNamespace, timeseriesOfBuckets } from './view';

/*
 * Commands name themselves, with these exceptions: $out, mapReduce, convertToCapped, renames to another database and
 * our own restores fill a collection of their own and rename it; the second last drop the original then; dropDatabase
 * drops its collections first; our own undo of exchanged names renames one after the other; one statement may build or
 * drop several indexes with an entry each.
 */

const CLOSE_MS = 1000;
const DROP_DATABASE_MS = 5000;
/** The name of the renames by which a restore in place exchanges collections. */
export const IN_PLACE = 'restore in place';
/** The name of what takes all documents of a capped collection. */
export const EMPTIED = 'emptycapped';
const RENAME = 'renameCollection';
const OUTPUT = /^[^.]+\.tmp\.(agg_out|mr)\b/;

interface Facts {
  readonly kind: EventKind;
  readonly name: string;
  readonly ns: string;
  readonly count: number;
  readonly renamedTo?: string;
}

/** One name that changed hands in a restore in place. */
interface SwapChange {
  readonly change: CatalogueChange;
  readonly ns: string;
  readonly count: number;
}

/** Gathers the catalogue changes of segments, given in order, into events. */
export class CommandEvents {
  readonly #ignores: (ns: string) => boolean;
  readonly #found: NamedEvent[] = [];
  /** Documents so far in collections that are filled to be renamed, by UUID. */
  readonly #filling = new Map<string, number>();
  /** When such a collection got its name. */
  readonly #namedAt = new Map<string, ClusterTime>();
  readonly #capped: Set<string>;
  /** Those that were put aside to be dropped, by UUID. */
  readonly #putAside = new Set<string>();
  /** When a collection of that name was made last. */
  readonly #createdAt = new Map<string, ClusterTime>();
  /** What the last restore in place consists of. */
  #swaps: SwapChange[] = [];
  readonly #exchange = new NameExchange();
  /** The last view that was dropped. */
  #viewDrop: CatalogueChange | undefined;

  constructor(ignores: (ns: string) => boolean, capped: Iterable<string>) {
    this.#ignores = ignores;
    this.#capped = new Set(capped);
  }

  isCapped(uuid: string): boolean {
    return this.#capped.has(uuid);
  }

  /** Whether the collection is only being filled at that time, to be renamed. */
  isFilled(uuid: string, at: ClusterTime): boolean {
    const namedAt = this.#namedAt.get(uuid);
    return this.#filling.has(uuid) || (namedAt !== undefined && at < namedAt);
  }

  addSegment({ changes, collections }: Pick<SegmentIndex, 'changes' | 'collections'>): void {
    for (const change of changes) {
      const command = change.op === 'c' ? commandOf(change) : undefined;
      if (command) this.#add(change, command);
      else if (change.op === 'd') this.#viewDrop = change;
    }
    for (const [uuid, count] of this.#filling) this.#filling.set(uuid, count + (collections[uuid] ?? 0));
  }

  events(): readonly NamedEvent[] {
    return this.#found;
  }

  #add(change: CatalogueChange, command: CatalogueCommand): void {
    const { ui } = change;
    if (command.kind === 'create') {
      if (ui === undefined) return;
      if (cappedLimits(command.options)) this.#capped.add(ui);
      this.#createdAt.set(shownNamespace(command.ns), change.ts);
      if (isPassing(command)) this.#filling.set(ui, 0);
    } else if (INTERNAL_DATABASES.has(databaseOf(change.ns)) || this.#ignores(change.ns)) {
      return;
    } else if (command.kind === 'rename') {
      this.#rename(change, command);
    } else if (ui === undefined || !this.#filling.has(ui)) {
      this.#plain(change, command);
    }
  }

  #rename(change: CatalogueChange, { from, to, stayTemp }: CatalogueCommand & { kind: 'rename' }): void {
    const { ui } = change;
    const before = ui === undefined ? undefined : this.#filling.get(ui);
    const count = before === undefined ? 0 : before + (change.filled ?? 0);
    if (ui !== undefined && before !== undefined && !stayTemp) {
      this.#filling.delete(ui);
      this.#namedAt.set(ui, change.ts);
    }
    const original = temporaryOf(from) ?? safetyCopyOf(to) ?? safetyCopyOf(from);
    if (original !== undefined) {
      this.#swap(change, original, count);
    } else if (before === undefined) {
      this.#plainRename(change, from, to);
    } else if (from.includes('.convertToCapped.')) {
      this.#push(change, { kind: 'collMod', name: 'convertToCapped', ns: to, count });
    } else if (OUTPUT.test(from)) {
      this.#push(change, { kind: 'out', name: '$out', ns: to, count });
    } else {
      this.#push(change, { kind: 'rename', name: RENAME, ns: to, count });
    }
  }

  /** One of an exchange of names is part of that. */
  #plainRename(change: CatalogueChange, from: string, to: string): void {
    const step = this.#exchange.step(from, to);
    const last = this.#found.at(-1);
    if (step === 'begins') {
      this.#push(change, { kind: 'rename', name: EXCHANGE, ns: from, count: 0 });
    } else if (step && last?.name === EXCHANGE && wallOf(change) - last.toWallMs <= CLOSE_MS) {
      this.#replaceLast({ ...last, ...until(change), ns: databaseOf(from), uuid: undefined });
    } else {
      this.#push(change, { kind: 'rename', name: RENAME, ns: from, count: 0, renamedTo: to });
    }
  }

  /** The original goes aside, and what was restored gets its name; for a database, all of its collections at once. */
  #swap(change: CatalogueChange, ns: string, count: number): void {
    const last = this.#found.at(-1);
    const goesOn =
      last?.name === IN_PLACE &&
      databaseOf(last.ns) === databaseOf(ns) &&
      wallOf(change) - last.toWallMs <= CLOSE_MS;
    const swap = { change, ns, count };
    this.#swaps = goesOn ? this.#swaps : [];
    this.#swaps.push(swap);
    this.#tellSwap(swap, goesOn);
  }

  #tellSwap({ change, ns, count }: SwapChange, goesOn: boolean): void {
    const last = this.#found.at(-1);
    if (!goesOn || !last) {
      this.#push(change, { kind: 'rename', name: IN_PLACE, ns, count });
      return;
    }
    const common = last.ns === ns ? ns : databaseOf(ns);
    this.#replaceLast({ ...last, ...until(change), ns: common, uuid: undefined, count: last.count + count });
  }

  /** Takes out of the last restore in place what it put aside just before `change`, if that is in it. */
  #takeAside(change: CatalogueChange, ns: string): CatalogueChange | undefined {
    if (this.#found.at(-1)?.name !== IN_PLACE) return undefined;
    const aside = this.#swaps.find((swap) => swap.change.ui === change.ui && safetyCopyOf(ns) === swap.ns);
    if (!aside || wallOf(change) - wallOf(aside.change) > CLOSE_MS) return undefined;
    this.#swaps = this.#swaps.filter((swap) => swap !== aside);
    this.#found.pop();
    for (const [index, swap] of this.#swaps.entries()) this.#tellSwap(swap, index > 0);
    return aside.change;
  }

  #plain(change: CatalogueChange, command: CatalogueCommand): void {
    switch (command.kind) {
      case 'createIndexes':
        this.#index(change, 'createIndexes', command.ns, command.specs.length);
        break;
      case 'dropIndexes':
        this.#index(change, 'dropIndexes', command.ns, 1);
        break;
      case 'collMod':
      case 'convertToCapped':
        this.#push(change, { kind: 'collMod', name: command.kind, ns: command.ns, count: 0 });
        break;
      case 'emptyCapped':
        this.#push(change, { kind: 'delete', name: EMPTIED, ns: command.ns, count: 0 });
        break;
      case 'drop':
        this.#drop(change, command.ns, command.documents ?? 0);
        break;
      case 'dropDatabase':
        this.#dropDatabase(change, command.database);
        break;
      default:
    }
  }

  /** Of one that was put aside just before, to be dropped, it is a drop by the name it had. */
  #drop(change: CatalogueChange, ns: string, count: number): void {
    const aside = this.#takeAside(change, ns);
    if (aside) {
      this.#push(aside, { kind: 'drop', name: 'drop', ns: safetyCopyOf(ns) ?? ns, count });
      this.#replaceLast({ ...(this.#found.at(-1) as NamedEvent), ...until(change) });
      if (change.ui !== undefined) this.#putAside.add(change.ui);
      return;
    }
    const last = this.#found.at(-1);
    if (last && isWithoutOrigin(last) && isOriginOf(last, change, ns, count)) {
      this.#replaceLast({ ...last, ...until(change), ns, renamedTo: last.ns });
      return;
    }
    this.#push(change, { kind: 'drop', name: 'drop', ns, count });
    this.#beginWithView(change, ns);
  }

  /** Of a time-series collection the view goes first, then what is under it. */
  #beginWithView(change: CatalogueChange, ns: string): void {
    const view = this.#viewDrop;
    const event = this.#found.at(-1);
    const shown = timeseriesOfBuckets(ns);
    if (!view || !event || shown === undefined || wallOf(change) - wallOf(view) > CLOSE_MS) return;
    if (stringOf(findElement(view.o, '_id')) !== shown) return;
    this.#replaceLast({ ...event, from: view.ts, fromWallMs: wallOf(view) });
  }

  #index(change: CatalogueChange, name: string, ns: string, count: number): void {
    const last = this.#found.at(-1);
    const isSame = last?.name === name && last.uuid === change.ui;
    if (last && isSame && wallOf(change) - last.toWallMs <= CLOSE_MS) {
      this.#replaceLast({ ...last, ...until(change), count: last.count + count });
    } else {
      this.#push(change, { kind: 'index', name, ns, count });
    }
  }

  /** The drops of its collections are part of it, unless their names were others' by then. */
  #dropDatabase(change: CatalogueChange, database: string): void {
    const isPart = (event: NamedEvent): boolean =>
      event.kind === 'drop' &&
      databaseOf(event.ns) === database &&
      !this.#putAside.has(event.uuid ?? '') &&
      (this.#createdAt.get(event.ns) ?? event.from) <= event.from &&
      wallOf(change) - event.toWallMs <= DROP_DATABASE_MS;
    const first = this.#found.findLastIndex((event) => !isPart(event)) + 1;
    const parts = this.#found.splice(first);
    const documents = parts.filter((part) => !isViewsNamespace(part.ns));
    const count = documents.reduce((sum, part) => sum + part.count, 0);
    this.#push(change, { kind: 'dropDatabase', name: 'dropDatabase', ns: database, count });
    const event = this.#found.at(-1);
    const [part] = parts;
    if (event && part) this.#replaceLast({ ...event, from: part.from, fromWallMs: part.fromWallMs });
  }

  #replaceLast(event: NamedEvent): void {
    this.#found[this.#found.length - 1] = event;
  }

  #push(change: CatalogueChange, facts: Facts): void {
    this.#found.push({
      ...facts,
      id: '',
      ns: shownNamespace(facts.ns),
      renamedTo: facts.renamedTo,
      uuid: change.ui,
      from: change.ts,
      fromWallMs: wallOf(change),
      ...until(change),
      sampleIds: [],
      group: '',
    });
  }
}

/** Whether it is a move to another database of which nothing is known but where it ended. */
export function isWithoutOrigin({ name, renamedTo }: NamedEvent): boolean {
  return name === RENAME && renamedTo === undefined;
}

/** A move to another database copies all documents, gives the copy its name, and drops the original then. */
function isOriginOf(move: NamedEvent, drop: CatalogueChange, ns: string, count: number): boolean {
  return (
    databaseOf(ns) !== databaseOf(move.ns) && count === move.count && wallOf(drop) - move.toWallMs <= CLOSE_MS
  );
}

/** A command that is not known is for a plan to refuse: what else happened can be told all the same. */
function commandOf(change: CatalogueChange): CatalogueCommand | undefined {
  try {
    return readCommand(change);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

function until(change: CatalogueChange): Pick<NamedEvent, 'to' | 'toWallMs'> {
  return { to: change.ts, toWallMs: wallOf(change) };
}
