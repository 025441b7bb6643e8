import { logsTrimming } from '../core/capped';
import type { Said } from '../core/say';
import type { ClusterTime } from '../core/time';
import { sideAt } from './diffCollection';
import type { RepositoryContent, RepositoryReader } from './ports';
import { untoldTrims } from './untoldTrims';

/** {@link untoldTrims} of one collection at any of the times. */
export async function untoldTrimsAt(
  repository: RepositoryReader,
  content: RepositoryContent,
  ns: string,
  times: readonly ClusterTime[],
  signal: AbortSignal,
): Promise<Said[]> {
  if (content.snapshots.every(({ serverVersion }) => logsTrimming(serverVersion))) return [];
  const told = new Set<Said>();
  for (const at of times) {
    const side = await sideAt(repository, content, ns, at, signal);
    for (const trims of side ? untoldTrims([side.collection], side.plan.snapshot) : []) told.add(trims);
  }
  return [...told];
}
