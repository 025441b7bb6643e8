// Bundles the extension, its worker, the command line tool, the timeline webview and, with --tests, every test.
//   node esbuild.mjs [--production | --watch] [--tests | --support]
// --support bundles only those parts of the tests that tools/ runs: starters of servers, the extension tests' runner.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
process.chdir(root);
const flags = new Set(process.argv.slice(2));
const production = flags.has('--production');
const watch = flags.has('--watch');
const require = createRequire(import.meta.url);

/** The driver loads these only when a connection asks for them; where one is missing it says so itself. */
const optionalDriverDependencies = Object.keys(require('mongodb/package.json').peerDependencies);

/** Prints the lines that the `$esbuild-watch` problem matcher waits for. */
const announce = {
  name: 'announce',
  setup(build) {
    build.onStart(() => console.log('[watch] build started'));
    build.onEnd((result) => {
      for (const { text, location } of result.errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: watch ? 'silent' : 'warning',
  plugins: watch ? [announce] : [],
  absWorkingDir: root,
};

const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22.15',
  // One copy of bson: the driver requires it, our modules import it, and the package answers those with two files.
  alias: { bson: path.join(path.dirname(require.resolve('bson')), 'bson.cjs') },
};

const programs = [
  { in: 'src/extension.ts', out: 'dist/extension.js', external: ['vscode'] },
  { in: 'src/worker/main.ts', out: 'dist/worker.js', external: optionalDriverDependencies },
  { in: 'src/cli/main.ts', out: 'dist/cli.js', external: optionalDriverDependencies },
].map((program) => ({
  ...node,
  entryPoints: [program.in],
  outfile: program.out,
  external: program.external,
  banner: program.out === 'dist/cli.js' ? { js: shebangOf(program.in) } : {},
}));

const script = 'webview/timeline/main.ts';
const style = 'webview/timeline/timeline.css';
const scriptImportsStyle =
  existsSync(script) && /import\s+['"][^'"]+\.css['"]/.test(readFileSync(script, 'utf8'));
const webview = {
  ...common,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  entryPoints: [
    { in: script, out: 'timeline' },
    ...(scriptImportsStyle ? [] : [{ in: style, out: 'timeline' }]),
  ],
  outdir: 'dist/webview',
  loader: { '.ttf': 'file', '.svg': 'dataurl' },
  assetNames: '[name]',
};

const supportEntries = ['replicaSet', 'vscodeServer', 'extensionTests'].map(
  (name) => `test/support/${name}.ts`,
);
const testEntries = filesUnder('test').filter(
  (file) => file.endsWith('.test.ts') || file === path.join('test', 'e2e', 'index.ts'),
);

/** One bundle a test file; packages stay outside, so that tests and the driver share them. */
const tests = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  minify: false,
  sourcemap: 'linked',
  packages: 'external',
  entryPoints: [...supportEntries, ...(flags.has('--tests') ? testEntries : [])].map(toEntry),
  outdir: 'dist/test',
};

/** esbuild keeps an entry's own first `#!` line; one is added only where it has none. */
function shebangOf(file) {
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('#!') ? '' : '#!/usr/bin/env node';
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function toEntry(file) {
  return { in: file, out: path.relative('test', file).replace(/\.ts$/, '') };
}

function entryFile(entry) {
  return typeof entry === 'string' ? entry : entry.in;
}

/** Drops entries that do not exist, with a line each; `undefined` when none is left. */
function withExistingEntries(options) {
  const entryPoints = options.entryPoints.filter((entry) => {
    const found = existsSync(entryFile(entry));
    if (!found) console.log(`skipped ${entryFile(entry)}: no such file`);
    return found;
  });
  return entryPoints.length > 0 ? { ...options, entryPoints } : undefined;
}

/** Bundles of tests that were deleted or renamed must not run again. */
function removeStaleTests() {
  const wanted = new Set(tests.entryPoints.map(({ out }) => path.join('dist/test', `${out}.js`)));
  for (const file of filesUnder('dist/test')) {
    if (!file.endsWith('.js') || wanted.has(file)) continue;
    rmSync(file, { force: true });
    rmSync(`${file}.map`, { force: true });
  }
}

const withTests = flags.has('--tests') || flags.has('--support');
const builds = [...programs, webview, ...(withTests ? [tests] : [])]
  .map(withExistingEntries)
  .filter((options) => options !== undefined);
if (flags.has('--tests')) removeStaleTests();

if (watch) {
  const contexts = await Promise.all(builds.map((options) => esbuild.context(options)));
  await Promise.all(contexts.map((context) => context.watch()));
} else {
  const results = await Promise.allSettled(builds.map((options) => esbuild.build(options)));
  if (existsSync('dist/cli.js')) chmodSync('dist/cli.js', 0o755);
  if (results.some(({ status }) => status === 'rejected')) process.exitCode = 1;
}
