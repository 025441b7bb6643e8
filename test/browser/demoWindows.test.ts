import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { mongodBinary } from '../support/provided';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

/** Secret storage of a workbench in a browser is each window's own, as where there is no keyring. */
describe('the demo cluster in two windows', function () {
  this.bail(true);
  let workbench: Workbench;
  let storage: string;
  let first: Parts;
  let second: Parts;

  const openWindow = async (): Promise<Parts> => {
    const page = await workbench.page.context().newPage();
    await page.goto(workbench.url);
    const ui = new Parts(page, 'demo-windows');
    await ui.openSidebar();
    return ui;
  };
  const folder = () => path.join(storage, 'demo');
  const repositories = async () => await readdir(path.join(storage, 'repositories'));

  /** Those of this demo alone, without the shells that guard them. */
  const servers = async (): Promise<readonly string[]> => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'args=']);
    const program = await mongodBinary();
    return stdout.split('\n').filter((line) => line.startsWith(program) && line.includes(folder()));
  };
  const offered = async ({ page }: Parts): Promise<void> => {
    await page.locator('.sidebar .welcome-view').getByText('demo cluster').waitFor({ timeout: 30_000 });
  };
  const gone = async (): Promise<void> => {
    for (const ui of [first, second]) await offered(ui);
    await waitFor('the server to end', async () => (await servers()).length === 0);
    await waitFor('its data to be deleted', async () => (await readdir(folder())).length === 0);
  };
  const tryDemo = async (ui: Parts): Promise<void> => {
    await ui.runCommand('Mongo Rewind: Try with a Demo Cluster');
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
  };
  const remove = async (ui: Parts, answer: string): Promise<void> => {
    await ui.runCommand('Mongo Rewind: Remove Connection');
    await ui.dialog.getByRole('button', { name: answer }).click();
  };

  before(async () => {
    workbench = await openWorkbench({ env: { MONGO_REWIND_MONGOD: await mongodBinary() } });
    storage = path.join(workbench.server.dataFolder, 'data/User/globalStorage/mongo-rewind.mongo-rewind');
    first = new Parts(workbench.page, 'demo-windows');
    await first.openSidebar();
    await offered(first);
  });

  after(async () => {
    await first.picture('last');
    await workbench.close();
  });

  it('runs in the first', async () => {
    await tryDemo(first);
    assert.equal((await servers()).length, 1);
  });

  it('is found by the second, which starts no other', async () => {
    second = await openWindow();
    await second.statusBar.filter({ hasText: 'recorded elsewhere' }).waitFor({ timeout: 60_000 });
    await second.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await second.row('shop').waitFor({ timeout: 30_000 });
    await second.runCommand('Mongo Rewind: Try with a Demo Cluster');
    await second.picture('1-second');
    assert.equal((await servers()).length, 1);
    assert.equal(await second.page.locator('.notification-list-item').count(), 0);
  });

  it('leaves nothing when the second removes it', async () => {
    await remove(second, 'Remove and Delete Backups');
    await gone();
    assert.deepEqual(await repositories(), []);
  });

  it('begins anew in either', async () => {
    await tryDemo(second);
    assert.equal((await servers()).length, 1);
    await remove(second, 'Remove and Keep Backups');
    await gone();
    assert.equal((await repositories()).length, 1);
    await tryDemo(first);
    assert.equal((await servers()).length, 1);
  });
});
