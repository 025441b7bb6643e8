import type { ClusterTime } from '../core/time';
import type { RepositoryReader } from './ports';
import { readOperationsOf } from './readOperations';
import type { RestorePlan } from './restorePlan';

/**
 * How many operations of each of the plan's collections a restore replays, by UUID: from the indexes of the segments
 * that lie wholly between, and by reading those at both ends.
 */
export async function countOperations(
  plan: RestorePlan,
  repository: Pick<RepositoryReader, 'readSegment'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { collections, segments, target } = plan;
  const starts = new Map(collections.map((c) => [c.uuid, c.after]));
  const counts = new Map(collections.map((c) => [c.uuid, 0]));
  const add = (uuid: string, more: number): void => {
    counts.set(uuid, (counts.get(uuid) ?? 0) + more);
  };
  const latest = collections.reduce((last, c) => (c.after > last ? c.after : last), plan.snapshot.start);
  const whole = segments.filter((s) => s.after >= latest && s.through <= target);
  for (const segment of whole) {
    for (const uuid of counts.keys()) add(uuid, segment.collections[uuid] ?? 0);
  }
  const read = async (after: ClusterTime, through: ClusterTime): Promise<void> => {
    const uuids = new Set(starts.keys());
    for await (const some of readOperationsOf(repository, segments, uuids, after, through, signal)) {
      for (const { op, ui, ts } of some) {
        const start = ui === undefined ? undefined : starts.get(ui);
        if (ui !== undefined && start !== undefined && op !== 'c' && ts > start) add(ui, 1);
      }
    }
  };
  const earliest = collections.reduce((first, c) => (c.after < first ? c.after : first), target);
  const [firstWhole, lastWhole] = [whole[0], whole.at(-1)];
  if (!firstWhole || !lastWhole) {
    await read(earliest, target);
    return counts;
  }
  if (earliest < firstWhole.after) await read(earliest, firstWhole.after);
  if (lastWhole.through < target) await read(lastWhole.through, target);
  return counts;
}
