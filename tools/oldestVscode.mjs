// Tests on the oldest VS Code to be had, those of the extension host by default: npm run test:oldest [-- STEP...] [mocha's own options]
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { run } from './lib/exec.mjs';
import { installNode, underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { runMain } from './lib/say.mjs';
import { provideVscodeServer } from './lib/vscode.mjs';

/** VS Code 1.103; the one before it that code-server carries is older than what package.json asks for. */
const codeServer = '4.103.2';
/** Of VS Code 1.101, the oldest that package.json allows. */
const nodeVersion = '22.15.1';

/** The old server gets its ripgrep by an install script, and those stay off: that of the newest serves. */
async function giveSearch(server, newest) {
  const modules = (of) => path.join(of, 'node_modules', '@vscode');
  const from = path.join(modules(newest), 'ripgrep-universal', 'bin', `${process.platform}-${process.arch}`);
  await cp(from, path.join(modules(server), 'ripgrep', 'bin'), { recursive: true });
}

await runMain(async () => {
  if (!(await underNode24())) return;
  await giveSearch(await provideVscodeServer(codeServer), await provideVscodeServer());
  const env = {
    ...process.env,
    MONGO_REWIND_CODE_SERVER: codeServer,
    MONGO_REWIND_VSCODE_NODE: await installNode(nodeVersion),
  };
  const asked = process.argv.slice(2);
  const steps = asked.length === 0 || asked[0].startsWith('-') ? ['build', 'e2e'] : [];
  const args = [path.join(root, 'tools', 'test.mjs'), ...steps, ...asked];
  process.exitCode = (await run(process.execPath, args, { env, show: true })).code;
});
