import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { settingIds, settingsSection } from './ids';

export interface Settings {
  /** Absolute; `undefined` for the extension's own storage. */
  readonly repositoryFolder: string | undefined;
  readonly resumeRecording: boolean;
  readonly lagWarningMs: number;
}

export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration(settingsSection);
  return {
    repositoryFolder: absolute(settings.get<string>(settingIds.repositoryFolder, '')),
    resumeRecording: settings.get<boolean>(settingIds.resumeRecording, true),
    lagWarningMs: settings.get<number>(settingIds.lagWarningSeconds, 30) * 1000,
  };
}

function absolute(folder: string): string | undefined {
  const trimmed = folder.trim();
  const expanded = /^~(?=$|[\\/])/.test(trimmed) ? join(homedir(), trimmed.slice(1)) : trimmed;
  return isAbsolute(expanded) ? expanded : undefined;
}
