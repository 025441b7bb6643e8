import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { settingIds, settingsSection } from './ids';

export interface Settings {
  /** Absolute; `undefined` for the extension's own storage. */
  readonly repositoryFolder: string | undefined;
  /** Whether a passphrase is asked for before a new repository is made. */
  readonly encryptRepositories: boolean;
  readonly resumeRecording: boolean;
  readonly lagWarningMs: number;
  /** Parts of the names of tasks before which a moment is marked. */
  readonly markBeforeTasks: readonly string[];
  readonly markOnBranchSwitch: boolean;
}

export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration(settingsSection);
  return {
    repositoryFolder: absolute(settings.get<string>(settingIds.repositoryFolder, '')),
    encryptRepositories: settings.get<boolean>(settingIds.encryptRepositories, false),
    resumeRecording: settings.get<boolean>(settingIds.resumeRecording, true),
    markBeforeTasks: settings.get<readonly string[]>(settingIds.markBeforeTasks, []),
    markOnBranchSwitch: settings.get<boolean>(settingIds.markOnBranchSwitch, true),
    lagWarningMs: settings.get<number>(settingIds.lagWarningSeconds, 30) * 1000,
  };
}

function absolute(folder: string): string | undefined {
  const trimmed = folder.trim();
  const expanded = /^~(?=$|[\\/])/.test(trimmed) ? join(homedir(), trimmed.slice(1)) : trimmed;
  return isAbsolute(expanded) ? expanded : undefined;
}
