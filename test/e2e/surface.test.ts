import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import manifest from '../../package.json';

const id = 'mongo-rewind.mongo-rewind';

describe('the extension in its host', () => {
  it('activates fast enough not to be noticed', async () => {
    const extension = vscode.extensions.getExtension(id);
    assert.ok(extension);
    const began = performance.now();
    await extension.activate();
    assert.ok(performance.now() - began < 1000, 'activation blocks the host for less than a second');
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
