import type { InnerOperation } from '../core/oplogEntry';
import { firstElement } from '../core/rawDocument';
import type { CatalogueChange } from '../core/segment';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import type { Span } from './span';

/**
 * Whether all documents of the operation's collection are gone after it, though the log names none: `emptycapped`, and
 * `create`, since what a UUID named before it was dropped.
 */
export function isEmptying({ op, o }: Pick<InnerOperation, 'op' | 'o'>): boolean {
  if (op !== 'c') return false;
  const command = firstElement(o)?.name;
  return command === 'create' || command === 'emptycapped';
}

/** Whether the span emptied the collection so, and nothing was written to it after that. */
export async function endsEmptied(
  repository: RepositoryReader,
  { segments, from, to }: Span,
  uuid: string,
  signal: AbortSignal,
): Promise<boolean> {
  const changes = segments.flatMap((segment) => segment.changes);
  const isOwn = ({ ui, ts }: CatalogueChange): boolean => ui === uuid && ts > from && ts <= to;
  const emptied = changes.findLast((change) => isOwn(change) && isEmptying(change));
  if (!emptied) return false;
  const reading = readOperationsOf(repository, segments, new Set([uuid]), emptied.ts, to, signal);
  for await (const operations of reading) {
    if (operations.some(({ ui, op }) => ui === uuid && op !== 'c')) return false;
  }
  return true;
}
