import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const isPlanned = /(?:Last operation restored|No operation is recorded before it)[^]*Operations to replay/;
const isLastInsert = /Last operation restored[^]*Insert\s+shop\.orders[^]*not restored[^]*Delete/;

function clusterTimeIn(text: string): string | undefined {
  return /\d{10}:\d+/.exec(text)?.[0];
}

/** Runs in the page: what it says of a moment, once that is its plan and not the one before. */
function plannedText(region: HTMLElement): string {
  return region.ownerDocument.querySelector('.asking') ? '' : region.innerText;
}

describe('the main job, by hand', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let workbench: Workbench;
  let ui: Parts;

  const orders = () => client.db('shop').collection('orders');
  /** Offered on a collection that there are recorded moments of. */
  const preview = () => ui.row('orders').locator('.actions a[aria-label^="Preview at Time"]');
  const databases = async () =>
    (await client.db('admin').admin().listDatabases({ nameOnly: true })).databases.map((d) => d.name);

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(Array.from({ length: 1203 }, (_, i) => ({ number: i, open: i % 3 === 0 })));
    await client.db('shop').collection('customers').insertOne({ name: 'Ann' });
    workbench = await openWorkbench();
    ui = new Parts(workbench.page);
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
  });

  it('invites to add a first connection', async () => {
    await ui.openSidebar();
    await ui.page.locator('.sidebar').getByRole('button', { name: 'Add Connection' }).first().waitFor();
    await ui.picture('1-welcome');
  });

  it('adds the connection typed into its input box', async () => {
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.row('127.0.0.1').waitFor();
    await ui.row('shop').waitFor();
    await ui.picture('2-connected');
    await ui.row('shop').click();
    await ui.row('orders').hover();
    assert.equal(await preview().count(), 0);
  });

  it('records from the tree', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.statusBar.filter({ hasText: 'recording' }).waitFor();
    await waitFor('a preview to be offered', async () => {
      await ui.row('orders').hover();
      return (await preview().count()) === 1;
    });
    await ui.row('shop').click();
    await ui.picture('3-recording');
  });

  it('shows the accident on the timeline', async () => {
    await orders().insertOne({ number: 5000, open: true });
    await orders().deleteMany({});
    await ui.rowAction(ui.row('127.0.0.1'), 'Open Timeline');
    await ui.webview.getByRole('slider').waitFor({ state: 'attached' });
    await ui.webview.getByLabel(/^Deletes: 1,204/).waitFor();
    await ui.picture('4-timeline');
  });

  it('plans the moment before it, chosen by keyboard', async () => {
    const cursor = ui.webview.getByRole('slider');
    const chosen = ui.webview.getByRole('region', { name: 'Chosen moment' });
    await cursor.press('Home');
    let text = '';
    while (!isLastInsert.test(text)) {
      text = await waitFor('the next plan', async () => {
        const now = await chosen.evaluate(plannedText);
        return isPlanned.test(now) && clusterTimeIn(now) !== clusterTimeIn(text) && now;
      });
      if (!isLastInsert.test(text)) await cursor.press('ArrowRight');
    }
    await ui.picture('5-plan');
  });

  it('previews it after showing what will be done', async () => {
    await ui.webview.getByRole('button', { name: 'Preview' }).click();
    await ui.dialog.waitFor();
    await ui.picture('6-confirm');
    await ui.dialog.getByRole('button', { name: 'Create Preview' }).click();
    await ui.row('shop__at_').waitFor({ timeout: 60_000 });
    await ui.picture('7-preview');
    const scratch = (await databases()).find((name) => name.startsWith('shop__at_'));
    assert.ok(scratch);
    assert.equal(await client.db(scratch).collection('orders').countDocuments(), 1204);
    assert.equal(await orders().countDocuments(), 0);
  });
});
