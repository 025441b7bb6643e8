import { firstElement } from '../core/rawDocument';
import type { InnerOperation } from '../core/oplogEntry';

/**
 * Whether all documents of the operation's collection are gone after it, though the log names none: `emptycapped`, and
 * `create`, since what a UUID named before it was dropped.
 */
export function isEmptying({ op, o }: Pick<InnerOperation, 'op' | 'o'>): boolean {
  if (op !== 'c') return false;
  const command = firstElement(o)?.name;
  return command === 'create' || command === 'emptycapped';
}
