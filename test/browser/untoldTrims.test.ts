import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../support/freePort';
import { RecordedRepository } from '../support/recordedRepository';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const warning = /MongoDB 4\.4\.29 does not log what the capped collection shop\.log trims: its oldest/;

/** Needs no server: nothing that is seen here comes from one. */
describe('what MongoDB 4.4 did not log, by hand', () => {
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-untold-'));
    const repository = path.join(folder, 'repo');
    const made = await RecordedRepository.create(repository, Date.now() - 60_000, '4.4.29');
    for (const _id of [1, 2]) made.put('log', { _id, text: `line ${_id}` });
    made.put('orders', { _id: 1 });
    await made.snapshot();
    for (const _id of [3, 4]) made.put('log', { _id, text: `line ${_id}` });
    made.put('orders', { _id: 1, total: 12 });
    await made.seal();
    await made.close();
    workbench = await openWorkbench({
      env: {
        MONGO_REWIND_DEMO_URI: `mongodb://127.0.0.1:${await freePort()}/?replicaSet=rs0`,
        MONGO_REWIND_DEMO_REPO: repository,
      },
    });
    ui = new Parts(workbench.page, 'untold-trims');
    await ui.openSidebar();
    await ui.row('Restorable').filter({ hasText: '–' }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  const pageItem = () =>
    ui.page.locator('.statusbar [id="mongo-rewind.mongo-rewind.mongoRewind.page"]:visible');

  it('is warned of where a past collection is opened, as long as it is looked at', async () => {
    await ui.runCommand('Mongo Rewind: Open Past Collection…');
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop.log').click();
    await ui.page.getByRole('tab', { name: /^log @/ }).waitFor({ timeout: 30_000 });
    await ui.notified(warning);
    await pageItem().filter({ hasText: 'Documents 1 – 4' }).locator('.codicon-warning').waitFor();
    await ui.picture('1-past');
    await ui.clearNotifications();
    await ui.page.keyboard.press('Control+w');
    await pageItem().waitFor({ state: 'hidden' });
  });

  it('is no matter for other collections', async () => {
    await ui.runCommand('Mongo Rewind: Open Past Collection…');
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop.orders').click();
    await ui.page.getByRole('tab', { name: /^orders @/ }).waitFor({ timeout: 30_000 });
    await pageItem().waitFor({ state: 'hidden' });
    await ui.page.keyboard.press('Control+w');
  });

  it('is warned of by a comparison', async () => {
    await ui.runCommand('Mongo Rewind: Compare Two Times…');
    await ui.quickPick('snapshot').click();
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop.log').click();
    await ui.notified(new RegExp(`shop\\.log: 2 added .*⚠ ${warning.source}`));
    await ui.picture('2-compare');
    await ui.clearNotifications();
    await ui.page.keyboard.press('Control+w');
  });

  it('is warned of beside the versions of a document', async () => {
    await ui.runCommand('Mongo Rewind: Show Document History…');
    await ui.quickPick('shop.log').click();
    await ui.answer('1');
    await ui.quickPick('as first recorded').waitFor({ timeout: 30_000 });
    await ui.picture('3-history');
    await ui.quickPick('as first recorded').click();
    await ui.notified(warning);
    await ui.picture('4-version');
    await ui.clearNotifications();
  });
});
