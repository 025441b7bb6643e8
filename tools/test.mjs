// Everything that must hold, on any machine: npm test [-- STEP...] [--all] [--coverage] [mocha's own options]
// Steps: types lint format layers unused build unit integration e2e browser; `check` is the first five.
// The last line is always `N passed, N failed`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseTestArguments } from './lib/testArguments.mjs';
import { provideChromium } from './lib/chromium.mjs';
import { provideDependencies } from './lib/dependencies.mjs';
import { run } from './lib/exec.mjs';
import { provideMongod, versionOf } from './lib/mongod.mjs';
import { underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { seconds, Stop } from './lib/say.mjs';
import { mocha, steps } from './lib/testSteps.mjs';
import { provideVscodeServer } from './lib/vscode.mjs';

const providers = {
  async mongod() {
    process.env.MONGO_REWIND_MONGOD = await provideMongod();
    return `mongod ${await versionOf(process.env.MONGO_REWIND_MONGOD)}`;
  },
  async vscode() {
    if (process.env.MONGO_REWIND_DESKTOP === '1') return 'desktop VS Code';
    await provideVscodeServer();
    return 'VS Code server';
  },
  async chromium() {
    process.env.MONGO_REWIND_CHROMIUM = await provideChromium();
    return 'Chromium';
  },
};

/** c8 adds each run to those before it and reports what they cover together. */
const measure = [
  ...['node_modules/c8/bin/c8.js', '--clean=false', '--reporter=text', '--reporter=html'],
  ...['--all', '--include=src/**', '--include=webview/**'],
];

async function main() {
  const { names, goOn, coverage, mochaOptions } = parseTestArguments(process.argv.slice(2), steps);
  process.chdir(root);
  const wanted = steps.filter((step) => names.has(step.name));
  await setUp(wanted);
  if (coverage) rmSync('coverage', { recursive: true, force: true });
  const totals = { passed: 0, failed: 0 };
  const failedSteps = [];
  for (const step of wanted) {
    console.log(`\n${bold(`▶ ${step.title}`)}`);
    const start = performance.now();
    const passed = step.mocha
      ? await runMocha(step, { coverage, mochaOptions, totals })
      : await runCommands(step.commands);
    const mark = passed ? '✔' : '✘';
    console.log(`${mark} ${step.name} (${seconds(performance.now() - start)})`);
    if (passed) continue;
    failedSteps.push(step.name);
    if (!goOn) break;
  }
  if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(', ')}`);
  if (failedSteps.length > 0) process.exitCode = 1;
  return totals;
}

/** Brings what the wanted steps need, before the first of them runs. */
async function setUp(wanted) {
  await provideDependencies();
  const needs = new Set(wanted.flatMap((step) => step.needs ?? []));
  const ready = [`Node ${process.versions.node}`];
  for (const need of needs) ready.push(await providers[need]());
  console.log(`with ${ready.join(', ')}`);
}

async function runCommands(commands) {
  for (const [program, ...args] of commands) {
    const { code } = await run(process.execPath, [program, ...args], { show: true });
    if (code !== 0) return false;
  }
  return true;
}

/** Runs mocha, which writes its totals to a file; a run that wrote none counts as one failure. */
async function runMocha(step, { coverage, mochaOptions, totals }) {
  const results = path.join(root, 'test-results', `${step.name}.json`);
  mkdirSync(path.dirname(results), { recursive: true });
  rmSync(results, { force: true });
  const env = { ...process.env, MONGO_REWIND_RESULTS: results };
  const measured = coverage && step.sources;
  if (measured)
    env.NODE_OPTIONS = `--import=${pathToFileURL(path.join(root, 'tools', 'typescriptHooks.mjs')).href}`;
  const command = measured ? [...measure, mocha, step.sources] : step.mocha;
  const limitMs = (step.limitMinutes ?? 10) * 60_000;
  const { code, late } = await run(process.execPath, [...command, ...mochaOptions], {
    env,
    show: true,
    limitMs,
  });
  if (late) console.log(`✘ ${step.name} was stopped: it took more than ${step.limitMinutes ?? 10} minutes`);
  const written = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : { passed: 0, failed: 1 };
  totals.passed += written.passed;
  totals.failed += written.failed;
  return code === 0 && written.failed === 0;
}

function bold(text) {
  return process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text;
}

let totals = { passed: 0, failed: 0 };
try {
  if (await underNode24()) totals = await main();
  else totals = undefined; // the other process has said it
} catch (error) {
  console.log(error instanceof Stop ? `✘ ${error.message}` : error);
  process.exitCode = 1;
}
if (totals) console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
