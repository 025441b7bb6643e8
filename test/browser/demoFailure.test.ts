import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { mongodBinary } from '../support/provided';
import { waitFor } from '../support/waitFor';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

describe('a demo cluster that does not start', function () {
  this.bail(true);
  let mongod: string;
  let folder: string;
  let program: string;
  let workbench: Workbench;
  let storage: string;
  let ui: Parts;

  /** What is found as mongod: the real one, given other words. */
  const runs = async (...lines: readonly string[]): Promise<void> => {
    await writeFile(program, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  };
  const demos = () => path.join(storage, 'demo');
  /** Its server, the shell that guards it, and what that started. */
  const processes = async (): Promise<readonly string[]> => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'args=']);
    return stdout.split('\n').filter((line) => line.includes(demos()));
  };
  const offered = async (): Promise<void> => {
    await ui.page.locator('.sidebar .welcome-view').getByText('demo cluster').waitFor({ timeout: 30_000 });
  };
  const tryDemo = async (): Promise<void> => {
    await ui.runCommand('Mongo Rewind: Try with a Demo Cluster');
  };
  const leftNothing = async (): Promise<void> => {
    await waitFor('its processes to end', async () => (await processes()).length === 0);
    assert.deepEqual(await readdir(demos()), []);
    assert.equal(existsSync(path.join(storage, 'repositories')), false);
    await offered();
  };

  before(async () => {
    mongod = await mongodBinary();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-no-demo-'));
    program = path.join(folder, 'mongod');
    await runs(`exec '${mongod}' --noSuchOption "$@"`);
    workbench = await openWorkbench({ env: { MONGO_REWIND_MONGOD: program } });
    storage = path.join(workbench.server.dataFolder, 'data/User/globalStorage/mongo-rewind.mongo-rewind');
    ui = new Parts(workbench.page, 'demo-failure');
    await ui.openSidebar();
    await offered();
  });

  after(async () => {
    await ui.picture('last');
    await workbench.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('says what its server said and what to do, and leaves nothing', async () => {
    await tryDemo();
    await ui.notified(/did not start: .*unrecognised option.*noSuchOption.* in a terminal/);
    await ui.picture('1-refused');
    await leftNothing();
    await ui.clearNotifications();
  });

  it('names the error in the log of a server that ends later', async () => {
    await runs(`exec '${mongod}' --keyFile '${path.join(folder, 'no key')}' "$@"`);
    await tryDemo();
    await ui.notified(/did not start: Error creating service context: .*Unable to acquire security key/);
    await ui.picture('2-ended');
    await leftNothing();
    await ui.clearNotifications();
  });

  it('leaves nothing of a server that runs and is no replica set', async () => {
    await runs('shift 2', `exec '${mongod}' "$@"`);
    await tryDemo();
    await ui.notified(/Starting the demo cluster: .*replication/);
    await ui.picture('3-standalone');
    await leftNothing();
    await ui.clearNotifications();
  });

  it('starts once the program does', async () => {
    await runs(`exec '${mongod}' "$@"`);
    await tryDemo();
    await ui.statusBar.filter({ hasText: 'recording,' }).waitFor({ timeout: 60_000 });
    assert.equal(
      (await processes()).some((line) => line.startsWith(mongod)),
      true,
    );
  });
});
