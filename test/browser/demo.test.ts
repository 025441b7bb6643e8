import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Db, MongoClient } from 'mongodb';
import { projectRoot } from '../support/projectRoot';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

interface DemoTools {
  readonly seedShop: (db: Db, now: number) => Promise<unknown>;
  readonly writeLive: (db: Db, shop: unknown, signal: AbortSignal) => Promise<void>;
  readonly runBadMigration: (client: MongoClient) => Promise<{ readonly ordersDeleted: number }>;
}

/** What `npm start` shows: its own shop, workspace and accident. */
describe('the demo', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;
  let tools: DemoTools;
  let writing: Promise<void>;
  let deleted = 0;
  const stop = new AbortController();

  const accident = () => ui.row('deleteMany');
  const toolsOf = async (name: string): Promise<object> =>
    (await import(pathToFileURL(path.join(projectRoot, 'tools', 'demo', `${name}.mjs`)).href)) as object;

  before(async () => {
    tools = Object.assign(
      {},
      ...(await Promise.all(['seedShop', 'liveWrites', 'badMigration'].map(toolsOf))),
    ) as DemoTools;
    set = await startReplicaSet({ name: 'shop' });
    client = new MongoClient(set.uri);
    const shop = await tools.seedShop(client.db('shop'), Date.now());
    writing = tools.writeLive(client.db('shop'), shop, stop.signal);
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-demo-'));
    const [workspace, repository] = [path.join(folder, 'demo-shop'), path.join(folder, 'repository')];
    await cp(path.join(projectRoot, 'tools', 'demo', 'workspace'), workspace, { recursive: true });
    await mkdir(repository);
    workbench = await openWorkbench({
      workspace,
      env: { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: repository },
      settings: {
        'workbench.startupEditor': 'readme',
        'workbench.colorTheme': 'Default Dark Modern',
        'workbench.preferredLightColorTheme': 'Default Light Modern',
        'workbench.preferredDarkColorTheme': 'Default High Contrast',
      },
    });
    ui = new Parts(workbench.page, 'demo');
    await ui.openSidebar();
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await ui.picture('last');
    stop.abort();
    await writing;
    await workbench.close();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('names what the migration did', async () => {
    ({ ordersDeleted: deleted } = await tools.runBadMigration(client));
    await ui.row(/^Events/).click();
    await accident().waitFor({ timeout: 30_000 });
    const title = (await accident().textContent()) ?? '';
    assert.equal(title.includes(deleted.toLocaleString('en')), true, title);
    await ui.row('updateMany').waitFor();
    await ui.picture('1-accident');
  });

  it('previews the moment just before it with one click and a yes', async () => {
    await ui.rowAction(accident(), 'Preview Before Event');
    await ui.dialog.getByText('Into a scratch database beside the original').waitFor({ timeout: 30_000 });
    await ui.picture('2-dialog');
    await ui.dialog.getByRole('button', { name: 'Create Preview' }).click();
    await ui.row('shop__at_').waitFor({ timeout: 60_000 });
    await ui.notified(/Preview ready/);
    await ui.notificationAction('Show in Previews');
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    const scratch = databases.find(({ name }) => name.startsWith('shop__at_'))?.name ?? '';
    const gone = await client.db(scratch).collection('orders').countDocuments({ status: 'delivered' });
    assert.equal(gone, deleted);
    await ui.picture('3-preview');
    await ui.clearNotifications();
  });

  it('tells of it on the timeline, in dark, light and high contrast', async () => {
    await accident().click();
    await ui.webview.getByRole('button', { name: 'Preview Just Before' }).waitFor({ timeout: 30_000 });
    await waitFor('the plan', async () => (await ui.webview.locator('.asking').count()) === 0);
    for (const theme of ['dark', 'light', 'high-contrast']) {
      await ui.webview.locator(`body.vscode-${theme}`).waitFor();
      await ui.picture(`4-${theme}`);
      await ui.webview.getByRole('button', { name: 'Preview Just Before' }).click();
      await ui.dialog.getByRole('button', { name: 'Create Preview' }).waitFor({ timeout: 30_000 });
      await ui.picture(`5-${theme}-dialog`);
      await ui.page.keyboard.press('Escape');
      await ui.dialog.waitFor({ state: 'hidden' });
      await ui.runCommand('Preferences: Toggle between Light/Dark Themes');
    }
  });
});
