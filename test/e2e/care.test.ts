import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import type { MongoRewindApi } from '../../src/host/api';
import type { ExportReport, ImportReport, PruneReport, VerifyReport } from '../../src/protocol/job';
import { operationTime, reaches } from '../support/clusterTimes';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';

const command = <T>(name: string, argument: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);

describe('care for a repository, in VS Code', () => {
  const passphrase = 'correct horse battery staple';
  let set: ReplicaSet;
  let client: MongoClient;
  let api: MongoRewindApi;
  let connection: string;
  let folder: string;
  let repository: string;

  const orders = () => client.db('shop').collection('orders');
  const names = async () => (await readdir(repository, { recursive: true })).map((n) => path.basename(n));
  const databases = async () =>
    (await client.db('admin').admin().listDatabases({ nameOnly: true })).databases.map((d) => d.name);

  /** Writes one document and waits until that can be restored. */
  async function write(): Promise<string> {
    const reply = await client.db('shop').command({ insert: 'orders', documents: [{ late: true }] });
    const time = operationTime(reply);
    await waitFor('the write to be recorded', async () => {
      const [all] = (await api.listRanges()).filter((c) => c.connection === connection);
      return reaches(all?.ranges.at(-1)?.to ?? '0:0', time);
    });
    return time;
  }

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-care-'));
    repository = path.join(folder, 'repository');
    await orders().insertMany(Array.from({ length: 200 }, (_, n) => ({ n })));
    const extension = vscode.extensions.getExtension<MongoRewindApi>('mongo-rewind.mongo-rewind');
    assert.ok(extension);
    api = await extension.activate();
    connection = await command<string>('addConnection', { uri: set.uri, name: 'Care', repository });
  });

  after(async () => {
    await command('removeConnection', { connection, deleteRepository: true });
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes a passphrase before there is a repository, and encrypts from the first recording on', async () => {
    assert.equal(await command('setPassphrase', { connection, passphrase }), true);
    await command('startRecording', { connection });
    await write();
    assert.ok((await names()).includes('marks.jsonl.enc'));
  });

  it('refuses a wrong passphrase, keeps the right one, and goes on recording', async () => {
    assert.equal(await command('setPassphrase', { connection, passphrase: 'another' }), false);
    await write();
    assert.equal(await command('setPassphrase', { connection, passphrase }), true);
  });

  it('verifies with a test restore that leaves nothing behind', async () => {
    const before = await databases();
    const report = await command<VerifyReport>('testRestore', { connection, confirmed: true });
    assert.deepEqual(report.damaged, []);
    assert.equal(report.restored?.ok, true);
    assert.ok(report.restored.documents >= 200);
    assert.deepEqual(await databases(), before);
  });

  it('prunes what is not kept after a dry run, and marks stay', async () => {
    await write();
    await command('takeSnapshot', { connection });
    const [mark] = await api.mark('kept', connection);
    await write();
    await command('takeSnapshot', { connection });
    await write();
    await command('takeSnapshot', { connection });
    const until = Date.now() + 2_500;
    await waitFor('the snapshots to be old enough', () => Date.now() > until);
    const report = await command<PruneReport>('pruneRepository', {
      connection,
      keepMs: 1000,
      confirmed: true,
    });
    assert.equal(report.dryRun, false);
    assert.ok(report.snapshots.length >= 1, JSON.stringify(report));
    const again = await command<PruneReport>('pruneRepository', { connection, keepMs: 86_400_000 });
    assert.deepEqual([again.dryRun, again.snapshots], [true, []]);
    const kept = await command<ExportReport>('exportDump', {
      connection,
      at: mark?.at,
      out: path.join(folder, 'kept'),
    });
    assert.ok(kept.documents >= 200);
  });

  it('exports a mongodump directory and takes one in again', async () => {
    const out = path.join(folder, 'dump');
    const exported = await command<ExportReport>('exportDump', { connection, at: 'latest', out });
    assert.equal(exported.documents, await orders().countDocuments());
    assert.ok((await readdir(path.join(out, 'shop'))).includes('orders.bson'));
    const imported = await command<ImportReport>('importDump', { connection, dump: out });
    assert.equal(imported.snapshot.documents, exported.documents);
    assert.equal(imported.mark, 'import of dump');
    assert.equal(
      await command('exportDump', { connection, at: 'latest', out }),
      undefined,
      'it is not empty',
    );
  });

  it('prunes by itself what the settings do not keep, and not what is marked', async () => {
    const settings = vscode.workspace.getConfiguration('mongoRewind');
    const snapshots = () => readdir(path.join(repository, 'snapshots'));
    const [mark] = await api.mark('kept by itself', connection);
    for (let n = 0; n < 2; n++) {
      await write();
      await command('takeSnapshot', { connection });
    }
    const before = await snapshots();
    await settings.update('retention.keep', '1s', vscode.ConfigurationTarget.Global);
    assert.equal(vscode.workspace.getConfiguration('mongoRewind').get('retention.keep'), '1s');
    try {
      // It is due after a new base, and what is younger than a second stays.
      await waitFor(
        'an old snapshot to go',
        async () => {
          await command('takeSnapshot', { connection });
          await write();
          const now = await snapshots();
          return before.some((name) => !now.includes(name));
        },
        { everyMs: 1000 },
      );
    } finally {
      await settings.update('retention.keep', undefined, vscode.ConfigurationTarget.Global);
    }
    const out = path.join(folder, 'kept by itself');
    assert.ok(await command<ExportReport>('exportDump', { connection, at: mark?.at, out }));
    assert.ok(await command<ExportReport>('exportDump', { connection, at: 'latest', out: `${out} now` }));
    const report = await command<VerifyReport>('verifyRepository', { connection });
    assert.deepEqual(report.damaged, []);
  });

  it('verifies by itself, and says that a file is damaged', async () => {
    const settings = vscode.workspace.getConfiguration('mongoRewind');
    const verified = async () =>
      JSON.parse(await readFile(path.join(repository, 'verified.json'), 'utf8')) as {
        content: { atMs: number; ok: boolean };
      };
    const { atMs, ok } = (await verified()).content;
    assert.equal(ok, true);
    const [data] = (await readdir(repository, { recursive: true })).filter((n) => n.endsWith('bson.zst.enc'));
    await truncate(path.join(repository, data ?? ''), 60);
    await settings.update('verifyEvery', '1s', vscode.ConfigurationTarget.Global);
    try {
      await waitFor('a verify to find it', async () => {
        await write();
        const { content } = await verified();
        return content.atMs > atMs && !content.ok;
      });
    } finally {
      await settings.update('verifyEvery', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});
