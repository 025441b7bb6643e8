import { rm } from 'node:fs/promises';
import path from 'node:path';
import { loadSet, sets } from './lib/datasets.mjs';
import { Program } from './lib/program.mjs';
import { number } from './lib/report.mjs';
import { checkpoint, folderSizeMb, serverVersion, startServer, withClient } from './lib/server.mjs';

/** Which hundredth of the documents changes. */
const changes = {
  'the newest 1 % of the documents': (n, count) => n >= count * 0.99,
  'every 100th document': (n) => n % 100 === 0,
};

/** The next base, made from the last one and the recorded oplog, against the first one. */
export async function benchmark({ scale, work, node, say }) {
  await using server = await startServer({ cacheGb: 3 });
  const { database, collections } = sets.a;
  const rows = [];
  for (const [what, isChanged] of Object.entries(changes)) {
    const { documents, bytes } = await withClient(server.uri, (client) => loadSet(client, 'a', scale));
    await checkpoint(server.uri);
    const repository = path.join(work, 'repository');
    const program = new Program(node, 'bases', [server.uri, repository]);
    try {
      await program.ready();
      const firstMb = folderSizeMb(path.join(repository, 'snapshots'));
      await withClient(server.uri, (client) =>
        change(client.db(database).collection(collections[0]), isChanged),
      );
      program.send();
      await program.ready();
      await checkpoint(server.uri);
      program.send();
      const { firstS, nextS, peakMb } = await program.result();
      const nextMb = folderSizeMb(path.join(repository, 'snapshots')) - firstMb;
      say(`${what}: ${number(nextS)} s after ${number(firstS)} s`);
      rows.push([
        `${what}, ${documents} documents, ${number(bytes / 1e6, 0)} MB`,
        number(firstS),
        number(nextS),
        `**${number((100 * nextS) / firstS, 0)} %**`,
        number(firstMb, 0),
        number(nextMb, 0),
        number(peakMb, 0),
      ]);
    } finally {
      program.end();
    }
    await rm(work, { recursive: true, force: true });
  }
  return {
    serverVersion: await serverVersion(server.uri),
    title: 'The next base',
    text: [
      'While recording, the next base is made of the last one and of the recorded oplog, without reading the source again. ' +
        'Files in which nothing changed are checked and shared, frames in which nothing changed are copied. Both are made in one ' +
        'process, as a recorder makes them.',
    ],
    tables: [
      {
        columns: ['Changed', 'First s', 'Next s', 'Next / first', 'First MB', 'Next MB', 'Memory MB'],
        rows,
      },
    ],
  };
}

async function change(collection, isChanged) {
  const ids = await collection.find({}, { projection: { _id: 1 } }).toArray();
  const chosen = ids.filter((_, n) => isChanged(n, ids.length));
  for (let at = 0; at < chosen.length; at += 500) {
    const operations = chosen.slice(at, at + 500).map(({ _id }) => ({
      updateOne: { filter: { _id }, update: { $set: { status: 'changed' }, $inc: { total: 1 } } },
    }));
    await collection.bulkWrite(operations, { ordered: false });
  }
}
