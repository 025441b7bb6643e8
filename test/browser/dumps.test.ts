import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('dumps, picked in file dialogs', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await client
      .db('shop')
      .collection('orders')
      .insertMany([{ number: 1 }, { number: 2 }]);
    folder = await mkdtemp(path.join(os.tmpdir(), 'dumps-'));
    await mkdir(path.join(folder, 'here', 'another'), { recursive: true });
    workbench = await openWorkbench();
    ui = new Parts(workbench.page, 'dumps');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.row('127.0.0.1').waitFor();
    await ui.runCommand('Mongo Rewind: Take Snapshot');
    await ui.row('Restorable').filter({ hasNotText: 'nothing yet' }).waitFor({ timeout: 60_000 });
    await ui.notified(/Snapshot of .* taken/);
    await ui.clearNotifications();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function exported(): Promise<string> {
    const names = await readdir(path.join(folder, 'here'));
    return names.find((name) => name !== 'another') ?? '';
  }

  it('exports into a new folder inside the one that is picked', async () => {
    await ui.runCommand('Mongo Rewind: Export as mongodump Directory');
    await ui.quickPick('Latest').click();
    await ui.quickPick('All databases').click();
    await ui.pickFolder('Export Here', path.join(folder, 'here'), 'another');
    await ui.notified(/1 collection/);
    await ui.picture('1-exported');
    const dump = await exported();
    assert.match(dump, /^127\.0\.0\.1_\d+-dump$/);
    const files = await readdir(path.join(folder, 'here', dump, 'shop'));
    assert.deepEqual(files.sort(), ['orders.bson', 'orders.metadata.json']);
  });

  it('imports the folder that is picked', async () => {
    await ui.clearNotifications();
    const dump = await exported();
    await ui.runCommand('Mongo Rewind: Import a Dump');
    await ui.quickPick('Directory').click();
    await ui.pickFolder('Import', path.join(folder, 'here', dump), 'shop');
    await ui.notified(/Dump imported: .*2 documents/);
    await ui.picture('2-imported');
  });
});
