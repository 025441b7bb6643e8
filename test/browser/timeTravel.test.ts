import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { waitForCount } from '../support/waitForCount';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const accident = 'deleteMany · 1,204 documents · shop.orders';

describe('time travel, by hand', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let workbench: Workbench;
  let ui: Parts;

  const orders = () => client.db('shop').collection<Document & { _id: number }>('orders');
  const databases = async () =>
    (await client.db('admin').admin().listDatabases({ nameOnly: true })).databases.map((d) => d.name);
  const card = () => ui.webview.getByRole('region', { name: accident });
  const hasNow = (count: number) => waitForCount(orders(), count);

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(
      Array.from({ length: 1204 }, (_, i) => ({ _id: i + 1, customer: `customer ${i % 97}`, total: i * 3 })),
    );
    await client.db('shop').collection('customers').insertOne({ name: 'Ann' });
    await client.db('shop').createCollection('cheap', { viewOn: 'orders', pipeline: [] });
    await client.db('shop').createCollection('series', { timeseries: { timeField: 't' } });
    await client
      .db('shop')
      .collection('series')
      .insertOne({ t: new Date(1_790_000_000_000) });
    workbench = await openWorkbench({
      settings: { 'workbench.preferredDarkColorTheme': 'Default High Contrast' },
    });
    ui = new Parts(workbench.page, 'time-travel');
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
  });

  it('names the accident in the tree while it records', async () => {
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await orders().updateOne({ _id: 7 }, { $set: { total: 7000 } });
    await orders().deleteMany({});
    await client.db('shop').collection('customers').insertOne({ name: 'Bob' });
    await ui.row(/^Events/).click();
    await ui.row('deleteMany · 1,204').waitFor({ timeout: 30_000 });
    await ui.picture('1-tree');
  });

  it('goes from there to the moment just before it on the timeline', async () => {
    await ui.row('deleteMany · 1,204').click();
    await card().waitFor({ timeout: 30_000 });
    await ui.webview.getByRole('button', { name: 'Preview Just Before' }).waitFor();
    await waitFor('the plan', async () => (await ui.webview.locator('.asking').count()) === 0);
    await ui.picture('2-event');
  });

  it('previews the collection as it was just before', async () => {
    await ui.webview.getByRole('button', { name: 'Preview Just Before' }).click();
    await ui.dialog.getByRole('button', { name: 'Create Preview' }).click();
    await ui.row('shop__at_').waitFor({ timeout: 60_000 });
    const scratch = (await databases()).find((name) => name.startsWith('shop__at_'));
    assert.ok(scratch);
    assert.equal(await client.db(scratch).collection('orders').countDocuments(), 1204);
    await ui.picture('3-preview');
    await ui.clearNotifications();
  });

  it('compares it with now: 1,204 documents are removed', async () => {
    await ui.webview.getByRole('button', { name: 'Compare with Now' }).click();
    await ui.notified(/shop\.orders: 1,204 removed/);
    await ui.page.getByRole('tab', { name: /shop\.orders: 1,204 removed/ }).waitFor();
    await ui.page.locator('.multiDiffEntry .view-line').filter({ hasText: 'customer' }).first().waitFor();
    await ui.picture('4-compare');
    await ui.clearNotifications();
    await ui.page.keyboard.press('Control+w');
  });

  it('tells the history of one document', async () => {
    await ui.runCommand('Mongo Rewind: Show Document History…');
    await ui.answer('shop.orders');
    await ui.answer('7');
    const versions = ui.page.locator('.quick-input-list .monaco-list-row');
    await versions.filter({ hasText: 'delete' }).first().waitFor({ timeout: 30_000 });
    await ui.picture('5-history');
    await versions.filter({ hasText: 'update' }).first().click();
    await ui.page.locator('.monaco-diff-editor .view-line').filter({ hasText: '7000' }).first().waitFor();
    await ui.picture('6-version');
    await ui.page.keyboard.press('Control+w');
  });

  it('undoes it after saying what that changes, and keeps what was written since', async () => {
    await orders().insertOne({ _id: 5000, customer: 'after', total: 1 });
    await ui.webview.getByRole('button', { name: 'Undo This…' }).click();
    await ui.dialog.filter({ hasText: '1,204 documents come back' }).waitFor({ timeout: 60_000 });
    await ui.picture('7-undo');
    await ui.dialog.getByRole('button', { name: 'Undo', exact: true }).click();
    await hasNow(1205);
    assert.equal((await orders().findOne({ _id: 7 }))?.['total'], 7000);
    await ui.notified(/deleteMany is undone/);
    await ui.picture('8-undone');
    await ui.clearNotifications();
  });

  it('undoes the undo, which is an event like any other', async () => {
    const undo = ui.row('insertMany · 1,204');
    await undo.waitFor({ timeout: 30_000 });
    await ui.rowAction(undo, 'Undo Event');
    await ui.dialog.filter({ hasText: '1,204 documents' }).waitFor({ timeout: 60_000 });
    await ui.picture('9-undo-undo');
    await ui.dialog.getByRole('button', { name: 'Undo', exact: true }).click();
    await hasNow(1);
  });

  it('restores in place after saying what that changes, and undoes that', async () => {
    const accidentRow = ui.row('deleteMany · 1,204').last();
    await accidentRow.click();
    await card().waitFor();
    await ui.webview.getByRole('button', { name: 'Restore…' }).click();
    await ui.dialog
      .filter({ hasText: 'shop.orders: 1,204 come back, 1 that came since go' })
      .waitFor({ timeout: 60_000 });
    await ui.picture('10-restore');
    await ui.dialog.getByRole('button', { name: 'Restore in Place' }).click();
    await hasNow(1204);
    await ui.notified(/Restored in place/);
    await ui.picture('11-restored');
    await ui.clearNotifications();
    await ui.runCommand('Mongo Rewind: Undo Last Restore…');
    await ui.dialog.filter({ hasText: 'shop.orders' }).waitFor();
    await ui.picture('12-undo-restore');
    await ui.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await hasNow(1);
  });

  it('asks before it restores in place over notes that are damaged', async () => {
    const folder = workbench.server.dataFolder;
    const notes = (await readdir(folder, { recursive: true })).find((f) => f.endsWith('inplace.jsonl'));
    const file = path.join(folder, notes ?? '');
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.replace('shop.orders', 'shop.orderz'));
    await ui.webview.getByRole('button', { name: 'Restore…' }).click();
    await ui.dialog.getByRole('button', { name: 'Restore in Place' }).click({ timeout: 60_000 });
    await ui.dialog.filter({ hasText: 'The notes of restores in place are damaged' }).waitFor();
    await ui.picture('16-damaged-notes');
    await ui.dialog.getByRole('button', { name: 'Cancel' }).click();
    await hasNow(1);
    await ui.webview.getByRole('button', { name: 'Restore…' }).click();
    await ui.dialog.getByRole('button', { name: 'Restore in Place' }).click({ timeout: 60_000 });
    await ui.dialog.getByRole('button', { name: 'Restore All the Same' }).click();
    await hasNow(1204);
    await ui.notified(/left as it is/);
    await writeFile(file, (await readFile(file, 'utf8')).replace('shop.orderz', 'shop.orders'));
    await ui.clearNotifications();
    await ui.runCommand('Mongo Rewind: Undo Last Restore…');
    await ui.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await hasNow(1);
  });

  it('names views and time-series collections before it restores a whole database', async () => {
    await ui.runCommand('Mongo Rewind: Restore in Place…');
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop').click();
    await ui.dialog
      .filter({ hasText: 'shop.cheap: the view as it was defined then' })
      .waitFor({ timeout: 60_000 });
    await ui.dialog.filter({ hasText: 'shop.series: the measurements of then' }).waitFor();
    await ui.picture('13-restore-database');
    await ui.dialog.getByRole('button', { name: 'Restore in Place' }).click();
    await ui.notified(/Restored in place/);
    assert.equal(await client.db('shop').collection('series').countDocuments(), 1);
    await ui.clearNotifications();
  });

  it('names what a comparison of a whole database leaves out', async () => {
    await ui.runCommand('Mongo Rewind: Compare with Now…');
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop').click();
    await ui.notified(
      /No difference: .*Not compared, as views and time-series collections: shop\.cheap, shop/,
    );
    await ui.picture('17-compare-database');
    await ui.clearNotifications();
  });

  it('says where what was written since the last recorded moment is not counted', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Stop Recording');
    await ui.row('127.0.0.1').filter({ hasText: 'not recording' }).waitFor();
    await orders().insertOne({ _id: 6000 });
    const until = Date.now() + 5_000;
    await waitFor('the last recorded moment to be old', () => Date.now() > until);
    await ui.runCommand('Mongo Rewind: Restore in Place…');
    await ui.quickPick('Latest').click();
    await ui.quickPick('shop').click();
    const dialog = ui.dialog.filter({ hasText: 'the last recorded moment: later writes are not counted.' });
    await dialog.waitFor({ timeout: 60_000 });
    assert.doesNotMatch((await dialog.textContent()) ?? '', /__before_\S+: /);
    await ui.picture('18-not-recorded');
    await ui.dialog.getByRole('button', { name: 'Cancel' }).click();
    await orders().deleteOne({ _id: 6000 });
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  it('writes nothing to a connection that is protected, and says so before it asks', async () => {
    const edit = async (change: string): Promise<void> => {
      await ui.runCommand('Mongo Rewind: Edit Connection…');
      await ui.quickPick(change).click();
    };
    const isRefused = async (what: string): Promise<void> => {
      await ui.notified(`${what}: This connection is protected: nothing is written to it`);
      assert.equal(await ui.dialog.count(), 0);
      await ui.picture('15-protected');
      await ui.clearNotifications();
    };
    await edit('Protect');
    await ui.row('127.0.0.1').filter({ hasText: 'protected' }).waitFor();
    await ui.webview.getByRole('button', { name: 'Undo This…' }).click();
    await isRefused('Undo');
    await ui.webview.getByRole('button', { name: 'Restore…' }).click();
    await isRefused('Restore in Place');
    await ui.runCommand('Mongo Rewind: Undo Last Restore…');
    await isRefused('Undo Last Restore');
    assert.equal(await orders().countDocuments(), 1);
    await edit('Remove Protection');
    await ui.dialog.getByRole('button', { name: 'Remove Protection' }).click();
    await ui.row('127.0.0.1').filter({ hasNotText: 'protected' }).waitFor();
  });

  it('looks like the workbench in high contrast too', async () => {
    await ui.clearNotifications();
    await ui.runCommand('Preferences: Toggle between Light/Dark Themes');
    await ui.webview.locator('body.vscode-high-contrast:not(.vscode-high-contrast-light)').waitFor();
    await ui.picture('13-high-contrast');
    await ui.runCommand('Preferences: Toggle between Light/Dark Themes');
    await ui.webview.locator('body.vscode-high-contrast-light').waitFor();
    await ui.picture('14-high-contrast-light');
  });
});
