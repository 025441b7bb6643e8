import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { waitForCount } from '../support/waitForCount';
import { openWorkbench, type Workbench } from '../support/workbench';
import { controls, faults, toldOfPart, toldOfWebview } from './accessibility';
import { Keys } from './keys';
import { Parts } from './parts';

describe('the main job, by keyboard alone', function () {
  this.bail(true);
  let set: ReplicaSet;
  let client: MongoClient;
  let workbench: Workbench;
  let ui: Parts;
  let keys: Keys;

  const orders = () => client.db('shop').collection('orders');
  const hasNow = (count: number) => waitForCount(orders(), count);

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(Array.from({ length: 1203 }, (_, n) => ({ number: n, open: n % 2 === 0 })));
    workbench = await openWorkbench();
    ui = new Parts(workbench.page, 'keyboard');
    keys = new Keys(workbench.page);
    await keys.begin();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
  });

  it('adds a connection from the invitation', async () => {
    await ui.tab.waitFor({ timeout: 60_000 });
    await ui.runCommand('Mongo Rewind: Focus on Clusters View');
    // Its texts are written anew, and lose the focus, once a mongod is found.
    await ui.page.locator('.sidebar .welcome-view').getByText('demo cluster').waitFor();
    await keys.go('Tab', /^Add Connection$/);
    await ui.picture('1-invitation');
    await keys.press('Enter');
    await ui.answer(set.uri);
    await ui.row('shop').waitFor();
  });

  it('starts recording from the menu of its row', async () => {
    await ui.runCommand('Mongo Rewind: Focus on Clusters View');
    await keys.go('ArrowDown', /^127\.0\.0\.1/);
    await keys.press('Shift+F10');
    await keys.go('ArrowDown', /^Start Recording/);
    await ui.picture('2-menu');
    await keys.press('Enter');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  it('opens the timeline and chooses the accident on it', async () => {
    await orders().insertOne({ number: 5000, open: true });
    await orders().deleteMany({});
    await ui.row(/^Events/).waitFor();
    await keys.go('ArrowUp', /^127\.0\.0\.1/);
    await keys.press('Shift+F10');
    await keys.go('ArrowDown', /^Open Timeline/);
    await keys.press('Enter');
    await ui.webview.getByRole('slider').waitFor({ state: 'attached' });
    await ui.webview
      .getByRole('button', { name: /deleteMany/ })
      .first()
      .waitFor({ state: 'attached' });
    await keys.go('Tab', /^Moment to restore/);
    await keys.press('End', 'Shift+ArrowLeft');
    await ui.webview.getByRole('region', { name: /^deleteMany · 1,204/ }).waitFor();
    await waitFor('the plan', async () => (await ui.webview.locator('.asking').count()) === 0);
    await ui.picture('3-event');
  });

  it('previews the moment just before it', async () => {
    await keys.go('Tab', /^Preview Just Before/);
    await keys.press('Enter');
    await ui.dialog.waitFor();
    await keys.go('Tab', /^Create Preview/);
    await keys.press('Enter');
    await ui.row('shop__at_').waitFor({ timeout: 60_000 });
    await ui.picture('4-preview');
  });

  it('compares it with now, and comes back', async () => {
    await ui.clearNotifications();
    await ui.runCommand('View: Focus Active Editor Group');
    await keys.go('Tab', /^Compare with Now/);
    await keys.press('Enter');
    await ui.page.getByRole('tab', { name: /shop\.orders: 1,204 removed/ }).waitFor({ timeout: 30_000 });
    await ui.page.locator('.multiDiffEntry .view-line').filter({ hasText: 'number' }).first().waitFor();
    await ui.picture('5-compare');
    await keys.press('Control+w');
    await ui.webview.getByRole('region', { name: /^deleteMany · 1,204/ }).waitFor();
  });

  it('restores in place', async () => {
    await ui.clearNotifications();
    await ui.runCommand('View: Focus Active Editor Group');
    await keys.go('Tab', /^Restore…/);
    await keys.press('Enter');
    await ui.dialog.filter({ hasText: 'shop.orders: 1,204 come back' }).waitFor({ timeout: 60_000 });
    await keys.go('Tab', /^Restore in Place/);
    await ui.picture('6-restore');
    await keys.press('Enter');
    await hasNow(1204);
  });

  it('undoes that', async () => {
    await ui.notified(/Restored in place/);
    await ui.clearNotifications();
    await ui.runCommand('Mongo Rewind: Undo Last Restore…');
    await ui.dialog.filter({ hasText: 'shop.orders' }).waitFor();
    await keys.go('Tab', /^Undo Restore/);
    await ui.picture('7-undo');
    await keys.press('Enter');
    await hasNow(0);
  });

  it('tells a screen reader what each thing is', async () => {
    await ui.clearNotifications();
    const timeline = await toldOfWebview(ui.page);
    assert.ok(controls(timeline).includes('slider: Moment to restore'));
    assert.deepEqual(faults(timeline), []);
    await ui.runCommand('Mongo Rewind: Focus on Clusters View');
    for (const group of ['shop', 'Snapshots', 'Events']) {
      await keys.press('Home');
      await keys.go('ArrowDown', new RegExp(`^${group}`));
      await keys.press('ArrowRight');
    }
    await ui.runCommand('Mongo Rewind: Focus on Jobs View');
    await ui.row('Preview of').waitFor();
    const sidebar = await toldOfPart(ui.page, '.sidebar');
    assert.ok(controls(sidebar).some((told) => /^treeitem: orders 0 documents/.test(told)));
    assert.deepEqual(faults(sidebar), []);
  });

  it('pressed nothing by pointer', async () => {
    assert.equal(await keys.pointers(), 0);
  });
});
