import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadSet, sets } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { contenderColumns, contenderRow, number } from './lib/report.mjs';
import { interleaved, summary } from './lib/rounds.mjs';
import { checkpoint, folderSizeMb, serverVersion, startServer, withClient } from './lib/server.mjs';

/** A snapshot (compressed, checksummed, durable) against mongodump, plain and with --gzip. */
export async function benchmark({ rounds, scale, work, peers, node, cli, say }) {
  const server = await startServer({ cacheGb: 4 });
  const tables = [];
  try {
    for (const [set, { database, about }] of Object.entries(sets)) {
      const { documents, bytes } = await withClient(server.uri, (client) => loadSet(client, set, scale));
      await checkpoint(server.uri);
      say(`set ${set}: ${documents} documents, ${number(bytes / 1e6, 0)} MB`);
      const folder = path.join(work, set);
      const contender = (name, every, run) => ({
        name,
        every,
        prepare: async () => {
          await rm(folder, { recursive: true, force: true });
          await mkdir(folder, { recursive: true });
        },
        run,
        after: () => ({ outMb: folderSizeMb(folder) }),
      });
      const options = { servers: [server.pid] };
      const dump = (more) => () =>
        measured(
          peers.mongodump,
          ['--uri', server.uri, '-d', database, '-o', folder, '--quiet', ...more],
          options,
        );
      const contenders = [
        contender('ours', 1, async () => {
          const args = [cli, 'snapshot', '--uri', server.uri, '--repo', folder, '--ns', database, '--json'];
          const measurement = await measured(node, args, options);
          const report = JSON.parse(measurement.stdout);
          if (report.documents !== documents)
            throw new Error(`${report.documents} of ${documents} documents`);
          return measurement;
        }),
        ...(peers
          ? [contender('mongodump --out', 1, dump([])), contender('mongodump --gzip', 5, dump(['--gzip']))]
          : []),
      ];
      const results = await interleaved(rounds, contenders, say);
      const ours = summary(results.get('ours')).wallS;
      tables.push({
        caption: `Set ${set}: ${about}, ${documents} documents, ${number(bytes / 1e6, 0)} MB of BSON`,
        columns: contenderColumns,
        rows: [...results].map(([name, of]) => contenderRow(name, summary(of), ours)),
      });
      await rm(folder, { recursive: true, force: true });
      await withClient(server.uri, (client) => client.db(database).dropDatabase());
    }
    return {
      serverVersion: await serverVersion(server.uri),
      title: 'Snapshot against mongodump',
      text: [
        'Ours is the whole command: it starts Node, begins recording, copies under one cluster time, compresses with zstd, ' +
          'checksums, makes everything durable (fsync) and closes the recording. mongodump does not wait for the disk. ' +
          'Against `--gzip` two codecs are compared, so that is the ratio of what a user gets, not of equal work.',
      ],
      tables,
    };
  } finally {
    await server.stop();
  }
}
