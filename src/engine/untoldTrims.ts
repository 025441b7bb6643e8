import { logsTrimming } from '../core/capped';
import { cappedLimits } from '../core/collectionOptions';
import { type Said, say } from '../core/say';
import type { SnapshotManifest } from '../core/snapshot';

/** 4.4 does not log what a capped collection trims, which it does for inserts too that fail afterwards. */
export function untoldTrims(
  collections: readonly { readonly ns: string; readonly operations: number; readonly options: Uint8Array }[],
  snapshot: SnapshotManifest,
): Said[] {
  if (logsTrimming(snapshot.serverVersion)) return [];
  return collections
    .filter((c) => c.operations > 0 && cappedLimits(c.options) !== undefined)
    .map(
      ({ ns }) =>
        say`MongoDB ${snapshot.serverVersion} does not log what the capped collection ${ns} trims: its oldest documents here may be some that it had given up already`,
    );
}
