import type { NamedEvent } from '../core/eventKind';
import { titleOf } from '../core/events';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { eventsBetween } from '../engine/events';
import { resolveTarget } from '../engine/resolveTarget';
import type { EventReport, EventsParams, EventsReport } from '../protocol/job';
import { openReader } from './open';

/** Events from the indexes of the recorded segments, the one that is being written included. */
export async function events(params: EventsParams, signal: AbortSignal): Promise<EventsReport> {
  const reader = await openReader(params.repository);
  const content = await reader.content();
  const timeOf = async (text: string | undefined): Promise<ClusterTime | undefined> =>
    text === undefined ? undefined : resolveTarget(reader, content, text, signal);
  const found = eventsBetween(content, await timeOf(params.from), await timeOf(params.to));
  return { events: found.map(eventReport) };
}

export function eventReport(event: NamedEvent): EventReport {
  const { id, kind, name, ns, renamedTo, count, from, to, fromWallMs, toWallMs, sampleIds } = event;
  return {
    ...{ id, kind, name, title: titleOf(event), ns, count },
    ...(renamedTo === undefined ? {} : { renamedTo }),
    ...{ from: formatClusterTime(from), to: formatClusterTime(to), fromWallMs, toWallMs, sampleIds },
  };
}
