import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { parseDuration } from '../core/duration';
import { parseSize } from '../core/size';
import type { RetentionChoice } from './pickRetention';
import { settingIds, settingsSection } from './ids';

export interface Settings {
  /** Absolute; `undefined` for the extension's own storage. */
  readonly repositoryFolder: string | undefined;
  /** Whether a passphrase is asked for before a new repository is made. */
  readonly encryptRepositories: boolean;
  /** What repositories are pruned to by themselves; `undefined` for never. */
  readonly retention: RetentionChoice | undefined;
  /** `undefined` for never. */
  readonly verifyEveryMs: number | undefined;
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
    retention: retention(
      settings.get<string>(settingIds.retentionKeep, ''),
      settings.get<string>(settingIds.retentionMaxSize, ''),
    ),
    verifyEveryMs: parseDuration(settings.get<string>(settingIds.verifyEvery, '').trim()),
    resumeRecording: settings.get<boolean>(settingIds.resumeRecording, true),
    markBeforeTasks: settings.get<readonly string[]>(settingIds.markBeforeTasks, []),
    markOnBranchSwitch: settings.get<boolean>(settingIds.markOnBranchSwitch, true),
    lagWarningMs: settings.get<number>(settingIds.lagWarningSeconds, 30) * 1000,
  };
}

/** What cannot be read keeps everything. */
function retention(keep: string, maxSize: string): RetentionChoice | undefined {
  const keepMs = parseDuration(keep.trim());
  const maxBytes = parseSize(maxSize.trim());
  if (keepMs === undefined || (maxBytes === undefined && maxSize.trim() !== '')) return undefined;
  return maxBytes === undefined ? { keepMs } : { keepMs, maxBytes };
}

function absolute(folder: string): string | undefined {
  const trimmed = folder.trim();
  const expanded = /^~(?=$|[\\/])/.test(trimmed) ? join(homedir(), trimmed.slice(1)) : trimmed;
  return isAbsolute(expanded) ? expanded : undefined;
}
