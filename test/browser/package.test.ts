import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { projectRoot } from '../support/projectRoot';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { zipEntries } from '../support/zipEntries';
import { Parts } from './parts';

const mostBytes = 3_000_000;

describe('the package that users install', () => {
  let folder: string;
  let vsix: string;
  let set: ReplicaSet;
  let workbench: Workbench | undefined;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-package-'));
    vsix = path.join(folder, 'mongo-rewind.vsix');
    const tool = path.join(projectRoot, 'tools', 'package.mjs');
    await promisify(execFile)(process.execPath, [tool, '--out', vsix], { cwd: projectRoot });
    set = await startReplicaSet();
    const client = new MongoClient(set.uri);
    await client.db('shop').collection('orders').insertOne({ number: 1 });
    await client.close();
  });

  after(async () => {
    if (workbench) await new Parts(workbench.page, 'package').picture('last');
    await workbench?.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds what it needs and no source, in less than 3 MB', async () => {
    const golden = await readFile(path.join(projectRoot, 'test', 'golden', 'vsix.txt'), 'utf8');
    assert.deepEqual(await zipEntries(vsix), golden.trim().split('\n'));
    assert.ok((await stat(vsix)).size < mostBytes);
  });

  it('adds a connection and records in a VS Code that never saw it before', async () => {
    workbench = await openWorkbench({ vsix: [vsix] });
    const ui = new Parts(workbench.page, 'package');
    await ui.openSidebar();
    await ui.page.locator('.sidebar .welcome-view').getByRole('button', { name: 'Add Connection' }).click();
    await ui.answer(set.uri);
    await ui.rowAction(ui.row('127.0.0.1'), 'Start Recording');
    await ui.row('Restorable').filter({ hasText: 'since' }).waitFor({ timeout: 60_000 });
    await ui.statusBar.filter({ hasText: 'recording' }).waitFor();
    await ui.rowAction(ui.row('127.0.0.1'), 'Open Timeline');
    await ui.webview.getByRole('slider').waitFor({ state: 'attached' });
    await ui.picture('1-installed');
  });
});
