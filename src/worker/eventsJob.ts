import { setImmediate } from 'node:timers/promises';
import { IN_PLACE } from '../core/commandEvents';
import type { NamedEvent } from '../core/eventKind';
import { titleOf } from '../core/events';
import { EXCHANGE } from '../core/nameExchange';
import { quote, type Said, say } from '../core/say';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { eventsBetween } from '../engine/events';
import type { RepositoryContent } from '../engine/ports';
import { resolveTarget } from '../engine/resolveTarget';
import type { EventReport, EventsParams, EventsReport } from '../protocol/job';
import { openReader } from './open';

/** Events from the indexes of the recorded segments, the one that is being written included. */
export async function events(params: EventsParams, signal: AbortSignal): Promise<EventsReport> {
  const reader = await openReader(params.repository);
  const content = await reader.content();
  await unpackRuns(content, signal);
  const timeOf = async (text: string | undefined): Promise<ClusterTime | undefined> =>
    text === undefined ? undefined : resolveTarget(reader, content, text, signal);
  const found = eventsBetween(content, await timeOf(params.from), await timeOf(params.to));
  return { events: found.map(eventReport) };
}

/** Those of a day take a while the first time: a timeline that opens meanwhile is answered in between. */
async function unpackRuns({ lineages }: RepositoryContent, signal: AbortSignal): Promise<void> {
  let unpacked = 0;
  for (const { runs } of lineages.flatMap((l) => l.segments)) {
    unpacked += runs.length;
    if (unpacked < runsAtOnce) continue;
    unpacked = 0;
    await setImmediate(undefined, { signal });
  }
}

const runsAtOnce = 500;

export function eventReport(event: NamedEvent): EventReport {
  const { id, kind, name, ns, renamedTo, count, from, to, fromWallMs, toWallMs, sampleIds } = event;
  return {
    ...{ id, kind, name: nameText(name), title: titleOf(event), ns, count },
    ...(name === IN_PLACE ? { inPlace: true as const } : {}),
    ...(renamedTo === undefined ? {} : { renamedTo }),
    ...{ from: formatClusterTime(from), to: formatClusterTime(to), fromWallMs, toWallMs, sampleIds },
  };
}

/** Commands keep the names that MongoDB gives them. */
function nameText(name: string): Said {
  switch (name) {
    case IN_PLACE:
      return say`restore in place`;
    case EXCHANGE:
      return say`exchange of names`;
    case 'transaction':
      return say`transaction`;
    case 'inserts':
      return say`inserts`;
    case 'updates':
      return say`updates`;
    case 'deletes':
      return say`deletes`;
    default:
      return quote(name);
  }
}
