import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { loadSet, sets } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { contenderColumns, contenderRow, number } from './lib/report.mjs';
import { interleaved, summary } from './lib/rounds.mjs';
import { checkpoint, dropDatabases, hashOf, serverVersion, startServer, withClient } from './lib/server.mjs';

/** A part of each set: a restore takes long enough with that. */
const parts = { a: 0.25, b: 0.25 };
const indexes = {
  a: [{ status: 1, createdAt: 1 }, { 'customer.id': 1 }, { orderNo: 1 }],
  b: [{ s: 1, t: 1 }, { m: 1 }, { n: 1 }],
};
const target = 'bench_restored';

/** A restore against mongorestore with one and four workers, equal write concern, three secondary indexes. */
export async function benchmark({ rounds, scale, work, peers, node, cli, say }) {
  const server = await startServer({ cacheGb: 4 });
  const tables = [];
  try {
    for (const [set, part] of Object.entries(parts)) {
      const { database, collections, about } = sets[set];
      const { documents, bytes } = await withClient(server.uri, async (client) => {
        const loaded = await loadSet(client, set, scale * part);
        for (const key of indexes[set]) await client.db(database).collection(collections[0]).createIndex(key);
        return loaded;
      });
      say(`set ${set}: ${documents} documents, ${number(bytes / 1e6, 0)} MB`);
      const repository = path.join(work, set, 'repository');
      const dump = path.join(work, set, 'dump');
      await mkdir(dump, { recursive: true });
      await measured(node, [cli, 'snapshot', '--uri', server.uri, '--repo', repository, '--ns', database]);
      if (peers)
        await measured(peers.mongodump, ['--uri', server.uri, '-d', database, '-o', dump, '--quiet']);
      const expected = (await hashOf(server.uri, [database]))[database];
      const prepare = async () => {
        await dropDatabases(server.uri, [target]);
        await checkpoint(server.uri);
      };
      const after = async () => {
        const hash = (await hashOf(server.uri, [target]))[target];
        if (hash !== expected) throw new Error('the restored documents are not those of the source');
      };
      const options = { servers: [server.pid] };
      const names = ['--nsFrom', `${database}.*`, '--nsTo', `${target}.*`];
      const peer = (workers) => ({
        name: `mongorestore, ${workers} worker${workers > 1 ? 's' : ''}`,
        prepare,
        run: () =>
          measured(
            peers.mongorestore,
            [
              ...['--uri', server.uri, ...names, '--writeConcern', '{w:1}', '--quiet'],
              ...['--numInsertionWorkersPerCollection', String(workers), dump],
            ],
            options,
          ),
        after,
      });
      const ours = {
        name: 'ours',
        prepare,
        run: () =>
          measured(
            node,
            [
              ...[cli, 'restore', '--uri', server.uri, '--repo', repository, '--at', 'latest'],
              ...['--ns', database, '--to', target],
            ],
            options,
          ),
        after,
      };
      const results = await interleaved(rounds, [ours, ...(peers ? [peer(1), peer(4)] : [])], say);
      const oursS = summary(results.get('ours')).wallS;
      tables.push({
        caption: `Set ${set}: ${about}, ${documents} documents, ${number(bytes / 1e6, 0)} MB, with 3 secondary indexes`,
        columns: contenderColumns.slice(0, -1),
        rows: [...results].map(([name, of]) => contenderRow(name, summary(of), oursS).slice(0, -1)),
      });
      await dropDatabases(server.uri, [target, database]);
    }
    return {
      serverVersion: await serverVersion(server.uri),
      title: 'Restore against mongorestore',
      text: [
        'The whole command into a new database, write concern `w: 1` on both sides, indexes built. Ours also waits until ' +
          'a majority has everything. After each run the `dbHash` of the result was that of the source.',
      ],
      tables,
    };
  } finally {
    await server.stop();
  }
}
