import { cappedLimits } from '../core/collectionOptions';
import type { NamedEvent } from '../core/eventKind';
import { eventsOf } from '../core/events';
import { databaseOf } from '../core/catalogueCommand';
import { say } from '../core/say';
import { type ClusterTime, justBefore } from '../core/time';
import { BackupError } from './errors';
import type { RepositoryContent } from './ports';

/** All events of a repository, oldest first; those of previews and of imported dumps are none. From the indexes alone. */
export function allEvents(content: RepositoryContent): NamedEvent[] {
  const previews = new Set(content.previews.map((preview) => preview.database));
  const ignores = (ns: string): boolean => previews.has(databaseOf(ns));
  const capped = content.snapshots.flatMap((snapshot) =>
    snapshot.collections.filter((c) => cappedLimits(c.options)).map((c) => c.uuid),
  );
  const recorded = content.lineages.filter(({ start }) => start.imported !== true);
  return recorded.flatMap(({ segments }) => eventsOf(segments, { ignores, capped }));
}

/** Those that reach into `[from, to]`. */
export function eventsBetween(
  content: RepositoryContent,
  from: ClusterTime | undefined,
  to: ClusterTime | undefined,
): NamedEvent[] {
  return allEvents(content).filter(
    (event) => (from === undefined || event.to >= from) && (to === undefined || event.from <= to),
  );
}

/** Throws `notFound` with the latest ones where there is no event of that id. */
export function eventById(content: RepositoryContent, id: string): NamedEvent {
  const events = allEvents(content);
  const event = events.find((e) => e.id === id);
  if (event) return event;
  const latest = events.slice(-3).map((e) => e.id);
  throw new BackupError('notFound', say`there is no event ${id}`, {
    hint: latest.length > 0 ? say`The latest ones: ${latest.join(', ')}` : say`No events were recorded yet.`,
  });
}

/** The target that leaves the event out and keeps all that was before it. */
export function beforeEvent(content: RepositoryContent, id: string): ClusterTime {
  return justBefore(eventById(content, id).from);
}
