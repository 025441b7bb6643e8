import path from 'node:path';
import { makeBig, makeSmall } from './lib/bigData.mjs';
import { writeMixed } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { recordWhile } from './lib/recording.mjs';
import { number } from './lib/report.mjs';
import { interleaved, summary } from './lib/rounds.mjs';
import { checkpoint, dropDatabases, serverVersion, startServer, withClient } from './lib/server.mjs';

const database = 'bench_preview';
const scratch = 'bench_previewed';
const names = ['small', 'other'];

/** One small collection out of a large snapshot, many operations later. */
export async function benchmark({ rounds, scale, work, node, cli, say }) {
  await using server = await startServer({ cacheGb: 4 });
  const repository = path.join(work, 'repository');
  const bytes = await makeBig(server.uri, database, 5e9 * scale);
  const alive = [];
  for (const [n, name] of names.entries()) alive.push(await makeSmall(server.uri, database, name, n + 1));
  const operations = Math.round(100_000 * scale);
  await checkpoint(server.uri);
  say(`${number(bytes / 1e9)} GB`);
  await recordWhile({ node, cli, uri: server.uri, repository }, () =>
    withClient(server.uri, (client) => {
      const collections = names.map((name) => client.db(database).collection(name));
      return writeMixed(collections, alive, operations, 3);
    }),
  );
  const prepare = () => dropDatabases(server.uri, [scratch]);
  const at = ['--repo', repository, '--at', 'latest'];
  const ns = ['--ns', `${database}.small`];
  const contenders = [
    {
      name: 'first page of 20 documents (`show`), without a server',
      run: () => measured(node, [cli, 'show', ...at, ...ns, '--limit', '20']),
    },
    {
      name: 'the collection in a scratch database (`restore`)',
      prepare,
      run: () =>
        measured(node, [cli, 'restore', '--uri', server.uri, ...at, ...ns, '--to', scratch], {
          servers: [server.pid],
        }),
    },
  ];
  const results = await interleaved(rounds, contenders, say);
  return {
    serverVersion: await serverVersion(server.uri),
    title: 'Preview of one collection',
    text: [
      `A collection of 25,000 documents (10 MB) out of a snapshot of ${number(bytes / 1e9)} GB, ${operations} operations ` +
        'on it and on another one later. Whole commands, Node’s start included. Nothing comparable was found in peers: ' +
        'mongorestore replays an oplog from beginning to end and needs a server.',
    ],
    tables: [
      {
        columns: ['What', 'Rounds', 'Wall s', 'Least – most', 'CPU s', 'Memory MB'],
        rows: [...results].map(([name, measurements]) => {
          const of = summary(measurements);
          return [
            name,
            of.rounds,
            number(of.wallS),
            `${number(of.minS)} – ${number(of.maxS)}`,
            number(of.cpuS),
            number(of.peakMb, 0),
          ];
        }),
      },
    ],
  };
}
