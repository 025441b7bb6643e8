import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { MongoRewindApi } from '../../src/host/api';

const command = <T>(name: string, argument?: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);

describe('the demo cluster, asked for twice at once', () => {
  it('is started once', async () => {
    const extension = vscode.extensions.getExtension<MongoRewindApi>('mongo-rewind.mongo-rewind');
    const before = await (await extension?.activate())?.listRanges();
    const [connection, again] = await Promise.all([command<string>('tryDemo'), command<string>('tryDemo')]);
    try {
      assert.ok(connection);
      assert.equal(again, connection);
      assert.equal((await extension?.exports.listRanges())?.length, (before?.length ?? 0) + 1);
    } finally {
      await command('removeConnection', { connection, deleteRepository: true });
    }
  });
});
