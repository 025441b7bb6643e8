import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { keeps } from './keeps';
import { Parts } from './parts';

describe('a window that is reloaded, a server that goes and comes', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await client.db('shop').collection('orders').insertOne({ number: 1 });
    workbench = await openWorkbench();
    ui = new Parts(workbench.page);
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await ui.picture('reload-last');
    await workbench.close();
    await client.close();
    await set.stop();
  });

  it('brings the connection and its timeline back', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Open Timeline');
    await ui.webview.getByLabel(/^Deletes: /).waitFor();
    await waitFor('the workbench to have kept the timeline', () => keeps(ui.page, 'connectionId'));
    await ui.page.reload();
    await ui.row('Restorable').waitFor({ timeout: 60_000 });
    await ui.webview.getByLabel(/^Deletes: /).waitFor();
  });

  it('asks for the connection string where secret storage forgot it, and goes on recording', async () => {
    await ui.statusBar.filter({ hasText: 'recording failed' }).waitFor();
    await ui.picture('8-secret-lost');
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.answer(set.uri);
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor();
    await ui.row('shop').waitFor();
  });

  it('says when the server is gone, and recovers by itself', async () => {
    await set.kill();
    await ui.statusBar.filter({ hasText: 'stalled' }).waitFor({ timeout: 60_000 });
    await ui.picture('9-stalled');
    await set.members[0]?.start();
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
  });
});
