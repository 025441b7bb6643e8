import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Connection } from '../../src/host/connections';
import { encryptionOf } from '../../src/storage/repository';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { waitFor } from '../support/waitFor';

const command = <T>(name: string, argument: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);

const passphrase = 'correct horse battery staple';

/** What a command answers once the prompt that it opens is left. */
async function turnedAway<T>(run: Thenable<T>): Promise<T> {
  let answer: { readonly value: T } | undefined;
  void run.then((value) => (answer = { value }));
  return (
    await waitFor('the prompt to be left', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return answer;
    })
  ).value;
}

describe('a connection that is added with the wish for encryption', () => {
  let set: ReplicaSet;
  let folder: string;
  let repository: string;
  let connection: string;

  before(async () => {
    set = await startReplicaSet();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-wish-'));
    repository = path.join(folder, 'repository');
    const given = { uri: set.uri, name: 'Wish', repository, encrypted: true };
    connection = await command<string>('addConnection', given);
  });

  after(async () => {
    await command('removeConnection', { connection, deleteRepository: true });
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps it, whatever of the connection is edited', async () => {
    const uri = `${set.uri}${set.uri.includes('?') ? '&' : '?'}appName=edited`;
    for (const change of [
      { name: 'Renamed' },
      { color: 'red' },
      { color: 'none' },
      { protected: true },
      { uri },
    ])
      assert.equal(
        (await command<Connection>('editConnection', { connection, ...change })).encrypted,
        true,
        Object.keys(change).join(),
      );
  });

  it('makes no repository without a passphrase', async () => {
    assert.equal(await turnedAway(command('startRecording', { connection })), false);
    assert.equal(await turnedAway(command('takeSnapshot', { connection })), undefined);
    assert.equal(existsSync(repository), false);
  });

  it('makes an encrypted one with it', async () => {
    assert.equal(await command('setPassphrase', { connection, passphrase }), true);
    assert.ok(await command('takeSnapshot', { connection }));
    assert.equal((await encryptionOf(repository, undefined)).state, 'encrypted');
  });
});

describe('the setting that new repositories are encrypted', () => {
  const settings = () => vscode.workspace.getConfiguration('mongoRewind');
  let set: ReplicaSet;
  let folder: string;
  const added: string[] = [];

  const repository = (name: string) => path.join(folder, name);
  const stateOf = async (name: string) => (await encryptionOf(repository(name), undefined)).state;
  const add = async (name: string): Promise<string> => {
    const given = { uri: `${set.uri}&appName=${name}`, name, repository: repository(name) };
    const connection = await command<string>('addConnection', given);
    added.push(connection);
    return connection;
  };

  before(async () => {
    set = await startReplicaSet();
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-setting-'));
  });

  after(async () => {
    await settings().update('encryptRepositories', undefined, vscode.ConfigurationTarget.Global);
    for (const connection of added) await command('removeConnection', { connection, deleteRepository: true });
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('leaves a plain repository plain, without a question', async () => {
    const connection = await add('before');
    assert.ok(await command('takeSnapshot', { connection }));
    await settings().update('encryptRepositories', true, vscode.ConfigurationTarget.Global);
    assert.ok(await command('takeSnapshot', { connection }));
    assert.equal(await stateOf('before'), 'plain');
  });

  it('makes a new one with a passphrase alone', async () => {
    const connection = await add('after');
    assert.equal(await turnedAway(command('startRecording', { connection })), false);
    assert.equal(await turnedAway(command('takeSnapshot', { connection })), undefined);
    assert.equal(await stateOf('after'), 'absent');
    assert.equal(await command('setPassphrase', { connection, passphrase }), true);
    assert.ok(await command('takeSnapshot', { connection }));
    assert.equal(await stateOf('after'), 'encrypted');
  });
});
