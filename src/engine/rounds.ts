import { findElement } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import type { Segment } from '../core/segment';

/** Operations held in memory at once, in bytes of oplog; folded they take about four times that. */
const budget = 32 << 20;

/** Into how many rounds a collection's operations are to be split, so that those of one fit into memory. */
export function roundsFor(
  segments: readonly Segment[],
  { uuid, options }: { readonly uuid: string; readonly options: Uint8Array },
): number {
  // The order of a capped collection is part of it.
  if (isTrue(findElement(options, 'capped'))) return 1;
  const bytes = segments.reduce((sum, segment) => {
    const share = (segment.collections[uuid] ?? 0) / Math.max(1, segment.entries);
    return sum + segment.bytes * Math.min(1, share);
  }, 0);
  return Math.max(1, Math.ceil(bytes / budget));
}
