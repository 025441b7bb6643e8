import assert from 'node:assert/strict';
import { type Document, MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import type { MongoRewindApi } from '../../src/host/api';
import type { RestoreReport, VerifyReport } from '../../src/protocol/job';
import { operationTime, reaches } from '../support/clusterTimes';
import { type ReplicaSet, startReplicaSet, startStandalone } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';

const command = <T>(name: string, argument: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);

describe('the way back, in VS Code', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let api: MongoRewindApi;
  let connection: string;
  let good: string;
  let original: Document[];
  let preview: string;

  const orders = () => client.db('shop').collection('orders');
  const sorted = (database: string) =>
    client
      .db(database)
      .collection('orders')
      .find({}, { sort: { _id: 1 }, promoteValues: false })
      .toArray();
  const rangeEnd = async (): Promise<string | undefined> => {
    const all = await api.listRanges();
    return all.find((c) => c.connection === connection)?.ranges.at(-1)?.to;
  };

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(Array.from({ length: 1500 }, (_, i) => ({ _id: i as never, total: i + 0.5 })));
    const extension = vscode.extensions.getExtension<MongoRewindApi>('mongo-rewind.mongo-rewind');
    assert.ok(extension);
    api = await extension.activate();
  });

  after(async () => {
    await command('removeConnection', { connection, deleteRepository: true });
    await client.close();
    await set.stop();
  });

  it('adds a connection after trying it', async () => {
    const added = await command<string>('addConnection', { uri: set.uri, name: 'Shop' });
    assert.match(added, /^[0-9a-f]{12}$/);
    connection = added;
  });

  it('keeps one connection for one connection string', async () => {
    assert.equal(await command('addConnection', { uri: set.uri, name: 'Shop again' }), connection);
  });

  it('records until a range can be brought back', async () => {
    await command('startRecording', { connection });
    await waitFor('a restorable range', rangeEnd, { timeoutMs: 60_000 });
  });

  it('records what is written from then on', async () => {
    const inserted = await client.db('shop').command({
      insert: 'orders',
      documents: [{ _id: 5000, note: 'the last good one' }],
    });
    good = operationTime(inserted);
    original = await sorted('shop');
    const deleted = await client.db('shop').command({ delete: 'orders', deletes: [{ q: {}, limit: 0 }] });
    const accident = operationTime(deleted);
    await waitFor('the accident to be recorded', async () => {
      const end = await rangeEnd();
      return end !== undefined && reaches(end, accident);
    });
    assert.equal(await orders().countDocuments(), 0);
  });

  it('previews the moment before an accident in a scratch database', async () => {
    const report = await command<RestoreReport>('previewAtTime', {
      connection,
      at: good,
      ns: 'shop',
      confirmed: true,
    });
    assert.equal(report.databases.length, 1);
    preview = report.databases[0] ?? '';
    assert.match(preview, /^shop__at_\d{8}_\d{6}/);
    assert.deepEqual(await sorted(preview), original);
    assert.equal(await orders().countDocuments(), 0, 'the original is not touched');
  });

  it('opens the preview in MongoDB for VS Code, where that is installed', async () => {
    await command('openPreview', { connection, database: preview });
    const calls =
      await vscode.commands.executeCommand<{ connectionString: string; name: string }[]>('standIn.calls');
    const call = calls.at(-1);
    assert.equal(call?.name, preview);
    assert.equal(new URL(call.connectionString).pathname, `/${preview}`);
  });

  it('opens the collection as it was, page by page, as read-only JSON', async () => {
    const uri = await command<vscode.Uri>('openPastCollection', { connection, at: good, ns: 'shop.orders' });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.toString(), uri.toString());
    assert.equal(document.languageId, 'json');
    const first = JSON.parse(document.getText()) as Document[];
    assert.equal(first.length, 1000);
    assert.deepEqual(first[0], { _id: { $numberInt: '0' }, total: { $numberDouble: '0.5' } });
    const second = JSON.parse(await textOf(uri.with({ query: `${uri.query}&page=1` }))) as Document[];
    assert.equal(second.length, 501);
    assert.deepEqual(second.at(-1), { _id: { $numberInt: '5000' }, note: 'the last good one' });
    await assert.rejects(async () => await vscode.workspace.fs.writeFile(uri, new Uint8Array()));
  });

  it('lists past databases and collections as folders and files', async () => {
    const query = `connection=${connection}&at=${good}`;
    const at = vscode.Uri.from({ scheme: 'mongo-rewind', path: '/shop/then', query });
    const databases = await vscode.workspace.fs.readDirectory(at);
    assert.deepEqual(databases, [['shop', vscode.FileType.Directory]]);
    const files = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(at, 'shop'));
    assert.deepEqual(files, [['orders.json', vscode.FileType.File]]);
  });

  it('drops the preview, and nothing else', async () => {
    assert.equal(await command('dropPreview', { connection, database: preview, confirmed: true }), true);
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    const names = databases.map((d) => d.name);
    assert.ok(!names.includes(preview));
    assert.ok(names.includes('shop'));
  });

  it('marks a moment by its API and previews it by name', async () => {
    const [mark] = await api.mark('after the accident');
    assert.equal(mark?.name, 'after the accident');
    await orders().insertOne({ _id: 1 as never, later: true });
    await waitFor('the mark to be recorded', async () => reaches((await rangeEnd()) ?? '0:0', mark.at));
    const report = await api.preview('shop.orders', 'mark:after the accident', connection);
    assert.equal(await client.db(report.databases[0]).collection('orders').countDocuments(), 0);
    await command('dropPreview', { connection, database: report.databases[0], confirmed: true });
  });

  it('verifies every file of the repository', async () => {
    const report = await command<VerifyReport>('verifyRepository', { connection });
    assert.deepEqual(report.damaged, []);
    assert.ok(report.files > 0);
  });

  it('opens the timeline as an editor', async () => {
    await command('openTimeline', { connection });
    const tab = await waitFor('the timeline', () =>
      vscode.window.tabGroups.activeTabGroup.tabs.find((t) => t.input instanceof vscode.TabInputWebview),
    );
    assert.equal(tab.label, 'Timeline of Shop');
    await vscode.window.tabGroups.close(tab);
  });

  it('stops recording, and a range stays', async () => {
    assert.equal(await command('stopRecording', { connection }), true);
    assert.ok(await rangeEnd());
  });
});

describe('the API for other extensions', () => {
  let api: MongoRewindApi;
  before(async () => {
    const extension = vscode.extensions.getExtension<MongoRewindApi>('mongo-rewind.mongo-rewind');
    assert.ok(extension);
    api = await extension.activate();
  });

  it('refuses with a code and a hint what it can not do', async () => {
    const refused = async (work: Promise<unknown>) => {
      const error: unknown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return (error as { code?: string } | undefined)?.code;
    };
    assert.equal(await refused(api.mark('nothing is recorded')), 'notFound');
    assert.equal(await refused(api.preview('', 'latest')), 'badInput');
    assert.equal(await refused(api.preview('shop', 'latest', 'nobody')), 'notFound');
  });

  it('lists no range where there is no connection', async () => {
    assert.deepEqual(await api.listRanges(), []);
  });
});

describe('servers that can not be recorded', () => {
  it('refuses a standalone server with a hint', async () => {
    await using server = await startStandalone();
    assert.equal(await command('addConnection', { uri: server.uri }), undefined);
  });

  it('refuses a server that is not there', async () => {
    const uri = 'mongodb://127.0.0.1:9/?directConnection=true&serverSelectionTimeoutMS=500';
    assert.equal(await command('addConnection', { uri }), undefined);
  });
});

async function textOf(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}
