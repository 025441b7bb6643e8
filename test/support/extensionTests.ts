import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './projectRoot';
import { waitFor } from './waitFor';
import { openWorkbench } from './workbench';

const results = process.env['MONGO_REWIND_RESULTS'] ?? path.join(projectRoot, 'test-results', 'e2e.json');
const report = `${results}.txt`;
/** Stands in for the extension that opens previews. */
const mongodbExtension = path.join(projectRoot, 'test', 'support', 'mongodb.mongodb-vscode-0.0.1');
const testsPath = path.join(projectRoot, 'dist', 'test', 'e2e', 'index.js');
const limitMs = 15 * 60_000;

/** What `test/e2e/index.ts` reads: where results and the spoken report go, and which tests to run. */
const env = {
  MONGO_REWIND_RESULTS: results,
  MONGO_REWIND_REPORT: report,
  MONGO_REWIND_GREP: grepOf(process.argv),
};

/** Runs the extension-host tests in the desktop VS Code that `@vscode/test-electron` downloads. */
async function runInDesktop(): Promise<void> {
  const { runTests } = await import('@vscode/test-electron');
  await runTests({
    extensionDevelopmentPath: [projectRoot, mongodbExtension],
    extensionTestsPath: testsPath,
    extensionTestsEnv: env,
    launchArgs: ['--disable-workspace-trust', '--disable-extensions'],
  });
}

/** Runs them in the extension host of a VS Code server, which a workbench in a browser starts. */
async function runInServer(): Promise<void> {
  const hostLines: string[] = [];
  await using workbench = await openWorkbench({
    extensionTestsPath: testsPath,
    otherExtensions: [mongodbExtension],
    env,
    onConsole: (message) => void hostLines.push(`${message.type()}: ${message.text()}`),
  });
  const shown = { characters: 0 };
  try {
    await waitFor('the extension tests to end', () => (showReport(shown), existsSync(results)), {
      timeoutMs: limitMs,
      everyMs: 300,
    });
    showReport(shown);
  } catch (error) {
    console.error(hostLines.slice(-30).join('\n'));
    console.error(workbench.server.log.slice(-10).join('\n'));
    throw error;
  }
}

/** Passes on what the tests have said since the last time. */
function showReport(shown: { characters: number }): void {
  if (!existsSync(report)) return;
  const text = readFileSync(report, 'utf8');
  process.stdout.write(text.slice(shown.characters));
  shown.characters = text.length;
}

function grepOf(argv: readonly string[]): string {
  const flag = argv.findIndex((arg) => arg === '--grep' || arg === '-g');
  return flag === -1 ? '' : (argv[flag + 1] ?? '');
}

async function main(): Promise<void> {
  mkdirSync(path.dirname(results), { recursive: true });
  rmSync(results, { force: true });
  rmSync(report, { force: true });
  await (process.env['MONGO_REWIND_DESKTOP'] === '1' ? runInDesktop() : runInServer());
  const { failed } = JSON.parse(readFileSync(results, 'utf8')) as { failed: number };
  if (failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
