import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { MongoClient } from 'mongodb';
import { WorkerClient } from '../../src/host/workerClient';
import { operationTime } from '../support/clusterTimes';
import { rewindWith } from '../support/commandLine';
import { databaseState } from '../support/databaseState';
import { projectRoot } from '../support/projectRoot';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';

const secret = 'correct horse battery staple';
/** Names and contents that must not be found in any file. */
const telltales = ['wanderlust', 'hush', 'hush-collection', 'quiet_field', 'a mark of mine'];

describe('an encrypted repository', function () {
  this.timeout(60_000);
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let repository: string;

  before(async () => {
    set = await startReplicaSet();
    client = await new MongoClient(set.uri).connect();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-encryption-'));
    repository = path.join(folder, 'repo');
    const orders = client.db('hush').collection('hush-collection');
    await orders.insertMany(Array.from({ length: 500 }, (_, n) => ({ n, quiet_field: 'wanderlust' })));
    await orders.createIndex({ quiet_field: 1 });
  });

  after(async () => {
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function ok<T>(...words: string[]): Promise<T> {
    const done = await rewindWith(
      { MONGO_REWIND_PASSPHRASE: secret },
      ...words,
      '--repo',
      repository,
      '--json',
    );
    assert.equal(done.status, 0, done.err);
    return JSON.parse(done.out) as T;
  }

  it('is made where a passphrase is set, and gives back what it took', async () => {
    await ok('snapshot', '--uri', set.uri);
    const hush = client.db('hush');
    await hush
      .collection('hush-collection')
      .updateMany({ n: { $lt: 100 } }, { $set: { quiet_field: 'more wanderlust' } });
    const reply = await hush.command({
      insert: 'late',
      documents: [{ quiet_field: 1 }],
      writeConcern: { w: 'majority' },
    });
    const { consistentAt } = await ok<{ consistentAt: string }>('snapshot', '--uri', set.uri);
    const [seconds = 0, ordinal = 0] = consistentAt.split(':').map(Number);
    const [atSeconds = 0, atOrdinal = 0] = operationTime(reply).split(':').map(Number);
    assert.ok(seconds > atSeconds || (seconds === atSeconds && ordinal >= atOrdinal));
    await ok('mark', 'a mark of mine', '--at', consistentAt);
    await ok('restore', '--uri', set.uri, '--at', 'mark:a mark of mine', '--ns', 'hush', '--to', 'loud');
    assert.deepEqual(await databaseState(client.db('loud')), await databaseState(hush));
    const { damaged } = await ok<{ damaged: unknown[] }>('verify');
    assert.deepEqual(damaged, []);
    await ok('export', '--at', 'latest', '--out', path.join(folder, 'dump'));
  });

  it('lets nobody read names or contents from its files, and says so by their names', async () => {
    const entries = await readdir(repository, { recursive: true, withFileTypes: true });
    const files = entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name));
    for (const file of files) {
      const content = await readFile(file);
      for (const word of [
        ...telltales,
        ...telltales.map((w) => Buffer.from(w).toString('base64').slice(0, -4)),
      ]) {
        assert.ok(!content.includes(word) && !file.includes(word), `${word} in ${file}`);
      }
    }
    const data = files.filter((f) => f.includes('.bson') || f.includes('manifest') || f.includes('marks'));
    assert.ok(data.length >= 5 && data.every((f) => f.endsWith('.enc')), data.join());
  });

  for (const [how, env, message] of [
    [
      'another passphrase',
      { MONGO_REWIND_PASSPHRASE: 'wrong' },
      /the passphrase is not the one of this repository/,
    ],
    ['no passphrase', { MONGO_REWIND_PASSPHRASE: '' }, /is encrypted and needs its passphrase/],
  ] as const) {
    it(`gives one clear error for ${how}, whatever is asked`, async () => {
      for (const words of [['status'], ['snapshot', '--uri', set.uri]]) {
        const { status, err } = await rewindWith(env, ...words, '--repo', repository);
        assert.equal(status, 1);
        assert.match(err, message);
        assert.equal(err.trim().split('\n').length, 1);
      }
    });
  }

  it('refuses a passphrase for a repository that is not encrypted, rather than leave it so', async () => {
    const plain = path.join(folder, 'plain');
    const made = await rewindWith(
      { MONGO_REWIND_PASSPHRASE: '' },
      'snapshot',
      '--uri',
      set.uri,
      '--repo',
      plain,
    );
    assert.equal(made.status, 0, made.err);
    const { status, err } = await rewindWith(
      { MONGO_REWIND_PASSPHRASE: secret },
      ...['snapshot', '--uri', set.uri, '--repo', plain],
    );
    assert.equal(status, 1);
    assert.match(err, /this repository is not encrypted/);
  });

  it('is read by each job that has the passphrase, whatever runs beside it without', async () => {
    const start = (): Worker =>
      new Worker(path.join(projectRoot, 'dist', 'worker.js'), { stdout: true, stderr: true });
    const client = new WorkerClient(start, { trace() {}, debug() {}, info() {}, warn() {}, error() {} });
    try {
      const [status, asked, guessed] = await Promise.all([
        client.run('status', { repository }, { passphrase: secret }),
        client.run('encryption', { repository }),
        client.run('encryption', { repository, passphrase: 'a guess' }),
      ]);
      assert.ok(status.ranges.length > 0);
      assert.deepEqual(
        [asked, guessed].map((e) => [e.state, e.opens]),
        [
          ['encrypted', false],
          ['encrypted', false],
        ],
      );
    } finally {
      await client.close(1_000);
    }
  });
});
