// The integration tests on each server version to be had here: npm run test:matrix [-- VERSION...] [mocha's own options]
import { spawn } from 'node:child_process';
import path from 'node:path';
import { provideDependencies } from './lib/dependencies.mjs';
import { provideMongod, versionOf } from './lib/mongod.mjs';
import { matrix } from './lib/mongodReleases.mjs';
import { underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { runMain, say, Stop } from './lib/say.mjs';

const total = /^(\d+) passed, (\d+) failed$/;

async function main() {
  const args = process.argv.slice(2);
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const versions = firstOption === -1 ? args : args.slice(0, firstOption);
  const options = firstOption === -1 ? [] : args.slice(firstOption);
  await provideDependencies();
  const rows = [];
  for (const request of versions.length > 0 ? versions : matrix) rows.push(await testOn(request, options));
  console.log('');
  for (const { request, passed, failed, missing } of rows) {
    console.log(
      missing
        ? `mongod ${request}: not to be had here`
        : `mongod ${request}: ${passed} passed, ${failed} failed`,
    );
  }
  const ran = rows.filter((row) => !row.missing);
  if (ran.length === 0 || (versions.length > 0 && ran.length < rows.length)) process.exitCode = 1;
  if (ran.some((row) => row.failed > 0)) process.exitCode = 1;
  const sum = (key) => ran.reduce((all, row) => all + row[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
}

async function testOn(request, options) {
  let mongod;
  try {
    mongod = await provideMongod(request);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(`✘ ${error.message}`);
    return { request, missing: true, passed: 0, failed: 0 };
  }
  console.log(`\n▶ mongod ${await versionOf(mongod)}`);
  return { request, ...(await testWith(mongod, options)) };
}

/** Runs the integration tests as `npm test` does; their totals are its last line. */
function testWith(mongod, options) {
  const args = [path.join(root, 'tools', 'test.mjs'), 'integration', ...options];
  const env = { ...process.env, MONGO_REWIND_MONGOD: mongod };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const [, passed, failed] = total.exec(output.trim().split('\n').at(-1)) ?? [];
      const counted = { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
      resolve(code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted);
    });
  });
}

await runMain(async () => {
  if (await underNode24()) await main();
});
