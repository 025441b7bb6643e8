import { type Said, say } from '../core/say';
import type { RestorePlan } from '../engine/restorePlan';
import type { MongoClient } from '../mongo/connect';
import { oplogRoom } from '../mongo/oplogRoom';
import { openRepository } from '../storage/repository';

/** A restore that writes more than this part of the recorded server's oplog pushes much of it out. */
const largePart = 0.5;

/** What a restore into the recorded replica set itself does to its oplog, where that is worth a word. */
export async function oplogWarnings(
  client: MongoClient,
  folder: string,
  replicaSetId: string | undefined,
  plan: RestorePlan,
): Promise<Said[]> {
  const { source } = await openRepository(folder);
  if (replicaSetId === undefined || source.replicaSetId !== replicaSetId) return [];
  const room = await oplogRoom(client);
  const bytes = writtenBytes(plan);
  if (room === undefined || bytes < room * largePart) return [];
  const mb = (n: number): string => `${Math.ceil(n / 1e6).toLocaleString('en-US')} MB`;
  return [
    say`this writes up to ${mb(bytes)} through the oplog of the server that is recorded, which keeps ${mb(room)}: keep the recorder running, or there will be a gap`,
  ];
}

/** Documents and replayed operations together; an upper bound, since whole segments are counted. */
function writtenBytes(plan: RestorePlan): number {
  const base = plan.collections.reduce((sum, c) => sum + (c.base?.bytes ?? 0), 0);
  return plan.segments.reduce((sum, s) => sum + s.bytes, base);
}
