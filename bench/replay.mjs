import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fillMixed, writeMixed } from './lib/datasets.mjs';
import { engine } from './lib/engine.mjs';
import { measured } from './lib/measure.mjs';
import { contenderColumns, contenderRow } from './lib/report.mjs';
import { recordWhile } from './lib/recording.mjs';
import { interleaved, summary } from './lib/rounds.mjs';
import { checkpoint, dropDatabases, hashOf, serverVersion, startServer, withClient } from './lib/server.mjs';

const database = 'bench_replay';
const names = ['plain', 'other', 'unique'];

/** Replay of a recorded oplog against mongorestore --oplogReplay, into another server, compared by dbHash. */
export async function benchmark({ rounds, scale, work, peers, node, cli, say }) {
  const operations = Math.round(100_000 * scale);
  await using source = await startServer({ cacheGb: 2 });
  await using target = await startServer({ cacheGb: 2 });
  const repository = path.join(work, 'repository');
  const dump = path.join(work, 'dump');
  await mkdir(dump, { recursive: true });
  const alive = await withClient(source.uri, async (client) => {
    const db = client.db(database);
    const ids = [];
    for (const [n, name] of names.entries()) ids.push(await fillMixed(db.collection(name), 10_000, n + 1));
    await db.collection('plain').createIndex({ status: 1 });
    await db.collection('unique').createIndex({ key: 1 }, { unique: true });
    return ids;
  });
  await checkpoint(source.uri);
  const dumped = peers && (await position(source.uri));
  if (peers) await measured(peers.mongodump, ['--uri', source.uri, '-d', database, '-o', dump, '--quiet']);
  await recordWhile({ node, cli, uri: source.uri, repository, work }, async () => {
    await withClient(source.uri, async (client) => {
      const collections = names.map((name) => client.db(database).collection(name));
      await writeMixed(collections, alive, operations, 7);
    });
  });
  if (peers) await writeOplog(repository, dumped, path.join(dump, 'oplog.bson'));
  const expected = (await hashOf(source.uri, [database]))[database];
  say(`${operations} operations recorded`);
  const prepare = async () => {
    await dropDatabases(target.uri, [database]);
    await checkpoint(target.uri);
  };
  const after = async () => {
    const hash = (await hashOf(target.uri, [database]))[database];
    if (hash !== expected) throw new Error('the replayed documents are not those of the source');
  };
  const options = { servers: [target.pid] };
  const ours = {
    name: 'ours',
    prepare,
    run: () =>
      measured(
        node,
        [
          ...[cli, 'restore', '--uri', target.uri, '--repo', repository, '--at', 'latest'],
          ...['--ns', database, '--map', `${database}=${database}`],
        ],
        options,
      ),
    after,
  };
  const peer = {
    name: 'mongorestore --oplogReplay',
    prepare,
    run: () =>
      measured(
        peers.mongorestore,
        ['--uri', target.uri, '--oplogReplay', '--writeConcern', '{w:1}', '--quiet', dump],
        options,
      ),
    after,
  };
  const results = await interleaved(rounds, [ours, ...(peers ? [peer] : [])], say);
  const oursS = summary(results.get('ours')).wallS;
  return {
    serverVersion: await serverVersion(source.uri),
    title: 'Replay against mongorestore --oplogReplay',
    text: [
      `${operations} recorded operations (40 % inserts, 40 % updates of all kinds, 20 % deletes) on three collections, one ` +
        'of them with a unique secondary index, after a base of 30,000 documents that both load in the same command. ' +
        'Write concern `w: 1` on both sides. After each run, of ours and of the peer, the `dbHash` was that of the source.',
    ],
    tables: [
      {
        columns: contenderColumns.slice(0, -1),
        rows: [...results].map(([name, of]) => contenderRow(name, summary(of), oursS).slice(0, -1)),
      },
    ],
  };
}

async function position(uri) {
  return withClient(uri, async (client) => {
    const { lastWrite } = await client.db('admin').command({ hello: 1 });
    return lastWrite.opTime.ts.toBigInt();
  });
}

/** The recorded entries after a time, as the oplog.bson that mongorestore replays. */
async function writeOplog(repository, after, file) {
  const { readFrames, readOplogEntry, splitDocuments } = engine();
  const kept = [];
  for (const name of (await readdir(path.join(repository, 'oplog', '0001'))).sort()) {
    if (!name.endsWith('.bson.zst')) continue;
    const frames = readFrames(path.join(repository, 'oplog', '0001', name), new AbortController().signal);
    for await (const { bytes } of frames) {
      for (const document of splitDocuments(bytes)) {
        const entry = readOplogEntry(document);
        if (entry.ts > after && entry.op !== 'n') kept.push(document);
      }
    }
  }
  await writeFile(file, Buffer.concat(kept));
  if ((await readFile(file)).length === 0) throw new Error('nothing was recorded');
}
