import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { root } from '../../tools/lib/paths.mjs';

/** A replica set of one member with that much cache, on a free port, gone when it is disposed of. */
export async function startServer({ cacheGb }) {
  const { startReplicaSet } = createRequire(import.meta.url)(
    path.join(root, 'dist', 'test', 'support', 'replicaSet.js'),
  );
  const set = await startReplicaSet({ args: ['--wiredTigerCacheSizeGB', String(cacheGb)] });
  return {
    uri: set.memberUri(0),
    setUri: set.uri,
    pid: set.members[0].pid,
    stop: () => set.stop(),
    [Symbol.asyncDispose]: () => set.stop(),
  };
}

export async function withClient(uri, work) {
  const client = await new MongoClient(uri).connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** `dbHash` of databases, by name; equal exactly when all their documents are. */
export async function hashOf(uri, databases) {
  return withClient(uri, async (client) => {
    const hashes = {};
    for (const name of databases) hashes[name] = (await client.db(name).command({ dbHash: 1 })).md5;
    return hashes;
  });
}

export async function dropDatabases(uri, databases) {
  await withClient(uri, async (client) => {
    for (const name of databases) await client.db(name).dropDatabase({ writeConcern: { w: 'majority' } });
  });
}

/** Everything written so far is in the server's files, so that its checkpoint does not fall into a measurement. */
export async function checkpoint(uri) {
  await withClient(uri, (client) => client.db('admin').command({ fsync: 1 }));
}

export async function serverVersion(uri) {
  return withClient(uri, async (client) => (await client.db('admin').command({ buildInfo: 1 })).version);
}

export function folderSizeMb(folder) {
  mkdirSync(folder, { recursive: true });
  const said = execFileSync('du', ['-sk', folder], { encoding: 'utf8' });
  return Number(said.split('\t')[0]) / 1024;
}
