import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  it('activates without an error', async () => {
    const extension = vscode.extensions.getExtension('mongo-rewind.mongo-rewind');
    assert.ok(extension, 'the extension is installed under its own id');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
