import assert from 'node:assert/strict';
import { type Document, MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import type { MongoRewindApi } from '../../src/host/api';
import type { CollectionDiff } from '../../src/host/compareFlow';
import { versionPathOf } from '../../src/host/pastUri';
import type { RestoreReport } from '../../src/protocol/job';
import type {
  HistoryReport,
  InPlaceReport,
  RestoreInPlaceReport,
  UndoReport,
} from '../../src/protocol/timeTravel';
import { operationTime, reaches } from '../support/clusterTimes';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';

const command = <T>(name: string, argument: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);

interface Order {
  readonly _id: number;
  readonly note?: string;
}

describe('time travel, in VS Code', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let api: MongoRewindApi;
  let connection: string;
  let event: string;

  const orders = () => client.db('shop').collection<Order>('orders');
  const rangeEnd = async (): Promise<string | undefined> => {
    const all = await api.listRanges();
    return all.find((c) => c.connection === connection)?.ranges.at(-1)?.to;
  };
  const recorded = async (time: string) => {
    await waitFor('it to be recorded', async () => {
      const end = await rangeEnd();
      return end !== undefined && reaches(end, time);
    });
  };

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(Array.from({ length: 300 }, (_, i) => ({ _id: i })));
    const extension = vscode.extensions.getExtension<MongoRewindApi>('mongo-rewind.mongo-rewind');
    assert.ok(extension);
    api = await extension.activate();
    connection = await command<string>('addConnection', { uri: set.uri, name: 'Time travel' });
    await command('startRecording', { connection });
    await waitFor('a restorable range', rangeEnd, { timeoutMs: 60_000 });
  });

  after(async () => {
    await command('removeConnection', { connection, deleteRepository: true });
    await client.close();
    await set.stop();
  });

  it('compares the moment before an event with now', async () => {
    const deleted = await client.db('shop').command({ delete: 'orders', deletes: [{ q: {}, limit: 0 }] });
    const inserted = await client
      .db('shop')
      .command({ insert: 'orders', documents: [{ _id: 7, note: 'made anew by other hands' }, { _id: 900 }] });
    await recorded(operationTime(inserted));
    assert.equal(deleted['n'], 300);
    const diffs = await command<readonly CollectionDiff[]>('compareWithNow', {
      connection,
      at: operationTime(deleted),
      ns: 'shop.orders',
    });
    const [now] = diffs;
    assert.deepEqual([now?.report.removed, now?.report.added, now?.report.changed], [0, 2, 0]);
  });

  it('tells every version of a document', async () => {
    const { versions } = await command<HistoryReport>('showDocumentHistory', {
      connection,
      ns: 'shop.orders',
      id: '7',
    });
    assert.deepEqual(
      versions.map((v) => v.op),
      ['snapshot', 'delete', 'insert'],
    );
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
  });

  it('compares the past document whose menu was opened with now', async () => {
    const at = operationTimeOf(await firstDelete());
    const uri = await command<vscode.Uri>('openPastCollection', { connection, at, ns: 'shop.orders' });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const compared = async (...given: object[]) =>
      await vscode.commands.executeCommand<readonly CollectionDiff[]>('mongoRewind.compareWithNow', ...given);
    const [ofTitle] = await compared(uri, { groupId: 0, editorIndex: 0 });
    assert.deepEqual([ofTitle?.ns, ofTitle?.report.from, ofTitle?.report.added], ['shop.orders', at, 1]);
  });

  it('knows the document of which a version is open', async () => {
    const at = operationTimeOf(await firstDelete());
    const namespace = { database: 'shop', collection: 'orders' };
    const of = { connection, at, namespace, id: '{"$numberInt":"7"}' };
    const place = versionPathOf(of, { connection: 'Time travel', time: 'then' });
    const uri = vscode.Uri.from({ scheme: 'mongo-rewind', ...place });
    await vscode.commands.executeCommand('vscode.diff', uri, uri, 'a document');
    await waitFor('its editor', () => vscode.window.activeTextEditor?.document.uri.path === uri.path);
    const history = await vscode.commands.executeCommand<HistoryReport>('mongoRewind.showDocumentHistory');
    assert.equal(history.versions.length, 3);
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    const [diff] = await vscode.commands.executeCommand<readonly CollectionDiff[]>(
      'mongoRewind.compareWithNow',
    );
    assert.deepEqual([diff?.ns, diff?.report.from], ['shop.orders', at]);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('previews the moment before a transaction over several databases', async () => {
    await client.db('stock').createCollection('items');
    await client.withSession(async (session) => {
      await session.withTransaction(async () => {
        const twelve = Array.from({ length: 12 }, (_, i) => ({ _id: 2000 + i }));
        await orders().insertMany(twelve, { session });
        await client.db('stock').collection<Order>('items').insertMany(twelve, { session });
      });
    });
    const last = await client.db('stock').command({ insert: 'items', documents: [{ _id: 1 }] });
    await recorded(operationTime(last));
    const { ts } = await entry({ 'o.applyOps.ns': 'stock.items' });
    const preview = await waitFor('the event', async () =>
      command<RestoreReport | undefined>('previewBeforeEvent', {
        ...{ connection, event: `${ts.t}.${ts.i}-transaction`, confirmed: true },
      }),
    );
    assert.deepEqual(preview.databases.map((name) => name.split('__')[0]).sort(), ['shop', 'stock']);
    for (const database of preview.databases)
      await command('dropPreview', { connection, database, confirmed: true });
    await orders().deleteMany({ _id: { $gte: 2000 } });
  });

  it('undoes an event and leaves alone what changed since', async () => {
    event = `${operationTimeOf(await firstDelete()).replace(':', '.')}-delete`;
    const undone = await command<UndoReport>('undoEvent', { connection, event, confirmed: true });
    assert.equal(undone.restored, 299);
    assert.deepEqual(
      undone.conflicts.map((c) => [c.ns, c._id]),
      [['shop.orders', '{"$numberInt":"7"}']],
    );
    assert.equal(await orders().countDocuments(), 301);
    assert.equal((await orders().findOne({ _id: 7 }))?.note, 'made anew by other hands');
  });

  it('overwrites what changed since where that is asked for', async () => {
    await command('undoEvent', { connection, event, confirmed: true, conflicts: 'overwrite' });
    assert.equal((await orders().findOne({ _id: 7 }))?.note, undefined);
  });

  it('restores in place, undoes that, and undoes the undo', async () => {
    const target = { connection, event, confirmed: true };
    const restored = await command<RestoreInPlaceReport>('restoreInPlace', target);
    assert.equal(restored.documents, 300);
    assert.equal(await orders().countDocuments(), 300);
    const undone = await command<InPlaceReport>('undoLastRestore', { connection, confirmed: true });
    assert.notEqual(undone.id, restored.id);
    assert.equal(await orders().countDocuments(), 301);
    await command('undoLastRestore', { connection, confirmed: true });
    assert.equal(await orders().countDocuments(), 300);
  });

  it('marks the moment before a task that is named like a migration', async () => {
    const name = 'db:migrate';
    const before = await orders().countDocuments();
    const run = new vscode.CustomExecution(() => Promise.resolve(aTerminal()));
    const task = new vscode.Task({ type: 'test' }, vscode.TaskScope.Workspace, name, 'test', run);
    await vscode.tasks.executeTask(task);
    const at = `mark:before task ${name}`;
    const preview = await waitFor('the mark', async () =>
      command<RestoreReport | undefined>('previewAtTime', { connection, at, ns: 'shop', confirmed: true }),
    );
    assert.ok(preview.documents >= before);
  });

  it('restores one version of a document', async () => {
    const changed = await client
      .db('shop')
      .command({ update: 'orders', updates: [{ q: { _id: 5 }, u: { $set: { note: 'spoilt' } } }] });
    await recorded(operationTime(changed));
    const of = { connection, namespace: { database: 'shop', collection: 'orders' }, id: '5' };
    const { versions } = await command<HistoryReport>('showDocumentHistory', {
      connection,
      ns: 'shop.orders',
      id: '5',
    });
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    const whole = versions.findLast((v) => v.document === '{"_id":{"$numberInt":"5"}}');
    assert.ok(whole);
    const uri = vscode.Uri.from({
      scheme: 'mongo-rewind',
      ...versionPathOf({ ...of, at: whole.at }, { connection: 'Time travel', time: 'then' }),
    });
    assert.equal(await command<boolean>('restoreVersion', { uri, confirmed: true }), true);
    assert.deepEqual(await orders().findOne({ _id: 5 }), { _id: 5 });
    assert.equal(
      await command<boolean>('restoreVersion', { uri, confirmed: true }),
      false,
      'it is as then already',
    );
  });

  it('takes back everything between two moments, and keeps what came later', async () => {
    const database = client.db('migrated');
    const people = database.collection<Order>('people');
    await people.insertMany([{ _id: 1 }, { _id: 2 }]);
    const from = operationTime(await database.command({ insert: 'legacy', documents: [{ _id: 1 }] }));
    await people.updateMany({}, { $set: { note: 'migrated' } });
    await database.collection('legacy').drop();
    const to = operationTime(await database.command({ insert: 'fresh', documents: [{ _id: 1 }] }));
    const later = await database.command({ insert: 'people', documents: [{ _id: 3 }] });
    await recorded(operationTime(later));
    const undone = await command<UndoReport>('undoRange', {
      connection,
      at: from,
      to,
      ns: 'migrated',
      confirmed: true,
    });
    assert.deepEqual([undone.restored, undone.removed, undone.conflicts], [3, 1, []]);
    assert.deepEqual(await people.find().toArray(), [{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    const names = (await database.listCollections().toArray()).map(({ name }) => name);
    assert.deepEqual(names.sort(), ['legacy', 'people']);
  });

  it('filters a past collection by a query, and says what is none', async () => {
    const opened = await command<vscode.Uri>('openPastCollection', {
      connection,
      at: 'latest',
      ns: 'migrated.people',
    });
    assert.match(await textOf(opened), /"1"[^]*"2"[^]*"3"/);
    const filter = '{"_id":{"$gt":2}}';
    const filtered = await command<vscode.Uri>('filterPast', { uri: opened, filter });
    assert.doesNotMatch(await textOf(filtered), /"[12]"/);
    assert.match(await textOf(filtered), /"_id": \{"\$numberInt": "3"\}/);
    assert.equal(await command('filterPast', { uri: opened, filter: '{"$nothing":1}' }), undefined);
    const all = await command<vscode.Uri>('filterPast', { uri: filtered, filter: '' });
    assert.equal(all.toString(), opened.toString());
  });

  async function textOf(uri: vscode.Uri): Promise<string> {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  }

  /** The first entry of the accident, as the log of the server has it. */
  const firstDelete = () => entry({ op: 'd', ns: 'shop.orders' });

  async function entry(
    filter: Document,
  ): Promise<{ readonly ts: { readonly t: number; readonly i: number } }> {
    const found = await client
      .db('local')
      .collection('oplog.rs')
      .findOne(filter, { sort: { $natural: 1 } });
    assert.ok(found);
    return found as never;
  }
});

function operationTimeOf({ ts }: { readonly ts: { readonly t: number; readonly i: number } }): string {
  return `${ts.t}:${ts.i}`;
}

/** A task that has nothing to do. */
function aTerminal(): vscode.Pseudoterminal {
  const closed = new vscode.EventEmitter<number>();
  return {
    onDidWrite: new vscode.EventEmitter<string>().event,
    onDidClose: closed.event,
    open: () => closed.fire(0),
    close: () => undefined,
  };
}
