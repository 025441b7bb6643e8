// The demo, in one command: npm start [-- --web] [--headless-check [SECONDS]]
// A shop on a replica set of its own, live writes, an accident, and VS Code with Mongo Rewind recording all of it.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEditor } from './lib/demoEditor.mjs';
import { provideDependencies } from './lib/dependencies.mjs';
import { mustRun } from './lib/exec.mjs';
import { provideMongod, versionOf } from './lib/mongod.mjs';
import { underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { runMain, say, Stop } from './lib/say.mjs';
import { findDesktopCode, provideVscodeServer } from './lib/vscode.mjs';

const flags = process.argv.slice(2);
const headless = flags.includes('--headless-check');
const web = headless || flags.includes('--web');
const headlessLimitMs = 1000 * Number(flags[flags.indexOf('--headless-check') + 1] ?? 120);
const migrationDelayMs = headless ? 5_000 : 45_000;

async function main() {
  await provideDependencies();
  process.env.MONGO_REWIND_MONGOD = await provideMongod();
  if (web || !findDesktopCode()) await provideVscodeServer();
  await mustRun(process.execPath, ['esbuild.mjs', '--support'], { cwd: root });

  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
  const cleanups = [];
  try {
    await demo(stop, cleanups);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    say('\nstopping…');
    for (const cleanup of cleanups.reverse()) await cleanup().catch((error) => say(`  ${error.message}`));
    say('✔ everything is stopped and removed');
  }
}

async function demo(stop, cleanups) {
  const { startReplicaSet, startVscodeServer } = loadSupport();
  const { MongoClient } = await import('mongodb');
  const { seedShop } = await import('./demo/seedShop.mjs');
  const { writeLive } = await import('./demo/liveWrites.mjs');

  const temporary = mkdtempSync(path.join(os.tmpdir(), 'mongo-rewind-demo-'));
  cleanups.push(async () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
  const workspace = path.join(temporary, 'demo-shop');
  const repository = path.join(temporary, 'repository');
  mkdirSync(repository);
  cpSync(path.join(root, 'tools', 'demo', 'workspace'), workspace, { recursive: true });

  const set = await startReplicaSet({ name: 'shop' });
  cleanups.push(() => set.stop());
  const client = new MongoClient(set.uri);
  cleanups.push(() => client.close());
  const shop = await seedShop(client.db('shop'), Date.now());
  const { products, customers, orders } = shop.counts;
  const server = `mongod ${await versionOf(process.env.MONGO_REWIND_MONGOD)}`;
  say(`✔ shop: ${products} products, ${customers} customers, ${orders} orders; ${server} at ${set.uri}`);

  const writing = writeLive(client.db('shop'), shop, stop.signal).catch((error) =>
    say(`✘ live writes: ${error.message}`),
  );
  cleanups.push(async () => {
    stop.abort();
    await writing;
  });
  say('✔ live writes: about three a second');

  const env = { MONGO_REWIND_DEMO_URI: set.uri, MONGO_REWIND_DEMO_REPO: repository };
  const editor = await openEditor({ workspace, temporary, env, startVscodeServer, web });
  cleanups.push(() => editor.close());
  editor.ended?.then(() => stop.abort());
  say(editor.url ? `\n  Open this in a browser:\n  ${editor.url}\n` : '✔ VS Code is open on the demo shop');
  say('  Ctrl-C stops all of it.\n');

  const look = headless ? await openHeadless(editor.url, cleanups) : undefined;
  await story(client, repository, stop.signal);
  if (look) await finishHeadlessCheck(look, stop);
  await untilAborted(stop.signal);
}

/** Waits until the recorder has its base snapshot, then lets the accident happen and says when. */
async function story(client, repository, signal) {
  const { runBadMigration } = await import('./demo/badMigration.mjs');
  say('… waiting for Mongo Rewind to record');
  const deadline = headless ? Date.now() + headlessLimitMs : Infinity;
  while (!isRecording(repository)) {
    if (Date.now() > deadline) throw new Stop(`nothing was recorded in ${headlessLimitMs / 1000} s`);
    await pause(250, undefined, { signal });
  }
  say(`✔ recording; a migration runs in ${migrationDelayMs / 1000} s`);
  await pause(migrationDelayMs, undefined, { signal });
  const { startedAt, before, through, productsSpoiled, ordersDeleted } = await runBadMigration(client);
  say(`\n✘ ${startedAt.toLocaleTimeString()}  migrations/0042-tidy-up.js ran (${startedAt.toISOString()})`);
  say(`    updateMany: ${productsSpoiled} prices in shop.products are text now`);
  say(`    deleteMany: ${ordersDeleted} orders are gone from shop.orders`);
  say(`    cluster time just before ${before}, at its end ${through}`);
  say('\n  Now open the timeline of "Demo shop" in Mongo Rewind, and go back.\n');
}

/** A base snapshot is complete, and a segment of the oplog is being written. */
function isRecording(repository) {
  if (!existsSync(repository)) return false;
  const files = readdirSync(repository, { recursive: true }).map(String);
  return (
    files.some((file) => path.basename(file) === 'manifest.json') &&
    files.some((file) => file.endsWith('.bson.zst') && file.includes(`oplog${path.sep}`))
  );
}

function loadSupport() {
  const require = createRequire(import.meta.url);
  return {
    ...require('../dist/test/support/replicaSet.js'),
    ...require('../dist/test/support/vscodeServer.js'),
  };
}

/** A workbench in a headless browser takes the place of the person. */
async function openHeadless(url, cleanups) {
  const { provideChromium } = await import('./lib/chromium.mjs');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: await provideChromium(), args: ['--no-sandbox'] });
  cleanups.push(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: 60_000 });
  return page;
}

async function finishHeadlessCheck(page, stop) {
  const picture = path.join(root, 'test-results', 'demo.png');
  try {
    const tab = page.locator('.activitybar').getByRole('tab', { name: /^Mongo Rewind/ });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await page.locator('.sidebar').getByText('Demo shop').waitFor({ timeout: 30_000 });
  } finally {
    await page.screenshot({ path: picture });
    say(`  ${path.relative(root, picture)} shows what was seen`);
  }
  say('✔ the demo works');
  stop.abort();
}

function untilAborted(signal) {
  return new Promise((resolve) => {
    // A timer keeps the process alive: on the desktop nothing else may.
    const alive = setInterval(() => undefined, 60_000);
    const done = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

await runMain(async () => {
  if (await underNode24()) await main();
});
