import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { rewindWith } from '../support/commandLine';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const passphrase = 'correct horse battery staple';

describe('care for an encrypted repository, by hand', () => {
  let set: ReplicaSet;
  let repository: string;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet();
    repository = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-care-'));
    const client = new MongoClient(set.uri);
    for (let round = 0; round < 3; round++) {
      await client.db('shop').collection('orders').insertOne({ round });
      const words = ['snapshot', '--uri', set.uri, '--repo', repository];
      const { status, err } = await rewindWith({ MONGO_REWIND_PASSPHRASE: passphrase }, ...words);
      assert.equal(status, 0, err);
    }
    await client.close();
    workbench = await openWorkbench({
      env: { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: repository },
    });
    ui = new Parts(workbench.page, 'care');
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await set.stop();
    await rm(repository, { recursive: true, force: true });
  });

  const input = () => ui.page.locator('.quick-input-widget');

  it('asks for the passphrase of a repository that it cannot read, until it is the right one', async () => {
    await input().filter({ hasText: 'Passphrase of Demo shop' }).waitFor({ timeout: 60_000 });
    await ui.answer('a wrong guess');
    await input().filter({ hasText: 'That is not the passphrase' }).waitFor();
    await ui.picture('1-wrong-passphrase');
    await ui.answer(passphrase);
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.picture('2-unlocked');
  });

  it('offers its care on the connection', async () => {
    await ui.row('Demo shop').click({ button: 'right' });
    const menu = ui.page.locator('.context-view .monaco-menu');
    for (const label of ['Verify with Test Restore…', 'Prune Repository…', 'Encryption Passphrase…'])
      await menu.getByRole('menuitem', { name: label }).waitFor();
    await ui.picture('3-menu');
    await menu.getByRole('menuitem', { name: 'Prune Repository…' }).click();
  });

  it('shows what a prune would remove, and removes it on consent', async () => {
    await ui.answer('Another span');
    await ui.answer('1s');
    await ui.dialog.filter({ hasText: 'What can be restored then' }).waitFor({ timeout: 60_000 });
    await ui.picture('4-prune');
    await ui.dialog.getByRole('button', { name: 'Prune' }).click();
    await ui.notified(/segments removed/);
    await ui.picture('5-pruned');
    await ui.clearNotifications();
  });

  it('restores on trial after it asked', async () => {
    await ui.runCommand('Mongo Rewind: Verify with Test Restore');
    await ui.dialog.filter({ hasText: 'on trial' }).waitFor();
    await ui.picture('6-on-trial');
    await ui.dialog.getByRole('button', { name: 'Restore on Trial' }).click();
    await ui.notified(/The test restore gave back all of it/);
    await ui
      .row('Verified')
      .filter({ hasText: /just now · pruned/ })
      .waitFor();
    await ui.picture('7-verified');
    await ui.clearNotifications();
  });

  it('shows damage as a warning', async () => {
    const files = await readdir(repository, { recursive: true });
    const data = files.find((name) => name.endsWith('bson.zst.enc')) ?? '';
    await truncate(path.join(repository, data), 60);
    await ui.runCommand('Mongo Rewind: Verify Repository');
    await ui
      .row(/Damaged/)
      .filter({ hasText: 'just now' })
      .waitFor();
    await ui.notified(/files are damaged/);
    await ui.picture('8-damaged');
  });
});
