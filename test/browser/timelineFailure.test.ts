import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('a timeline whose repository cannot be made', function () {
  this.bail(true);
  let set: ReplicaSet;
  let folder: string;
  let repositories: string;
  let workbench: Workbench;
  let ui: Parts;

  before(async () => {
    set = await startReplicaSet();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-nowhere-'));
    repositories = path.join(folder, 'repositories');
    workbench = await openWorkbench({ settings: { 'mongoRewind.repositoryFolder': repositories } });
    ui = new Parts(workbench.page, 'timeline-failure');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.row('127.0.0.1').waitFor();
    await ui.clearNotifications();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says why no snapshot is taken, and is no longer busy', async () => {
    await ui.rowAction(ui.row('127.0.0.1'), 'Open Timeline');
    await ui.webview.getByRole('button', { name: 'Take Snapshot' }).hover();
    await ui.page.mouse.down(); // the page may look again, and then there is no such button
    await writeFile(repositories, 'no folder');
    await ui.page.mouse.up();
    await ui.notified(/Take Snapshot: The repository cannot be written [^]*Choose a folder/);
    await ui.picture('1-told');
    await ui.clearNotifications();
    await ui.webview.getByText('Taking a snapshot…').waitFor({ state: 'hidden' });
  });
});
