import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('a user without the rights to record', function () {
  this.bail(true);
  let set: ReplicaSet;
  let root: MongoClient;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet({ auth: { user: 'root', password: 'secret' } });
    root = new MongoClient(set.uri);
    await root.db('shop').collection('orders').insertOne({ number: 1 });
    await root.db('staff').collection('people').insertOne({ name: 'Ann' });
    const roles = [{ role: 'read', db: 'shop' }];
    await root.db('admin').command({ createUser: 'reader', pwd: 'secret', roles });
    workbench = await openWorkbench();
    ui = new Parts(workbench.page, 'privileges');
    await ui.openSidebar();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await root.close();
    await set.stop();
  });

  it('is told which role is missing, and may add the server all the same', async () => {
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri.replace('root:', 'reader:'));
    await ui.notified(/may not read the oplog[^]*the built-in role "backup"/);
    await ui.picture('1-refused');
    await ui.notificationAction('Add Anyway');
    await ui.row('127.0.0.1').waitFor();
  });

  it('sees what it may read, and what keeps it from being recorded', async () => {
    await ui.row('This user may not read the oplog').waitFor();
    await ui.row('shop').click();
    await ui.row('orders').waitFor();
    await ui.row('1 collection').waitFor();
    await ui.picture('2-tree');
    await ui.row('This user may not read the oplog').click();
    await ui.dialog.getByText('grantRolesToUser').waitFor();
    await ui.picture('3-explained');
    await ui.dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('is told the same by recording and by a snapshot', async () => {
    await ui.clearNotifications();
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.notified(/Recording of 127\.0\.0\.1:\d+: This user may not read the oplog[^]*"backup"/);
    await ui.row('recording failed').waitFor();
    await ui.clearNotifications();
    await ui.runCommand('Mongo Rewind: Take Snapshot');
    await ui.notified(/Snapshot of 127\.0\.0\.1:\d+: This user may not read the oplog[^]*"backup"/);
    await ui.picture('4-not-recorded');
  });

  it('records as soon as the role is granted', async () => {
    await root.db('admin').command({ grantRolesToUser: 'reader', roles: ['backup'] });
    await ui.clearNotifications();
    await ui.row('This user may not read the oplog').click();
    await ui.dialog.getByRole('button', { name: 'Try Again' }).click();
    await ui.row('This user may not read the oplog').waitFor({ state: 'detached' });
    await ui.row('staff').waitFor();
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  it('is told which roles a preview needs', async () => {
    await ui.runCommand('Mongo Rewind: Preview at Time');
    await ui.quickPick('Latest').click();
    await ui.quickPick('All databases').click();
    await ui.dialog.getByRole('button', { name: 'Create Preview' }).click();
    await ui.notified(/may not run create on [^]*"readWriteAnyDatabase" and "dbAdminAnyDatabase"/);
    await ui.picture('5-preview-refused');
  });
});
