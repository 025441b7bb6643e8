import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { rewindWith } from '../support/commandLine';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const passphrase = 'correct horse battery staple';

/** Secret storage of a workbench in a browser keeps nothing over a reload. */
describe('a passphrase that secret storage lost, by hand', function () {
  this.bail(true);
  let set: ReplicaSet;
  let repository: string;
  let workbench: Workbench;
  let ui: Parts;

  const box = () => ui.page.locator('.quick-input-widget');
  const asks = async (): Promise<void> => {
    await box().filter({ hasText: 'Passphrase of Demo shop' }).waitFor({ timeout: 60_000 });
  };
  const turnAway = async (): Promise<void> => {
    await ui.page.keyboard.press('Escape');
    await box().waitFor({ state: 'hidden' });
  };

  before(async () => {
    set = await startReplicaSet();
    repository = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-lost-'));
    const words = ['snapshot', '--uri', set.uri, '--repo', repository];
    const { status, err } = await rewindWith({ MONGO_REWIND_PASSPHRASE: passphrase }, ...words);
    assert.equal(status, 0, err);
    workbench = await openWorkbench({
      env: { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: repository },
    });
    ui = new Parts(workbench.page, 'lost-passphrase');
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await set.stop();
    await rm(repository, { recursive: true, force: true });
  });

  it('is asked for again after a reload', async () => {
    await asks();
    await ui.answer(passphrase);
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await ui.page.reload();
    await asks();
    await ui.picture('1-asked-again');
  });

  it('may be left out: what needs it says so, and nothing else is asked', async () => {
    await turnAway();
    await ui.row('This repository is encrypted').waitFor({ timeout: 60_000 });
    await ui.statusBar.filter({ hasText: 'recording failed' }).waitFor({ timeout: 60_000 });
    assert.equal(await box().isVisible(), false);
    await ui.picture('2-left-out');
  });

  it('is asked for once by the next action, which ends where it is left out again', async () => {
    await ui.runCommand('Mongo Rewind: Verify Repository');
    await asks();
    await turnAway();
    await ui.notified(/needs its passphrase\. Enter it with “Encryption Passphrase…”/);
    assert.equal(await box().isVisible(), false);
    await ui.picture('3-needed');
    await ui.clearNotifications();
  });

  it('is asked for until it is right, and the action goes on with it', async () => {
    await ui.runCommand('Mongo Rewind: Verify Repository');
    await asks();
    await ui.answer('a wrong guess');
    await box().filter({ hasText: 'That is not the passphrase' }).waitFor();
    await ui.picture('4-wrong');
    await ui.answer(passphrase);
    await ui.notified(/files are intact/);
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.picture('5-verified');
    await ui.clearNotifications();
  });

  it('is known from then on', async () => {
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await ui.runCommand('Mongo Rewind: Take Snapshot');
    await ui.notified(/Snapshot of Demo shop taken/);
    assert.equal(await box().isVisible(), false);
  });
});
