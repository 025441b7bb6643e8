import assert from 'node:assert/strict';
import { type Document, MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

type Numbered = Document & { _id: number };

describe('a bad migration, by hand', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let workbench: Workbench;
  let ui: Parts;

  const shop = () => client.db('shop');
  const orders = () => shop().collection<Numbered>('orders');
  const titleAction = (label: string) =>
    ui.page.locator('.editor-group-container.active .editor-actions').getByRole('button', { name: label });

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await orders().insertMany(
      Array.from({ length: 60 }, (_, i) => ({
        _id: i + 1,
        customer: `customer ${i % 7}`,
        total: (i + 1) * 10,
      })),
    );
    await shop()
      .collection<Numbered>('legacy')
      .insertMany([{ _id: 1 }, { _id: 2 }]);
    workbench = await openWorkbench();
    ui = new Parts(workbench.page, 'migration');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
  });

  it('is taken back between two marks, and what came later stays', async () => {
    await ui.runCommand('Mongo Rewind: Mark This Moment…');
    await ui.answer('before the migration');
    await ui.row(/^Marks/).click();
    await ui.row('before the migration').waitFor({ timeout: 30_000 });
    await orders().updateMany({}, { $rename: { total: 'sum' }, $set: { migrated: true } });
    await shop().collection('legacy').drop();
    await shop()
      .collection<Numbered>('fresh')
      .insertMany([{ _id: 1 }, { _id: 2 }]);
    await ui.row(/^Events/).click();
    await ui.row('updateMany · 60').waitFor({ timeout: 30_000 });
    await ui.runCommand('Mongo Rewind: Mark This Moment…');
    await ui.answer('after the migration');
    await ui.row('after the migration').waitFor({ timeout: 30_000 });
    await orders().insertOne({ _id: 1000, customer: 'later', total: 5 });
    await ui.rowMenu(ui.row('before the migration'), 'Undo Time Range…');
    await ui.quickPick('after the migration').waitFor();
    await ui.picture('1-up-to');
    await ui.quickPick('after the migration').click();
    await ui.quickPick('shop').click();
    const dialog = ui.dialog.filter({ hasText: '62 documents come back as they were' });
    await dialog.waitFor({ timeout: 60_000 });
    await ui.picture('2-consent');
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
    await ui.notified(/is undone: 62 documents come back/);
    await ui.picture('3-undone');
    await ui.clearNotifications();
    assert.equal(
      await orders().countDocuments({ total: { $exists: true }, migrated: { $exists: false } }),
      61,
    );
    assert.deepEqual(await shop().collection('legacy').find().toArray(), [{ _id: 1 }, { _id: 2 }]);
    assert.deepEqual(await shop().listCollections({ name: 'fresh' }).toArray(), []);
  });

  it('shows only the documents that match a query', async () => {
    await ui.rowMenu(ui.row('before the migration'), 'Open Past Collection…');
    await ui.quickPick('shop.orders').click();
    await ui.page.getByRole('tab', { name: /^orders @/ }).waitFor({ timeout: 30_000 });
    await titleAction('Filter Past Collection…').click();
    await ui.page.locator('.quick-input-widget input').fill('{"total": {"$gt": 5');
    await ui.page.locator('.quick-input-widget').filter({ hasText: 'Not extended JSON yet.' }).waitFor();
    await ui.picture('4-query');
    await ui.answer('{"total":{"$gt":580}}');
    await ui.page.getByRole('tab', { name: /^orders \{…\} @/ }).waitFor({ timeout: 30_000 });
    const lines = ui.page.locator('.editor-group-container.active .view-line');
    await lines.filter({ hasText: '600' }).first().waitFor();
    assert.equal(await lines.filter({ hasText: '"_id"' }).count(), 2);
    await ui.picture('5-filtered');
  });

  it('puts one document back to an earlier version', async () => {
    await orders().updateOne({ _id: 60 }, { $set: { customer: 'spoilt', total: -1 } });
    await ui.page
      .locator('.editor-group-container.active .view-line')
      .filter({ hasText: '"600"' })
      .first()
      .click();
    await ui.runCommand('Mongo Rewind: Show Document History…');
    const versions = ui.page.locator('.quick-input-list .monaco-list-row');
    await versions.filter({ hasText: 'update' }).first().waitFor({ timeout: 30_000 });
    await ui.picture('6-versions');
    await versions.filter({ hasText: 'update' }).nth(1).click();
    await ui.page
      .locator('.monaco-diff-editor .view-line')
      .filter({ hasText: 'customer 3' })
      .first()
      .waitFor();
    await ui.picture('7-version');
    await titleAction('Restore This Version…').click();
    await ui.dialog.filter({ hasText: /Restore 60 as it was from .+ on\?/ }).waitFor({ timeout: 30_000 });
    await ui.picture('8-restore-version');
    await ui.dialog.getByRole('button', { name: 'Restore Version' }).click();
    await waitFor('the version', async () => (await orders().findOne({ _id: 60 }))?.['total'] === 600);
    assert.equal((await orders().findOne({ _id: 60 }))?.['customer'], 'customer 3');
    await ui.notified(/60 in shop\.orders is as it was at/);
    await ui.picture('9-version-restored');
    await ui.clearNotifications();
  });

  it('is drawn on the timeline, compared from end to end, and taken back', async () => {
    const before = await orders().find().sort({ _id: 1 }).toArray();
    await orders().updateMany({}, { $set: { spoilt: true } });
    await shop().collection<Numbered>('extra').insertOne({ _id: 1 });
    await ui.row('updateMany · 61').click({ timeout: 30_000 });
    const range = ui.webview.getByRole('region', { name: / – .+\(/ });
    const slider = ui.webview.getByRole('slider', { name: 'Moment to restore' });
    await ui.webview.locator('.asking').waitFor({ state: 'hidden', timeout: 30_000 });

    const plot = (await ui.webview.locator('.plot').boundingBox()) ?? assert.fail();
    await ui.page.mouse.move(plot.x + plot.width * 0.2, plot.y + 150);
    await ui.page.mouse.down();
    await ui.page.mouse.move(plot.x + plot.width - 2, plot.y + 150, { steps: 6 });
    await ui.page.mouse.up();
    await range.getByRole('button', { name: /^updateMany · 61 documents/ }).waitFor();
    await ui.picture('10-drawn');
    await ui.page.keyboard.press('Escape');
    await range.waitFor({ state: 'hidden' });

    await slider.press('b');
    await range.getByRole('button', { name: /^updateMany · 61 documents/ }).waitFor();
    await range.getByRole('button', { name: 'Compare Both Ends' }).click();
    await ui.quickPick('shop.extra').waitFor({ timeout: 30_000 });
    await ui.picture('11-compared');
    await ui.quickPick('shop.orders').click();
    await ui.page.getByRole('tab', { name: /shop\.orders: 61 changed/ }).waitFor();
    await ui.page.keyboard.press('Control+w');
    await ui.clearNotifications();
    await range.getByRole('button', { name: 'Undo Time Range…' }).click();
    await ui.dialog.filter({ hasText: '61 documents come back as they were' }).waitFor({ timeout: 60_000 });
    await ui.picture('12-range-consent');
    await ui.dialog.getByRole('button', { name: 'Undo', exact: true }).click();
    await ui.notified(/is undone: 61 documents come back/);
    await ui.clearNotifications();
    assert.deepEqual(await orders().find().sort({ _id: 1 }).toArray(), before);
    assert.deepEqual(await shop().listCollections({ name: 'extra' }).toArray(), []);
  });

  it('takes a mark away, and puts it back', async () => {
    await ui.rowMenu(ui.row('after the migration'), 'Remove Mark');
    await ui.notified('The mark "after the migration" is removed.');
    await ui.row('after the migration').waitFor({ state: 'detached' });
    await ui.picture('13-mark-removed');
    await ui.notificationAction('Put It Back');
    await ui.row('after the migration').waitFor();
  });
});
