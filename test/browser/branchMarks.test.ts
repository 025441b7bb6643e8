import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('branches that are switched, with the git extension of VS Code', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let folder: string;
  let workbench: Workbench;
  let ui: Parts;

  const git = (...args: readonly string[]): void => {
    const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@localhost'];
    execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'pipe' });
  };

  before(async () => {
    set = await startReplicaSet();
    client = new MongoClient(set.uri);
    await client.db('shop').collection('orders').insertOne({ number: 1 });
    folder = await mkdtemp(path.join(os.tmpdir(), 'branches-'));
    git('init', '--initial-branch', 'main');
    git('commit', '--allow-empty', '-m', 'Begin');
    workbench = await openWorkbench({ workspace: folder, settings: { 'git.enabled': true } });
    ui = new Parts(workbench.page, 'branch-marks');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.page
      .locator('.statusbar [id^="status.scm"]')
      .filter({ hasText: 'main' })
      .first()
      .waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await client.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('marks the moment, each time and with both names', async () => {
    git('checkout', '-b', 'feature/refunds');
    await ui.row(/^Marks/).waitFor({ timeout: 60_000 });
    await ui.row(/^Marks/).click();
    await ui.row('branch main → feature/refunds').waitFor({ timeout: 60_000 });
    git('checkout', 'main');
    await ui.row('branch feature/refunds → main').waitFor({ timeout: 60_000 });
    await ui.picture('1-marks');
  });
});
