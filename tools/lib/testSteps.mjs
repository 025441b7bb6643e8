export const mocha = 'node_modules/mocha/bin/mocha.js';
const bundles = (kind) => [mocha, `dist/test/${kind}/**/*.test.js`];
const tsc = 'node_modules/typescript/bin/tsc';

/**
 * What `npm test` runs, in this order. Mocha is stopped after `limitMinutes` (10 by default), so that nothing hangs for ever.
 * Programs are started by their files, since node_modules/.bin is for shells. */
export const steps = [
  {
    name: 'types',
    title: 'types',
    commands: [
      [tsc, '--noEmit', '-p', 'tsconfig.json'],
      [tsc, '--noEmit', '-p', 'tsconfig.core.json'],
    ],
  },
  {
    name: 'lint',
    title: 'lint',
    commands: [['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']],
  },
  {
    name: 'format',
    title: 'format',
    commands: [['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  },
  {
    name: 'layers',
    title: 'layers',
    commands: [
      [
        'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
        '--config',
        '.dependency-cruiser.cjs',
        'src',
        'webview',
        'test',
      ],
    ],
  },
  {
    name: 'unused',
    title: 'unused code',
    commands: [['node_modules/knip/bin/knip.js', '--no-config-hints']],
  },
  { name: 'build', title: 'build', commands: [['esbuild.mjs', '--tests']] },
  { name: 'unit', title: 'unit tests', mocha: bundles('unit'), sources: 'test/unit/**/*.test.ts' },
  {
    name: 'integration',
    title: 'integration tests, on a real server',
    mocha: bundles('integration'),
    sources: 'test/integration/**/*.test.ts',
    limitMinutes: 40,
    needs: ['mongod'],
  },
  {
    name: 'e2e',
    title: 'tests in the extension host',
    mocha: ['--enable-source-maps', 'dist/test/support/extensionTests.js'],
    needs: ['mongod', 'vscode', 'chromium'],
  },
  {
    name: 'browser',
    title: 'tests of the workbench in a browser',
    mocha: bundles('browser'),
    limitMinutes: 20,
    needs: ['mongod', 'vscode', 'chromium'],
  },
];
