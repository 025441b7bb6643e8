import { type BasePolicy, baseDue, defaultBasePolicy } from '../core/baseSchedule';
import type { RepositoryContent } from '../engine/ports';
import { canSynthesize, needsSource, synthesizeSnapshot } from '../engine/synthesizeSnapshot';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { storedFrames } from '../storage/storedFrames';
import { openReader } from './open';

/** Oplog held in memory at once while a base is made. */
const budgetBytes = 64 << 20;

/**
 * Makes the next base of a lineage where it is time for one, so that replays stay short: from the files alone, or with
 * `take` from the source where they do not suffice.
 */
export async function nextBase(
  folder: string,
  content: RepositoryContent,
  lineageId: string,
  take: (without: ReadonlySet<string>) => Promise<void>,
  signal: AbortSignal,
  policy: BasePolicy = defaultBasePolicy,
): Promise<void> {
  const lineage = content.lineages.find((l) => l.start.id === lineageId);
  const due = lineage && baseDue(content.snapshots, lineage, policy, Date.now());
  if (!due) return;
  const without = new Set(content.previews.map((p) => p.database));
  if (!canSynthesize(due.base)) return take(without);
  const repository = await openReader(folder);
  const ports = { repository, frames: storedFrames(folder), store: fileSnapshotStore(folder) };
  try {
    await synthesizeSnapshot(
      ports,
      { ...due, without, nowMs: Date.now(), budgetBytes },
      () => undefined,
      signal,
    );
  } catch (error) {
    if (!needsSource(error)) throw error;
    await take(without);
  }
}
