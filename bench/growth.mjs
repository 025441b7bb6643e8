import { rm } from 'node:fs/promises';
import path from 'node:path';
import { makeBig, makeSmall } from './lib/bigData.mjs';
import { writeMixed } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { recordWhile } from './lib/recording.mjs';
import { number } from './lib/report.mjs';
import {
  checkpoint,
  dropDatabases,
  folderSizeMb,
  serverVersion,
  startServer,
  withClient,
} from './lib/server.mjs';

const database = 'bench_growth';
const restored = 'bench_grown';
const gigabytes = [0.1, 1, 5];
const operations = [10_000, 100_000, 1_000_000];

/** Time and memory as data and history grow tenfold and more. */
export async function benchmark(context) {
  const { scale } = context;
  await using server = await startServer({ cacheGb: 4 });
  const bySize = [];
  for (const size of gigabytes) bySize.push(await growData(context, server, size * scale));
  const byHistory = [];
  for (const count of operations)
    byHistory.push(await growHistory(context, server, Math.round(count * scale)));
  return {
    serverVersion: await serverVersion(server.uri),
    title: 'Growth',
    text: [
      'One run each of the whole commands. Memory is the highest resident set of the process, Node itself (about 60 MB) ' +
        'included. All queues are bounded in bytes; what is above that is garbage that was not collected yet.',
    ],
    tables: [
      {
        caption: 'As data grows: one collection of 1 KB documents',
        columns: [
          'GB',
          'Snapshot s',
          'Memory MB',
          'Stored MB',
          'Restore s',
          'Memory MB',
          'First page s',
          'Memory MB',
        ],
        rows: bySize,
      },
      {
        caption: 'As history grows: operations since the base on a collection of 25,000 documents (10 MB)',
        columns: [
          'Operations',
          'Recorder memory MB',
          'Stored MB',
          'Plan s',
          'Restore s',
          'Memory MB',
          'First page s',
          'Memory MB',
        ],
        rows: byHistory,
      },
    ],
  };
}

async function growData({ work, node, cli, say }, server, size) {
  const repository = path.join(work, 'data');
  await dropDatabases(server.uri, [database, restored]);
  await makeBig(server.uri, database, size * 1e9);
  await checkpoint(server.uri);
  const run = (...args) => measured(node, [cli, ...args, '--repo', repository]);
  const taken = await run('snapshot', '--uri', server.uri, '--ns', database);
  const storedMb = folderSizeMb(repository);
  const shown = await run('show', '--at', 'latest', '--ns', `${database}.orders`, '--limit', '20');
  const put = await run(
    ...['restore', '--uri', server.uri, '--at', 'latest', '--ns', database, '--to', restored],
  );
  await dropDatabases(server.uri, [database, restored]);
  await rm(repository, { recursive: true, force: true });
  say(`${size} GB: snapshot ${number(taken.wallS)} s, ${number(taken.peakMb, 0)} MB`);
  return [
    size,
    number(taken.wallS),
    number(taken.peakMb, 0),
    number(storedMb, 0),
    number(put.wallS),
    number(put.peakMb, 0),
    number(shown.wallS),
    number(shown.peakMb, 0),
  ];
}

async function growHistory({ work, node, cli, say }, server, count) {
  const repository = path.join(work, 'history');
  await dropDatabases(server.uri, [database, restored]);
  const alive = [await makeSmall(server.uri, database, 'small', 5)];
  const recorderMb = await recordWhile({ node, cli, uri: server.uri, repository }, async ({ peakMb }) => {
    await withClient(server.uri, (client) =>
      writeMixed([client.db(database).collection('small')], alive, count, 11),
    );
    return peakMb;
  });
  const run = (...args) => measured(node, [cli, ...args, '--repo', repository]);
  const planned = await run('plan', '--at', 'latest', '--ns', database);
  const shown = await run('show', '--at', 'latest', '--ns', `${database}.small`, '--limit', '20');
  const put = await run(
    ...['restore', '--uri', server.uri, '--at', 'latest', '--ns', database, '--to', restored],
  );
  const storedMb = folderSizeMb(repository);
  await dropDatabases(server.uri, [database, restored]);
  await rm(repository, { recursive: true, force: true });
  say(`${count} operations: restore ${number(put.wallS)} s, ${number(put.peakMb, 0)} MB`);
  return [
    count.toLocaleString('en'),
    number(recorderMb(), 0),
    number(storedMb, 0),
    number(planned.wallS),
    number(put.wallS),
    number(put.peakMb, 0),
    number(shown.wallS),
    number(shown.peakMb, 0),
  ];
}
