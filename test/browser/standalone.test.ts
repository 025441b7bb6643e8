import { type Standalone, startStandalone } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const why = 'This is a standalone server: it keeps no oplog, so nothing can be recorded';
const wayOn = /start it again with --replSet rs0[^]*rs\.initiate\(\)[^]*The data stays/;

describe('a standalone server', function () {
  this.bail(true);
  let server: Standalone;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    server = await startStandalone();
    workbench = await openWorkbench();
    ui = new Parts(workbench.page, 'standalone');
    await ui.openSidebar();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await server.stop();
  });

  it('is refused with a way on, and may be added all the same', async () => {
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(server.uri);
    await ui.notified(new RegExp(`${why}[^]*${wayOn.source}`));
    await ui.picture('1-refused');
    await ui.notificationAction('Add Anyway');
    await ui.row('127.0.0.1').waitFor();
    await ui.clearNotifications();
  });

  it('says on its row what keeps it from being recorded, and explains the way on', async () => {
    await ui.row(why).waitFor();
    await ui.picture('2-row');
    await ui.row(why).click();
    await ui.dialog.filter({ hasText: wayOn }).waitFor();
    await ui.picture('3-explained');
    await ui.dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('says the same to who records it or takes a snapshot', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.notified(new RegExp(`Recording of [^]*${why}[^]*${wayOn.source}`));
    await ui.picture('4-recording');
    await ui.clearNotifications();
    await ui.runCommand('Mongo Rewind: Take Snapshot');
    await ui.notified(new RegExp(`Snapshot of [^]*${why}[^]*${wayOn.source}`));
    await ui.clearNotifications();
  });

  it('has a timeline that says so', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Open Timeline');
    await ui.webview.getByText(why).waitFor(); // once: two would be refused
    await ui.picture('5-timeline');
  });

  it('can be recorded once its owner went that way', async () => {
    await server.becomeReplicaSet();
    await ui.row(why).click();
    await ui.dialog.getByRole('button', { name: 'Try Again' }).click();
    await ui.row(why).waitFor({ state: 'detached' });
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.picture('6-recording');
  });
});
