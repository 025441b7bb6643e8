import { eventById } from '../../src/engine/events';
import type { RepositoryContent } from '../../src/engine/ports';
import { undoEvent, type UndoRequest } from '../../src/engine/undoEvent';
import type { Undone, UndoPorts } from '../../src/engine/undoing';
import { openReader } from '../../src/worker/open';
import { undoPorts } from '../../src/worker/undoJob';
import type { RecordedSet } from './timeTravel';

let stamps = 0;

/** Takes something back while others do something at calls of the ports. */
export async function undoMeanwhile(
  { client, repository: folder }: RecordedSet,
  requested: (content: RepositoryContent) => UndoRequest,
  meanwhile: (own: UndoPorts) => Partial<UndoPorts> = () => ({}),
  signal: AbortSignal = new AbortController().signal,
): Promise<Undone> {
  const repository = await openReader(folder);
  const content = await repository.content();
  const own = undoPorts(client, repository, content);
  const settings = {
    ...{ dryRun: false, overwrites: () => false, protected: false, limit: 10, onProgress: () => undefined },
    stamp: `20200101_${String(++stamps).padStart(6, '0')}`,
  };
  return undoEvent({ ...own, ...meanwhile(own) }, requested(content), settings, signal);
}

/** An event by its id, as what is to be taken back. */
export function ofEvent(id: string): (content: RepositoryContent) => UndoRequest {
  return (content) => ({
    kind: 'event',
    event: eventById(content, id),
    exchanges: () => Promise.resolve([]),
  });
}
