import type { CatalogueCommand } from './catalogueCommand';
import { databaseOf, readCommand } from './catalogueCommand';
import { cappedLimits, isTemporary } from './collectionOptions';
import type { EventKind, NamedEvent } from './eventKind';
import type { Operation } from './transactions';
import { isViewsNamespace, timeseriesOfBuckets } from './view';

/*
 * Commands name themselves, with three exceptions: $out, mapReduce, convertToCapped and renames to another database
 * fill a collection of their own and rename it; dropDatabase drops its collections first; one statement may build or
 * drop several indexes with an entry each.
 */

const CLOSE_MS = 1000;
const DROP_DATABASE_MS = 5000;
const OUTPUT = /^[^.]+\.tmp\.(agg_out|mr)\b/;
const INTERNAL_TEMPORARY = /^[^.]+\.tmp[A-Za-z0-9]{5}\.(convertToCapped|renameCollection|create)\b/;

/** Gathers commands, given in order, into events. */
export class CommandEvents {
  readonly #found: NamedEvent[] = [];
  /** Documents in collections that are filled to be renamed, by UUID. */
  readonly #temporary = new Map<string, number>();

  readonly #capped: Set<string>;

  constructor(capped: Iterable<string>) {
    this.#capped = new Set(capped);
  }

  isCapped(uuid: string): boolean {
    return this.#capped.has(uuid);
  }

  isTemporary(uuid: string): boolean {
    return this.#temporary.has(uuid);
  }

  addToTemporary({ op, ui }: Operation): void {
    if (ui !== undefined && op === 'i') this.#temporary.set(ui, (this.#temporary.get(ui) ?? 0) + 1);
  }

  /** Throws CoreError on a command that is not known. */
  add(operation: Operation): void {
    const command = readCommand(operation);
    const { ui } = operation;
    if (command.kind === 'create') {
      if (ui !== undefined && cappedLimits(command.options)) this.#capped.add(ui);
      const passing = isTemporary(command.options) || INTERNAL_TEMPORARY.test(command.ns);
      if (ui !== undefined && passing) this.#temporary.set(ui, 0);
      return;
    }
    if (command.kind === 'rename') this.#rename(operation, command);
    else if (ui === undefined || !this.#temporary.has(ui)) this.#plain(operation, command);
  }

  events(): readonly NamedEvent[] {
    return this.#found;
  }

  #rename(operation: Operation, command: CatalogueCommand & { kind: 'rename' }): void {
    const { ui } = operation;
    const { from, to, stayTemp } = command;
    const filled = ui === undefined ? undefined : this.#temporary.get(ui);
    if (ui !== undefined && !stayTemp) this.#temporary.delete(ui);
    if (filled === undefined) {
      this.#push(operation, { kind: 'rename', name: 'renameCollection', ns: from, count: 0, renamedTo: to });
    } else if (from.includes('.convertToCapped.')) {
      this.#push(operation, { kind: 'collMod', name: 'convertToCapped', ns: to, count: filled });
    } else if (OUTPUT.test(from)) {
      this.#push(operation, { kind: 'out', name: '$out', ns: to, count: filled });
    } else {
      this.#push(operation, { kind: 'rename', name: 'renameCollection', ns: to, count: filled });
    }
  }

  #plain(operation: Operation, command: CatalogueCommand): void {
    switch (command.kind) {
      case 'createIndexes':
        this.#index(operation, 'createIndexes', command.ns, command.specs.length);
        break;
      case 'dropIndexes':
        this.#index(operation, 'dropIndexes', command.ns, 1);
        break;
      case 'collMod':
      case 'convertToCapped':
        this.#push(operation, { kind: 'collMod', name: command.kind, ns: command.ns, count: 0 });
        break;
      case 'emptyCapped':
        this.#push(operation, { kind: 'delete', name: 'emptycapped', ns: command.ns, count: 0 });
        break;
      case 'drop':
        this.#push(operation, { kind: 'drop', name: 'drop', ns: command.ns, count: command.documents ?? 0 });
        break;
      case 'dropDatabase':
        this.#dropDatabase(operation, command.database);
        break;
      default:
    }
  }

  #index(operation: Operation, name: string, ns: string, count: number): void {
    const last = this.#found.at(-1);
    const isSame = last?.name === name && last.uuid === operation.ui;
    if (last && isSame && elapsedMs(last, operation) <= CLOSE_MS) {
      this.#found[this.#found.length - 1] = { ...last, ...until(operation), count: last.count + count };
    } else {
      this.#push(operation, { kind: 'index', name, ns, count });
    }
  }

  /** The drops of its collections are part of it. */
  #dropDatabase(operation: Operation, database: string): void {
    const isPart = (event: NamedEvent): boolean =>
      event.kind === 'drop' &&
      databaseOf(event.ns) === database &&
      elapsedMs(event, operation) <= DROP_DATABASE_MS;
    const first = this.#found.findLastIndex((event) => !isPart(event)) + 1;
    const parts = this.#found.splice(first);
    const documents = parts.filter((part) => !isViewsNamespace(part.ns));
    const count = documents.reduce((sum, part) => sum + part.count, 0);
    this.#push(operation, { kind: 'dropDatabase', name: 'dropDatabase', ns: database, count });
    const event = this.#found.at(-1);
    const [part] = parts;
    if (event && part) {
      this.#found[this.#found.length - 1] = { ...event, from: part.from, fromWallMs: part.fromWallMs };
    }
  }

  #push(
    operation: Operation,
    facts: { kind: EventKind; name: string; ns: string; count: number; renamedTo?: string },
  ): void {
    const { ts, wallMs, ui } = operation;
    this.#found.push({
      ...facts,
      id: '',
      ns: timeseriesOfBuckets(facts.ns) ?? facts.ns,
      renamedTo: facts.renamedTo,
      uuid: ui,
      from: ts,
      fromWallMs: wallMs,
      ...until(operation),
      sampleIds: [],
      group: '',
    });
  }
}

function until({ ts, wallMs }: Operation): Pick<NamedEvent, 'to' | 'toWallMs'> {
  return { to: ts, toWallMs: wallMs };
}

function elapsedMs(event: NamedEvent, { ts, wallMs }: Operation): number {
  if (wallMs !== undefined && event.toWallMs !== undefined) return Math.abs(wallMs - event.toWallMs);
  return Number((ts >> 32n) - (event.to >> 32n)) * 1000;
}
