import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Logger } from '../../src/host/logger';
import { readSettings } from '../../src/host/settings';
import { UnreadableSettings } from '../../src/host/unreadableSettings';

describe('settings, as VS Code holds them', () => {
  const given = ['retention.keep', 'retention.maxSize', 'verifyEvery', 'repositoryFolder'] as const;
  const set = async (values: Partial<Record<(typeof given)[number], string>>): Promise<void> => {
    for (const name of given)
      await vscode.workspace
        .getConfiguration('mongoRewind')
        .update(name, values[name], vscode.ConfigurationTarget.Global);
  };

  afterEach(async () => {
    await set({});
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('limits by age, by size, or by both', async () => {
    await set({ 'retention.keep': '7d' });
    assert.deepEqual(readSettings().retention, { keepMs: 7 * 86_400_000 });
    await set({ 'retention.keep': '7d', 'retention.maxSize': '20G' });
    assert.deepEqual(readSettings().retention, { keepMs: 7 * 86_400_000, maxBytes: 20e9 });
    await set({ 'retention.keep': '', 'retention.maxSize': '1.5GB' });
    const { retention } = readSettings();
    assert.equal(retention?.maxBytes, 1.5e9);
    assert.ok(retention.keepMs > Date.now());
    await set({ 'retention.keep': '' });
    assert.deepEqual([readSettings().retention, readSettings().unreadable], [undefined, []]);
  });

  it('tells which it cannot read, once each, and prunes nothing then', async () => {
    const warned: unknown[][] = [];
    const ignore = () => undefined;
    const log: Logger = {
      ...{ trace: ignore, debug: ignore, info: ignore, error: ignore },
      warn: (_, ...facts) => void warned.push(facts),
    };
    await set({ 'retention.keep': '0d', repositoryFolder: 'backups' });
    const told = new UnreadableSettings(log);
    assert.deepEqual([readSettings().retention, readSettings().repositoryFolder], [undefined, undefined]);
    await set({ 'retention.keep': '0d', 'retention.maxSize': '0', verifyEvery: 'daily' });
    told.dispose();
    assert.deepEqual(warned, [
      ['repositoryFolder', 'backups'],
      ['retention.keep', '0d'],
      ['retention.maxSize', '0'],
      ['verifyEvery', 'daily'],
    ]);
  });

  it('knows the home folder', async () => {
    await set({ repositoryFolder: ' ~/rewind ' });
    assert.equal(readSettings().repositoryFolder, path.join(homedir(), 'rewind'));
    assert.deepEqual(readSettings().unreadable, []);
  });
});
