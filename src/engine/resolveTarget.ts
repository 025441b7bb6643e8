import { readOplogEntry } from '../core/oplogEntry';
import { splitDocuments } from '../core/rawDocument';
import { say } from '../core/say';
import { parseTimeExpression } from '../core/targetTime';
import type { Segment } from '../core/segment';
import { type ClusterTime, clusterTime } from '../core/time';
import { BackupError } from './errors';
import { beforeEvent } from './events';
import type { RepositoryContent, RepositoryReader } from './ports';

/** Turns a TIME as a person writes it into the cluster time it names, inclusive. */
export async function resolveTarget(
  repository: RepositoryReader,
  content: RepositoryContent,
  text: string,
  signal: AbortSignal,
): Promise<ClusterTime> {
  const time = parseTimeExpression(text);
  if (!time)
    throw new BackupError('badInput', say`not a time: ${text}`, {
      hint: say`Use an ISO 8601 time with its offset (2026-03-01T14:31:07.250+01:00 or …Z), SECONDS:ORDINAL, latest, mark:NAME or before:EVENT.`,
    });
  switch (time.kind) {
    case 'clusterTime':
      return time.at;
    case 'latest':
      return latest(content);
    case 'mark': {
      const mark = content.marks.findLast((m) => m.name === time.name);
      if (mark) return mark.at;
      throw new BackupError('notFound', say`there is no mark called ${time.name}`, {
        hint:
          content.marks.length > 0
            ? say`Marks: ${content.marks.map((m) => m.name).join(', ')}`
            : say`There are no marks yet.`,
      });
    }
    case 'before':
      return beforeEvent(content, time.event);
    case 'wall':
      return atWall(repository, content, time.ms, signal);
  }
}

export function latest(content: RepositoryContent): ClusterTime {
  const through = content.lineages.at(-1)?.segments.at(-1)?.through;
  if (through !== undefined) return through;
  throw new BackupError('targetOutOfRange', say`nothing is recorded in this repository yet`, {
    hint: say`Start recording: the first snapshot makes the first restorable time.`,
  });
}

/** With no entry for so long, not even the server's no-op every ten seconds, the source was not recorded. */
const quietMs = 15_000;

/**
 * The last entry, in oplog order, before the first whose wall clock is later; wall clocks can step back over an
 * election, cluster times cannot. A wall clock that nothing recorded reaches gives a cluster time of its own second,
 * which a plan then refuses with the nearest usable times.
 */
async function atWall(
  repository: RepositoryReader,
  content: RepositoryContent,
  ms: number,
  signal: AbortSignal,
): Promise<ClusterTime> {
  const unrecorded = clusterTime(Math.max(0, Math.floor(ms / 1000)), 0xffffffff);
  const lineage = content.lineages.findLast(({ segments }) => (segments[0]?.minWallMs ?? Infinity) <= ms);
  if (!lineage) return unrecorded;
  let reached: { readonly through: ClusterTime; readonly wallMs: number } | undefined;
  for (const segment of lineage.segments) {
    if ((segment.maxWallMs ?? -Infinity) > ms) return lastBefore(repository, segment, ms, signal);
    reached = { through: segment.through, wallMs: segment.maxWallMs ?? reached?.wallMs ?? 0 };
  }
  return reached && ms - reached.wallMs <= quietMs ? reached.through : unrecorded;
}

async function lastBefore(
  repository: RepositoryReader,
  segment: Segment,
  ms: number,
  signal: AbortSignal,
): Promise<ClusterTime> {
  let last = segment.after;
  for await (const batch of repository.readSegment(segment, segment.after, segment.through, signal)) {
    for (const document of splitDocuments(batch.bytes)) {
      const { ts, wallMs } = readOplogEntry(document);
      if (wallMs !== undefined && wallMs > ms) return last;
      last = ts;
    }
  }
  return last;
}
