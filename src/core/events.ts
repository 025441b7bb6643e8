import { CommandEvents } from './commandEvents';
import type { NamedEvent } from './eventKind';
import { joinRuns } from './growingRuns';
import { batchesGroup, formOf, isInGroup, isNamed, nameOfRun, statementOf, type WriteRun } from './runRules';
import type { SegmentIndex } from './segment';
import { formatClusterTime } from './time';
import type { Operation } from './transactions';
import { shownNamespace, timeseriesOfBuckets } from './view';

export interface EventOptions {
  /** Namespaces not to be told of, such as those of previews. */
  readonly ignores?: (ns: string) => boolean;
  /** UUIDs of collections known to be capped before the segments begin: what they trim is no event. */
  readonly capped?: Iterable<string>;
}

/** The parts of an index that events are found in. */
export type EventSource = Pick<SegmentIndex, 'runs' | 'changes' | 'collections'>;

/** The events of segments that follow each other, by their first entry; the last ones may still grow. */
export function eventsOf(
  segments: readonly EventSource[],
  { ignores = () => false, capped = [] }: EventOptions = {},
): NamedEvent[] {
  const commands = new CommandEvents(ignores, capped);
  for (const segment of segments) commands.addSegment(segment);
  const runs = joinRuns(segments.flatMap((segment) => segment.runs)).filter(
    (run) => isNamed(run) && !ignores(run.ns) && !isOwnWork(run, commands),
  );
  return numbered([...commands.events(), ...joinBatches(runs).map(eventOfRun)]);
}

/** What the server does by itself, or what only prepares something that has a name. */
function isOwnWork({ uuid, kind, ns, from }: WriteRun, commands: CommandEvents): boolean {
  if (uuid === undefined) return false;
  if (commands.isFilled(uuid, from)) return true;
  if (kind === 'delete' && commands.isCapped(uuid)) return true;
  // Measurements arrive as updates of the bucket that they belong to.
  return kind === 'update' && timeseriesOfBuckets(ns) !== undefined;
}

function eventOfRun(run: WriteRun): NamedEvent {
  const { kind, ns, uuid, count, from, to, fromWallMs, toWallMs, sampleIds, group } = run;
  return {
    ...{ id: '', kind, name: nameOfRun(run), ns: shownNamespace(ns), uuid, renamedTo: undefined },
    ...{ count, from, to, fromWallMs, toWallMs, sampleIds, group },
  };
}

const BATCH_GAP_MS = 250;
const LEAST_BATCHES = 3;

/**
 * A driver, or a loop, that sends very many documents sends them in batches: three statements or more of one session,
 * each as large as the first, but for the last, which may be smaller.
 */
function joinBatches(runs: readonly WriteRun[]): WriteRun[] {
  const chains = new Map<string, WriteRun[]>();
  const all: WriteRun[][] = [];
  for (const run of runs) {
    const key = formOf(run.group) === 'statement' ? statementOf(run.group).session : '';
    const chain = key === '' ? undefined : chains.get(key);
    if (chain && continuesChain(chain, run)) {
      chain.push(run);
    } else {
      const own = [run];
      all.push(own);
      if (key !== '') chains.set(key, own);
    }
  }
  return all.flatMap((chain) => (chain.length < LEAST_BATCHES ? chain : [wholeOf(chain)]));
}

function continuesChain(chain: readonly WriteRun[], run: WriteRun): boolean {
  const [first] = chain;
  const last = chain.at(-1);
  if (!first || !last) return false;
  return (
    last.count === first.count && run.count <= first.count && run.fromWallMs - last.toWallMs <= BATCH_GAP_MS
  );
}

/** Its group holds the numbers of its statements: others of the session may lie in between. */
function wholeOf(chain: readonly WriteRun[]): WriteRun {
  const [first] = chain as [WriteRun];
  const last = chain.at(-1) ?? first;
  const count = chain.reduce((sum, run) => sum + run.count, 0);
  return {
    ...first,
    to: last.to,
    toWallMs: last.toWallMs,
    count,
    group: batchesGroup(chain.map(({ group }) => group)),
  };
}

function numbered(events: readonly NamedEvent[]): NamedEvent[] {
  const sorted = [...events].sort((a, b) =>
    a.from < b.from ? -1 : a.from > b.from ? 1 : a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0,
  );
  const seen = new Map<string, number>();
  return sorted.map((event) => {
    const id = `${formatClusterTime(event.from).replace(':', '.')}-${event.kind}`;
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    return { ...event, id: number === 1 ? id : `${id}-${number}` };
  });
}

/** Whether the write is one of those that make up the event. Commands are no part of it. */
export function isPartOf(event: NamedEvent, operation: Operation): boolean {
  if (event.group === '' || operation.op === 'c') return false;
  if (operation.ts < event.from || operation.ts > event.to) return false;
  return isInGroup(operation, event.group);
}

const UNITS = new Map([
  ['index', ['index', 'indexes']],
  ['transaction', ['operation', 'operations']],
] as const) as ReadonlyMap<string, readonly [string, string]>;
const UNCOUNTED = new Set(['rename', 'collMod']);

/** `deleteMany · 1,204 documents · shop.orders`, without the time. */
export function titleOf({ kind, name, ns, count, renamedTo }: NamedEvent): string {
  const [one, many] = UNITS.get(kind) ?? ['document', 'documents'];
  const amount = UNCOUNTED.has(kind) && count === 0 ? [] : [`${grouped(count)} ${count === 1 ? one : many}`];
  return [name, ...amount, renamedTo === undefined ? ns : `${ns} → ${renamedTo}`].join(' · ');
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
