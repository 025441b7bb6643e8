import { rm } from 'node:fs/promises';
import path from 'node:path';
import { loadSet, sets } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { Program } from './lib/program.mjs';
import { number } from './lib/report.mjs';
import { median } from './lib/rounds.mjs';
import { dropDatabases, serverVersion, startServer, withClient } from './lib/server.mjs';

const target = 'bench_restored';
const written = 'bench_writes';
const seconds = 6;

/** How long the extension host's event loop is held up while its worker thread works. */
export async function benchmark({ rounds, scale, work, node, cli, say }) {
  await using server = await startServer({ cacheGb: 3 });
  const { database } = sets.a;
  await withClient(server.uri, (client) => loadSet(client, 'a', scale / 2));
  const repository = path.join(work, 'repository');
  const fresh = path.join(work, 'fresh');
  await measured(node, [cli, 'snapshot', '--uri', server.uri, '--repo', repository, '--ns', database]);
  const { uri } = server;
  const jobs = {
    'nothing (the same host at rest)': ['none', {}, 4],
    snapshot: ['snapshot', { uri, repository: fresh, namespaces: [database] }, 0],
    restore: [
      'restore',
      {
        ...{ uri, repository, at: 'latest', namespaces: [database], preview: false },
        map: [{ from: database, to: target }],
      },
      0,
    ],
    'recording 20,000 writes/s': ['record', { uri, repository: fresh }, seconds],
  };
  const results = new Map(Object.keys(jobs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, [job, params, duration]] of Object.entries(jobs)) {
      await rm(fresh, { recursive: true, force: true });
      await dropDatabases(uri, [target, written]);
      const result = await watch(
        node,
        [job, JSON.stringify(params), duration],
        job === 'record' ? uri : undefined,
      );
      results.get(name).push(result);
      say(`round ${round + 1}: ${name}: ${JSON.stringify(result)}`);
    }
  }
  return {
    serverVersion: await serverVersion(uri),
    title: 'The extension host meanwhile',
    text: [
      'A main thread with a timer of 2 ms and the engine’s worker thread beside it, as in VS Code. Delay is how late the ' +
        'timer came. Server, worker and main thread share two cores, so the operating system’s own waits are in it: see the ' +
        'first row. Memory is that of the whole process, main thread and worker.',
    ],
    tables: [
      {
        columns: ['While', 'Rounds', 'Delay p50 ms', 'p99 ms (least – most)', 'Longest ms', 'Memory MB'],
        rows: [...results].map(([name, of]) => {
          const p99 = of.map((r) => r.p99Ms);
          return [
            name,
            of.length,
            number(median(of.map((r) => r.p50Ms))),
            `${number(median(p99), 1)} (${number(Math.min(...p99), 1)} – ${number(Math.max(...p99), 1)})`,
            number(median(of.map((r) => r.maxMs)), 0),
            number(median(of.map((r) => r.memoryMb)), 0),
          ];
        }),
      },
    ],
  };
}

async function watch(node, args, writeTo) {
  const host = new Program(node, 'host', args);
  const writer = writeTo ? new Program(node, 'writer', [writeTo, written, 20_000, seconds, 1]) : undefined;
  try {
    await host.ready();
    await writer?.ready(2);
    writer?.send();
    host.send();
    return await host.result();
  } finally {
    writer?.end();
    host.end();
  }
}
