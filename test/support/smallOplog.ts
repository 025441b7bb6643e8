import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mongodBinary } from './provided';

/** Options with which a server soon lets go of what its small oplog has no room for. */
export async function forgetfulServer(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(await mongodBinary(), ['--version']);
  const major = Number(/v(\d+)\./.exec(stdout)?.[1]);
  // Before 5.0 there is no history of snapshots that would hold the oplog's front.
  return [
    '--syncdelay',
    '1',
    ...(major >= 5 ? ['--setParameter', 'minSnapshotHistoryWindowInSeconds=0'] : []),
  ];
}
