import { BurstFinder, groupOf } from './bursts';
import { INTERNAL_DATABASES } from './catalogue';
import { databaseOf } from './catalogueCommand';
import { CommandEvents } from './commandEvents';
import type { NamedEvent } from './eventKind';
import { formatClusterTime } from './time';
import type { Operation } from './transactions';
import { isViewsNamespace } from './view';

export interface EventFinderOptions {
  /** Namespaces not to be told of, such as those of previews. */
  readonly ignores?: (ns: string) => boolean;
  /** UUIDs of collections known to be capped before the operations begin: what they trim is no event. */
  readonly capped?: Iterable<string>;
}

/**
 * Finds the events in operations, given in order: statements that touched many documents, changes of collections
 * and indexes, large transactions.
 */
export class EventFinder {
  readonly #ignores: (ns: string) => boolean;
  readonly #commands: CommandEvents;
  readonly #bursts = new BurstFinder();

  constructor({ ignores = () => false, capped = [] }: EventFinderOptions = {}) {
    this.#ignores = ignores;
    this.#commands = new CommandEvents(capped);
  }

  add(operation: Operation): void {
    const { op, ns, ui } = operation;
    if (INTERNAL_DATABASES.has(databaseOf(ns)) || this.#ignores(ns)) return;
    if (op === 'c') this.#commands.add(operation);
    else if (ui !== undefined && this.#commands.isTemporary(ui)) this.#commands.addToTemporary(operation);
    else if (op === 'd' && ui !== undefined && this.#commands.isCapped(ui)) return;
    else if (!isViewsNamespace(ns)) this.#bursts.add(operation);
  }

  /** All events so far by their first entry; the last ones may still grow. */
  events(): NamedEvent[] {
    const found = [...this.#commands.events(), ...this.#bursts.events()];
    found.sort((a, b) =>
      a.from < b.from ? -1 : a.from > b.from ? 1 : a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0,
    );
    const seen = new Map<string, number>();
    return found.map((event) => {
      const id = `${formatClusterTime(event.from).replace(':', '.')}-${event.kind}`;
      const number = (seen.get(id) ?? 0) + 1;
      seen.set(id, number);
      return { ...event, id: number === 1 ? id : `${id}-${number}` };
    });
  }
}

/** Whether the operation is one of those that make up the event: what an undo has to take back. */
export function isPartOf(event: NamedEvent, operation: Operation): boolean {
  if (operation.ts < event.from || operation.ts > event.to) return false;
  if (operation.op === 'c') return event.group === '' && (event.uuid ?? operation.ui) === operation.ui;
  return groupOf(operation, event.kind) === event.group;
}

const UNITS = new Map([
  ['index', ['index', 'indexes']],
  ['transaction', ['operation', 'operations']],
] as const) as ReadonlyMap<string, readonly [string, string]>;
const UNCOUNTED = new Set(['rename', 'collMod']);

/** `deleteMany · 1,204 documents · shop.orders`, without the time. */
export function titleOf({ kind, name, ns, count, renamedTo }: NamedEvent): string {
  const [one, many] = UNITS.get(kind) ?? ['document', 'documents'];
  const amount = UNCOUNTED.has(kind) ? [] : [`${grouped(count)} ${count === 1 ? one : many}`];
  return [name, ...amount, renamedTo === undefined ? ns : `${ns} → ${renamedTo}`].join(' · ');
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
