import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import type { MongoRewindApi } from '../../src/host/api';
import type { CollectionDiff } from '../../src/host/compareFlow';
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

  /** The first entry of the accident, as the log of the server has it. */
  async function firstDelete(): Promise<{ readonly ts: { readonly t: number; readonly i: number } }> {
    const found = await client
      .db('local')
      .collection('oplog.rs')
      .findOne({ op: 'd', ns: 'shop.orders' }, { sort: { $natural: 1 } });
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
