import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import { mongodBinary } from '../support/provided';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('a first run', () => {
  let workbench: Workbench;
  let ui: Parts;
  let uri: string | undefined;

  before(async () => {
    workbench = await openWorkbench({ env: { MONGO_REWIND_MONGOD: await mongodBinary() } });
    ui = new Parts(workbench.page, 'first-run');
    await ui.openSidebar();
  });
  after(async () => {
    await ui.picture('last');
    await workbench.close();
  });

  const openWalkthrough = async (): Promise<void> => {
    await ui.runCommand('Welcome: Open Walkthrough');
    await ui.answer('Mongo Rewind');
    await ui.page.locator('.getting-started-step').first().waitFor();
  };

  it('offers a demo cluster where a server program is found', async () => {
    await ui.page.locator('.sidebar .welcome-view').getByText('demo cluster').waitFor();
    await ui.picture('1-welcome');
  });

  it('offers to add a connection where a step of the walkthrough needs one, and does not tick it', async () => {
    await openWalkthrough();
    const steps = ui.page.locator('.getting-started-step');
    await steps.filter({ hasText: 'Start recording' }).click();
    await steps.getByRole('button', { name: 'Start Recording' }).click();
    await ui.notified('There is no connection yet.');
    await ui.picture('1a-no-connection');
    assert.equal(await steps.locator('.codicon-getting-started-step-checked.complete').count(), 0);
    await ui.clearNotifications();
  });

  it('starts and records a shop on a server of its own', async () => {
    await ui.page.locator('.sidebar .welcome-view').getByText('Try it with a demo cluster').click();
    const row = ui.row('Demo shop');
    await row.waitFor({ timeout: 60_000 });
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.statusBar.filter({ hasText: 'recording' }).waitFor();
    const port = /127\.0\.0\.1:(\d+)/.exec((await row.textContent()) ?? '')?.[1];
    assert.ok(port);
    uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
    const client = new MongoClient(uri);
    assert.equal(await client.db('shop').collection('products').countDocuments(), 40);
    await client.close();
    await ui.picture('2-demo');
  });

  it('ticks the steps of the walkthrough as they are done', async () => {
    const done = ui.page.locator('.getting-started-step .codicon-getting-started-step-checked.complete');
    await waitFor('two steps to be done', async () => (await done.count()) === 2);
    await ui.runCommand('Mongo Rewind: Open Timeline');
    await ui.webview.getByRole('slider').waitFor({ state: 'attached' });
    await openWalkthrough();
    await waitFor('three steps to be done', async () => (await done.count()) === 3);
    await ui.picture('3-walkthrough');
  });

  it('stops that server when the window is closed', async () => {
    await ui.page.goto('about:blank');
    await waitFor('the demo server to stop', async () => {
      const client = new MongoClient(uri ?? '', { serverSelectionTimeoutMS: 300 });
      const there = await client.connect().then(
        () => true,
        () => false,
      );
      await client.close();
      return !there;
    });
  });
});

describe('a workspace that is not trusted', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({ restricted: true });
  });
  after(() => workbench.close());

  it('works, and says what is not read', async () => {
    const ui = new Parts(workbench.page, 'first-run');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByText('This workspace is not trusted').waitFor();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).waitFor();
    await ui.picture('3-untrusted');
  });
});
