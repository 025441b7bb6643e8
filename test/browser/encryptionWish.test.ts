import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { encryptionOf } from '../../src/storage/repository';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { keeps } from './keeps';
import { Parts } from './parts';

const passphrase = 'correct horse battery staple';

/** Secret storage of a workbench in a browser keeps nothing over a reload: neither the string nor the passphrase. */
describe('the wish for an encrypted repository', function () {
  this.bail(true);
  let set: ReplicaSet;
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;

  const box = () => ui.page.locator('.quick-input-widget');
  const row = () => ui.row('Orders');
  const asked = async (): Promise<void> => {
    await box().filter({ hasText: 'New Passphrase for Orders' }).waitFor({ timeout: 30_000 });
  };
  const typeTwice = async (): Promise<void> => {
    await ui.answer(passphrase);
    await box().filter({ hasText: 'Type it once more.' }).waitFor();
    await ui.answer(passphrase);
  };
  /** There is nothing to be read yet: nothing is asked before something is to be recorded. */
  const reload = async (): Promise<void> => {
    await ui.page.reload();
    await ui.row('Restorable').filter({ hasText: 'nothing yet' }).waitFor({ timeout: 60_000 });
    await ui.statusBar.filter({ hasText: 'not recording' }).waitFor();
    assert.equal(await box().isVisible(), false);
  };
  const addByHand = async (): Promise<void> => {
    await ui.runCommand('Mongo Rewind: Add Connection');
    await box().filter({ hasText: 'Connection string of a replica set' }).waitFor();
    await ui.answer(set.uri);
  };
  const recorded = async (): Promise<void> => {
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    const [repository = ''] = await readdir(folder);
    const { state } = await encryptionOf(path.join(folder, repository), undefined);
    assert.equal(state, 'encrypted');
  };

  before(async () => {
    set = await startReplicaSet();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-wish-'));
    workbench = await openWorkbench({ settings: { 'mongoRewind.repositoryFolder': folder } });
    ui = new Parts(workbench.page, 'encryption-wish');
    await ui.openSidebar();
    await addByHand();
    await ui.row('127.0.0.1').waitFor();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is taken before there is a repository, and survives a new name', async () => {
    await ui.rowMenu(ui.row('127.0.0.1'), 'Encryption Passphrase…');
    await typeTwice();
    await ui.notified(/is encrypted from its first recording on/);
    await ui.clearNotifications();
    await ui.rowMenu(ui.row('127.0.0.1'), 'Edit Connection…');
    await ui.quickPick('Name').click();
    await ui.answer('Orders');
    await row().waitFor();
    await waitFor('the workbench to have kept it', () => keeps(ui.page, 'Orders'));
    assert.deepEqual(await readdir(folder), []);
  });

  it('is carried over a reload: without a new passphrase no repository is made', async () => {
    await reload();
    await ui.picture('0-reloaded');
    await ui.rowAction(row(), 'Start Recording');
    await ui.answer(set.uri);
    await asked();
    await ui.picture('1-asked');
    await ui.page.keyboard.press('Escape');
    await box().waitFor({ state: 'hidden' });
    assert.deepEqual(await readdir(folder), []);
  });

  it('is carried where the connection is added again whose string was lost', async () => {
    await reload();
    await addByHand();
    await box().waitFor({ state: 'hidden' });
    await ui.rowAction(row(), 'Start Recording');
    await asked();
    await typeTwice();
    await recorded();
  });

  it('holds for a repository that is made later in place of one that was deleted by hand', async () => {
    await ui.rowAction(row(), 'Stop Recording');
    await ui.statusBar.filter({ hasText: 'not recording' }).waitFor();
    for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
    await ui.rowAction(row(), 'Start Recording');
    await recorded();
  });
});
