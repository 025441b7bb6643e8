// Builds the VSIX: npm run package [-- vsce's own options]
import { provideDependencies } from './lib/dependencies.mjs';
import { run } from './lib/exec.mjs';
import { underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  if (!(await underNode24())) return;
  await provideDependencies();
  // Nothing is fetched, and links stay relative: the project names no host of its own.
  const args = ['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  args.push(...process.argv.slice(2));
  const { code } = await run(process.execPath, ['node_modules/@vscode/vsce/vsce', ...args], {
    cwd: root,
    show: true,
  });
  process.exitCode = code;
});
