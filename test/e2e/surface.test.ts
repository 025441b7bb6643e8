import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import manifest from '../../package.json';
import { projectRoot } from '../support/projectRoot';

const id = 'mongo-rewind.mongo-rewind';
const bundle = path.join(projectRoot, 'dist', 'extension.js');

describe('the extension in its host', () => {
  it('loads and activates in a moment', async function () {
    await vscode.extensions.getExtension(id)?.activate();
    const activation = performance.getEntriesByName('mongo-rewind.activate')[0];
    assert.ok(activation);
    const loadMs = timeToLoad(bundle);
    if (this.test) this.test.title += `: ${Math.round(loadMs)} + ${Math.round(activation.duration)} ms`;
  });

  it('loads no package and little of Node to do so: the engine is the worker that the first job starts', async () => {
    const text = await readFile(bundle, 'utf8');
    const loaded = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(loaded)].sort(), [
      'node:crypto',
      'node:os',
      'node:path',
      'node:timers/promises',
      'node:worker_threads',
      'vscode',
    ]);
    assert.doesNotMatch(text, /^\/\/ node_modules\//m);
    assert.ok(text.length < 400_000);
  });

  it('registers every command it declares', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.map((c) => c.command).filter((c) => !registered.has(c));
    assert.deepEqual(missing, []);
  });

  it('gives other extensions a small API', async () => {
    const api: unknown = await vscode.extensions.getExtension(id)?.activate();
    assert.ok(typeof api === 'object' && api !== null);
    assert.deepEqual(Object.keys(api).sort(), ['listRanges', 'mark', 'preview']);
  });

  it('serves its file system read-only', () => {
    assert.equal(vscode.workspace.fs.isWritableFileSystem('mongo-rewind'), false);
  });

  it('refuses a connection string that is none, and keeps nothing', async () => {
    const added = await vscode.commands.executeCommand('mongoRewind.addConnection', {
      uri: 'postgres://localhost',
    });
    assert.equal(added, undefined);
  });
});

/** Loads one more copy, which is forgotten again. */
function timeToLoad(file: string): number {
  const require = createRequire(file);
  const loaded = require.cache[file];
  Reflect.deleteProperty(require.cache, file);
  const began = performance.now();
  require(file);
  const ms = performance.now() - began;
  if (loaded) require.cache[file] = loaded;
  return ms;
}
