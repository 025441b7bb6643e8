import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { encryptionOf } from '../../src/storage/repository';
import { mongodBinary } from '../support/provided';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const passphrase = 'correct horse battery staple';
const encrypt = { 'mongoRewind.encryptRepositories': true };

async function asked({ page }: Parts): Promise<void> {
  const box = page.locator('.quick-input-widget').filter({ hasText: 'New Passphrase for Demo shop' });
  await box.waitFor({ timeout: 60_000 });
}

async function turnAway({ page }: Parts): Promise<void> {
  await page.keyboard.press('Escape');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

async function typeTwice(ui: Parts): Promise<void> {
  await ui.answer(passphrase);
  await ui.page.locator('.quick-input-widget').filter({ hasText: 'Type it once more.' }).waitFor();
  await ui.answer(passphrase);
}

describe('the demo cluster where new repositories are encrypted', function () {
  this.bail(true);
  let workbench: Workbench;
  let folder: string;
  let demo: string;
  let ui: Parts;

  const tryDemo = async (): Promise<void> => {
    await ui.runCommand('Mongo Rewind: Try with a Demo Cluster');
  };
  const offered = async (): Promise<void> => {
    const welcome = ui.page.locator('.sidebar .welcome-view');
    await welcome.getByText('demo cluster').waitFor({ timeout: 30_000 });
  };

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-demo-'));
    workbench = await openWorkbench({
      env: { MONGO_REWIND_MONGOD: await mongodBinary() },
      settings: { ...encrypt, 'mongoRewind.repositoryFolder': folder },
    });
    demo = path.join(workbench.server.dataFolder, 'data/User/globalStorage/mongo-rewind.mongo-rewind/demo');
    ui = new Parts(workbench.page, 'demo-encrypted');
    await ui.openSidebar();
    await offered();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('asks for a passphrase before anything is started', async () => {
    await tryDemo();
    await asked(ui);
    await ui.picture('1-asked');
    assert.equal(existsSync(demo), false);
  });

  it('is not started where it is turned away', async () => {
    await turnAway(ui);
    await offered();
    assert.equal(existsSync(demo), false);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is recorded encrypted', async () => {
    await tryDemo();
    await asked(ui);
    await typeTwice(ui);
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    const [repository = ''] = await readdir(folder);
    assert.equal((await encryptionOf(path.join(folder, repository), passphrase)).opens, true);
    await ui.picture('2-recorded');
  });

  it('leaves nothing when it is removed', async () => {
    await ui.runCommand('Mongo Rewind: Remove Connection');
    await ui.dialog.getByRole('button', { name: 'Remove and Delete Backups' }).click();
    await offered();
    assert.deepEqual(await readdir(folder), []);
  });
});

describe('a connection that is handed over where new repositories are encrypted', () => {
  let set: ReplicaSet;
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-handed-'));
    workbench = await openWorkbench({
      env: { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: path.join(folder, 'repository') },
      settings: encrypt,
    });
    ui = new Parts(workbench.page, 'demo-encrypted');
  });

  after(async () => {
    await ui.picture('last-handed');
    await workbench.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is not recorded without a passphrase', async () => {
    await asked(ui);
    await turnAway(ui);
    await ui.statusBar.filter({ hasText: 'recording failed' }).waitFor({ timeout: 60_000 });
    assert.deepEqual(await readdir(folder), []);
  });

  it('is recorded encrypted with it', async () => {
    await ui.rowAction(ui.row('Demo shop'), 'Start Recording');
    await asked(ui);
    await typeTwice(ui);
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    assert.equal((await encryptionOf(path.join(folder, 'repository'), passphrase)).opens, true);
  });
});
