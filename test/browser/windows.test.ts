import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { rewind } from '../support/commandLine';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

/** VS Code gives an extension host five seconds to end; the rest is for a busy machine. */
const graceMs = 15_000;

describe('two windows on one repository', () => {
  let set: ReplicaSet;
  let repository: string;
  let workbench: Workbench;
  let first: Parts;
  let second: Parts;

  before(async () => {
    set = await startReplicaSet();
    const client = new MongoClient(set.uri);
    await client.db('shop').collection('orders').insertOne({ number: 1 });
    await client.close();
    repository = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-windows-'));
    workbench = await openWorkbench({
      env: { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: repository },
    });
    first = new Parts(workbench.page, 'windows');
  });

  after(async () => {
    await workbench.close();
    await set.stop();
    await rm(repository, { recursive: true, force: true });
  });

  const openWindow = async (): Promise<Parts> => {
    const page = await workbench.page.context().newPage();
    await page.goto(workbench.url);
    return new Parts(page, 'windows');
  };

  const openSegments = async (): Promise<readonly string[]> => {
    const oplog = path.join(repository, 'oplog');
    if (!existsSync(oplog)) return [];
    return (await readdir(oplog, { recursive: true })).filter(
      (name) => path.basename(name) === 'open.bson.zst',
    );
  };

  it('records in the first', async () => {
    await first.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    assert.notDeepEqual(await openSegments(), []);
  });

  it('follows in the second, and says who records', async () => {
    second = await openWindow();
    await second.statusBar.filter({ hasText: 'recorded elsewhere' }).waitFor({ timeout: 60_000 });
    await second.row('Restorable').waitFor({ timeout: 60_000 });
    await second.picture('1-second');
  });

  it('stops in both when it is stopped in the one that waits', async () => {
    await second.runCommand('Mongo Rewind: Stop Recording');
    await first.statusBar.filter({ hasText: 'not recording' }).waitFor({ timeout: 20_000 });
    await second.statusBar.filter({ hasText: 'not recording' }).waitFor({ timeout: 20_000 });
    await waitFor('the segment to be sealed', async () => (await openSegments()).length === 0);
  });

  it('stops in both when it is stopped in the one that records', async () => {
    await first.runCommand('Mongo Rewind: Start Recording');
    await first.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await second.runCommand('Mongo Rewind: Start Recording');
    await second.statusBar.filter({ hasText: 'recorded elsewhere' }).waitFor({ timeout: 60_000 });
    await first.runCommand('Mongo Rewind: Stop Recording');
    await second.statusBar.filter({ hasText: 'not recording' }).waitFor({ timeout: 20_000 });
    await waitFor('the segment to be sealed', async () => (await openSegments()).length === 0);
  });

  it('is followed in the second again', async () => {
    await first.runCommand('Mongo Rewind: Start Recording');
    await first.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    await second.runCommand('Mongo Rewind: Start Recording');
    await second.statusBar.filter({ hasText: 'recorded elsewhere' }).waitFor({ timeout: 60_000 });
  });

  it('goes on in the second when the first is closed', async () => {
    await first.page.close({ runBeforeUnload: true });
    await second.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
  });

  it('seals the open segment when the last window is closed', async () => {
    await waitFor('an open segment', async () => (await openSegments()).length > 0);
    await second.page.close({ runBeforeUnload: true });
    await waitFor('the segment to be sealed', async () => (await openSegments()).length === 0, {
      timeoutMs: graceMs,
    });
  });

  it('deletes the backups while both are open, and names the previews that stay', async () => {
    const { status, err } = await rewind(
      ...['restore', '--uri', set.uri, '--repo', repository, '--ns', 'shop', '--at', 'latest'],
    );
    assert.equal(status, 0, err);
    [first, second] = [await openWindow(), await openWindow()];
    await first.statusBar.filter({ hasText: 'recording' }).waitFor({ timeout: 60_000 });
    await second.statusBar.filter({ hasText: 'record' }).waitFor({ timeout: 60_000 });
    await first.runCommand('Mongo Rewind: Remove Connection');
    await first.dialog.filter({ hasText: /stay on the server: shop__at_/ }).waitFor();
    await first.picture('2-remove');
    await first.dialog.getByRole('button', { name: 'Remove and Delete Backups' }).click();
    await first.statusBar.waitFor({ state: 'hidden', timeout: 30_000 });
    await second.statusBar.filter({ hasText: /recording,|recorded elsewhere/ }).waitFor({ state: 'hidden' });
    await waitFor('the folder to be gone', () => !existsSync(repository));
  });
});
