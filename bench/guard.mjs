import { rm } from 'node:fs/promises';
import path from 'node:path';
import { loadSet, sets } from './lib/datasets.mjs';
import { Program } from './lib/program.mjs';
import { number } from './lib/report.mjs';
import { median } from './lib/rounds.mjs';
import { serverVersion, startServer, withClient } from './lib/server.mjs';

const perSecond = 300;
const seconds = 6;
const rivals = 2;

/** What an application feels of a snapshot, with the load guard and without, on a server with room and on a busy one. */
export async function benchmark({ rounds, scale, work, node, say }) {
  await using server = await startServer({ cacheGb: 3 });
  const { database } = sets.a;
  await withClient(server.uri, (client) => loadSet(client, 'a', scale / 4));
  const rows = [];
  for (const busy of [false, true]) {
    const results = { none: [], unguarded: [], guarded: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [i] of Object.keys(results).entries()) {
        const kind = Object.keys(results)[(i + round) % 3];
        const result = await feel({ node, server, database, work, kind, busy });
        results[kind].push(result);
        say(`round ${round + 1}, ${busy ? 'busy' : 'idle'}, ${kind}: ${JSON.stringify(result)}`);
      }
    }
    for (const [kind, of] of Object.entries(results)) {
      const p99 = of.map((r) => r.p99Ms);
      rows.push([
        busy ? `busy: ${rivals} programs hashing the data` : 'otherwise idle',
        { none: 'no snapshot', unguarded: 'snapshot, no guard', guarded: 'snapshot, guarded' }[kind],
        number(median(of.map((r) => r.p50Ms)), 1),
        `${number(median(p99), 1)} (${number(Math.min(...p99), 1)} – ${number(Math.max(...p99), 1)})`,
        kind === 'none' ? '' : number(median(of.map((r) => r.copiedMbPerSecond)), 0),
      ]);
    }
  }
  return {
    serverVersion: await serverVersion(server.uri),
    title: 'What an application feels of a snapshot',
    text: [
      `An application reads and writes single documents ${perSecond} times a second, each timed from the moment it was ` +
        'due, while snapshots are taken one after the other. The load guard measures a ping on a connection of its own ' +
        'ten times a second and leaves pauses between batches while it is late.',
    ],
    tables: [
      {
        columns: ['Server', 'Meanwhile', 'p50 ms', 'p99 ms (least – most)', 'Copied MB/s'],
        rows,
      },
    ],
  };
}

async function feel({ node, server, database, work, kind, busy }) {
  const repository = path.join(work, 'repository');
  await rm(repository, { recursive: true, force: true });
  const foreground = new Program(node, 'foreground', [server.uri, 'bench_app', perSecond, seconds]);
  const copy =
    kind === 'none' ? undefined : new Program(node, 'copy', [server.uri, repository, database, kind]);
  const stop = new AbortController();
  const hashing = busy
    ? Array.from({ length: rivals }, () => hashFor(server.uri, database, stop.signal))
    : [];
  try {
    await foreground.ready();
    await copy?.ready();
    copy?.send();
    foreground.send();
    const felt = await foreground.result();
    copy?.send();
    return { ...felt, ...(await copy?.result()) };
  } finally {
    stop.abort();
    foreground.end();
    copy?.end();
    await Promise.all(hashing);
  }
}

/** Keeps a server's processor busy, as an aggregation would. */
async function hashFor(uri, database, signal) {
  await withClient(uri, async (client) => {
    while (!signal.aborted) await client.db(database).command({ dbHash: 1 });
  });
}
