import { formatClusterTime, justBefore, parseClusterTime, type ClusterTime } from '../../src/core/time';
import type { EventReport } from '../../src/protocol/timeTravel';
import { inScope, type Kind } from './density';
import { lengthOf, type Domain } from './scale';
import { momentOf, type Moment } from './stepping';

/** An event on the axis, from its first operation to its last. */
export interface PlacedEvent extends Domain {
  readonly report: EventReport;
  readonly from: ClusterTime;
  readonly to: ClusterTime;
  /** The moment that leaves it out and keeps everything before it. */
  readonly before: Moment;
}

/** Where an event's pole stands: all the way down for a named one. */
export interface Pole {
  readonly x: number;
  readonly color: Kind;
  readonly named: boolean;
}

/** In order of time; those that cannot be read are left out. */
export function layOutEvents(reports: readonly EventReport[]): readonly PlacedEvent[] {
  return reports
    .flatMap((report): PlacedEvent[] => {
      const from = parseClusterTime(report.from);
      const to = parseClusterTime(report.to);
      if (from === undefined || to === undefined) return [];
      const { fromWallMs: fromMs, toWallMs } = report;
      const before = momentOf(formatClusterTime(justBefore(from)), fromMs - 1);
      return [{ report, from, to, fromMs, toMs: Math.max(fromMs, toWallMs), before }];
    })
    .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

/** Whether an event touches a scope: one of a database touches its collections, and a rename both names. */
export function eventInScope(scope: string | undefined, { report }: PlacedEvent): boolean {
  if (inScope(scope, report.ns)) return true;
  if (report.renamedTo !== undefined && inScope(scope, report.renamedTo)) return true;
  return scope !== undefined && !report.ns.includes('.') && scope.startsWith(`${report.ns}.`);
}

const losses: Readonly<Record<EventReport['kind'], number>> = {
  dropDatabase: 5,
  drop: 5,
  delete: 4,
  out: 3,
  update: 2,
  transaction: 2,
  rename: 2,
  collMod: 1,
  index: 1,
  insert: 0,
};

/** Who gets room for a name first: what may have lost the most, then what is newest. */
export function byWeight(a: PlacedEvent, b: PlacedEvent): number {
  return (
    losses[b.report.kind] - losses[a.report.kind] || b.report.count - a.report.count || b.fromMs - a.fromMs
  );
}

/** The colour an event shares with operations. */
export function eventColor(kind: EventReport['kind']): Kind {
  switch (kind) {
    case 'delete':
    case 'drop':
    case 'dropDatabase':
      return 'deletes';
    case 'update':
      return 'updates';
    case 'insert':
      return 'inserts';
    default:
      return 'commands';
  }
}

/** The event beside a chosen moment: the one chosen counts as where it begins. */
export function eventStep(
  events: readonly PlacedEvent[],
  chosen: PlacedEvent | undefined,
  moment: Moment | undefined,
  by: 1 | -1,
): PlacedEvent | undefined {
  const at = chosen === undefined ? -1 : events.findIndex((e) => e.report.id === chosen.report.id);
  if (at >= 0) return events[at + by];
  if (moment === undefined) return by === 1 ? events[0] : events.at(-1);
  const time = parseClusterTime(moment.at);
  const isAfter = (e: PlacedEvent): boolean => (time === undefined ? e.fromMs > moment.ms : e.from > time);
  const next = events.findIndex(isAfter);
  if (by === 1) return events[next];
  return events[(next < 0 ? events.length : next) - 1];
}

/** The event that a planned moment cuts through or ends just before. */
export function eventAt(
  events: readonly PlacedEvent[],
  target: string,
  next: string | undefined,
): PlacedEvent | undefined {
  const time = parseClusterTime(target);
  if (time === undefined) return undefined;
  const cut = events.findLast((e) => e.from <= time && time < e.to);
  return cut ?? events.find((e) => e.report.from === next);
}

/** The time of some events, with room on both sides. */
export function domainAround(events: readonly PlacedEvent[]): Domain {
  const fromMs = Math.min(...events.map((e) => e.fromMs));
  const toMs = Math.max(...events.map((e) => e.fromMs));
  const margin = Math.max(lengthOf({ fromMs, toMs }) * 0.25, 2000);
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}
