import { execFileSync, spawn } from 'node:child_process';
import { cpuOf, peakMemory } from './measure.mjs';
import { withClient } from './server.mjs';

/** Records a source with the command line tool, from its base snapshot until `work` is done and all of it recorded. */
export async function recordWhile({ node, cli, uri, repository }, work) {
  const child = spawn(node, [cli, 'record', '--uri', uri, '--repo', repository], { stdio: 'pipe' });
  let output = '';
  let peakMb;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const status = () =>
    JSON.parse(execFileSync(node, [cli, 'status', '--repo', repository, '--json'], { encoding: 'utf8' }));
  try {
    await until(() => hasSnapshot(status));
    const result = await work({
      cpu: () => cpuOf(child.pid),
      peakMb: () => (peakMb = peakMemory(child.pid) ?? peakMb),
    });
    const last = await newest(uri);
    await until(() => reaches(status, last));
    peakMb = peakMemory(child.pid);
    return result;
  } catch (error) {
    throw new Error(`while recording:\n${output.slice(-2000)}`, { cause: error });
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

function hasSnapshot(status) {
  try {
    return status().snapshots.length > 0;
  } catch {
    return false; // no repository yet
  }
}

function reaches(status, last) {
  const to = status().ranges.at(-1)?.to ?? '0:0';
  const [seconds, ordinal] = to.split(':').map(Number);
  return (BigInt(seconds) << 32n) + BigInt(ordinal) >= last;
}

/** The time of the last entry that a majority has, as one number. */
export async function newest(uri) {
  return withClient(uri, async (client) => {
    const { lastWrite } = await client.db('admin').command({ hello: 1 });
    return lastWrite.majorityOpTime.ts.toBigInt();
  });
}

async function until(condition) {
  const deadline = Date.now() + 300_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited for five minutes');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
