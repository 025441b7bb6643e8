// Breaks the core in listed places, one at a time in a copy, and asks whether the unit and corpus tests notice.
// npm run test:mutants
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { underNode24 } from './lib/node24.mjs';
import { root } from './lib/paths.mjs';
import { runMain, Stop } from './lib/say.mjs';

/** `from` stands once in the file. docs/ENTRIES.md lists them. */
const mutants = [
  {
    what: 'an array diff does not cut the array',
    file: 'applyDiff.ts',
    from: 'Math.max(length ?? kept.length,',
    to: 'Math.max(before.length,',
  },
  {
    what: 'a diff adds what it set in place once more',
    file: 'applyDiff.ts',
    from: 'if (!replaced.has(addition.name)) result.push(addition);',
    to: 'result.push(addition);',
  },
  {
    what: 'unsetting an element closes the gap in the array',
    file: 'applyModifiers.ts',
    from: 'elements[position] = nullElement(name);',
    to: 'elements.splice(position, 1);',
  },
  {
    what: 'a replacement that holds $v is taken for modifiers',
    file: 'applyUpdate.ts',
    from: "if (findElement(update, '_id')) return 'replacement';",
    to: '',
  },
  {
    what: 'an aborted transaction stays open',
    file: 'transactions.ts',
    from: "case 'abortTransaction':\n        this.#chains.delete(sessionOf(entry));",
    to: "case 'abortTransaction':",
  },
  {
    what: 'operations of a transaction come in the wrong order',
    file: 'transactions.ts',
    from: 'return chain.operations.map(',
    to: 'return chain.operations.toReversed().map(',
  },
  {
    what: 'the number of operations of a transaction is not checked',
    file: 'transactions.ts',
    from: 'if (count !== undefined && count !== chain.operations.length) {',
    to: 'if (count === -1) {',
  },
  {
    what: 'a rename leaves the collection that it replaces',
    file: 'catalogue.ts',
    from: 'if (replaced !== undefined) this.#forget(replaced, operation.ts);',
    to: '',
  },
  {
    what: 'a rename leaves a collection temporary',
    file: 'catalogue.ts',
    from: 'const options = stayTemp ? collection.options : permanent(collection.options);',
    to: 'const options = collection.options;',
  },
  {
    what: 'dropDatabase leaves the views',
    file: 'catalogue.ts',
    from: 'for (const uuid of uuids) this.#forget(uuid, ts);\n    this.#dropViews(database);',
    to: 'for (const uuid of uuids) this.#forget(uuid, ts);',
  },
  {
    what: 'a document that is inserted again keeps its old place',
    file: 'fold.ts',
    from: 'this.#effects.delete(key);\n    this.#effects.set(key, effect);',
    to: 'this.#effects.set(key, effect);',
  },
  {
    what: 'a capped collection holds one document less than its size allows',
    file: 'capped.ts',
    from: 'const exceeds = bytes > limits.bytes ||',
    to: 'const exceeds = bytes >= limits.bytes ||',
  },
];

async function main() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mongo-rewind-mutants-'));
  try {
    for (const part of [
      'src',
      'test/unit',
      'test/support',
      'tools/provide.mjs',
      'tsconfig.json',
      '.mocharc.cjs',
    ]) {
      cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    }
    symlinkSync(path.join(root, 'test', 'corpus'), path.join(folder, 'test', 'corpus'));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const { build } = await import(
      pathToFileURL(path.join(root, 'node_modules', 'esbuild', 'lib', 'main.js')).href
    );
    if (!(await testsPass(build, folder))) throw new Stop('the tests fail with nothing broken');
    const missed = [];
    for (const mutant of mutants) {
      const caught = await isCaught(build, folder, mutant);
      console.log(`${caught ? '✔' : '✘'} ${mutant.what} (src/core/${mutant.file})`);
      if (!caught) missed.push(mutant);
    }
    console.log(`\n${mutants.length - missed.length} passed, ${missed.length} failed`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isCaught(build, folder, { file, from, to }) {
  const target = path.join(folder, 'src', 'core', file);
  const source = readFileSync(target, 'utf8');
  if (source.split(from).length !== 2) throw new Stop(`src/core/${file} does not hold once: ${from}`);
  writeFileSync(target, source.replace(from, to));
  try {
    return !(await testsPass(build, folder));
  } finally {
    writeFileSync(target, source);
  }
}

/** The unit tests of the core and the corpus, up to the first that fails. */
async function testsPass(build, folder) {
  const tests = ['core', 'corpus'].flatMap((kind) =>
    readdirSync(path.join(folder, 'test', 'unit', kind))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => path.join('test', 'unit', kind, name)),
  );
  await build({
    absWorkingDir: folder,
    entryPoints: tests,
    outdir: 'out',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    packages: 'external',
    logLevel: 'error',
  });
  const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const options = ['--no-config', '--bail', '--reporter', 'dot', '--timeout', '120000', 'out/**/*.test.js'];
  return spawnSync(process.execPath, [mocha, ...options], { cwd: folder, stdio: 'ignore' }).status === 0;
}

await runMain(async () => {
  if (await underNode24()) await main();
});
