import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { parseDuration } from '../core/duration';
import { parseSize } from '../core/size';
import type { RetentionChoice } from './pickRetention';
import { settingIds, settingsSection } from './ids';

/** A setting with a text that says nothing: it has no effect. */
export interface UnreadableSetting {
  readonly id: string;
  readonly text: string;
}

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
  readonly unreadable: readonly UnreadableSetting[];
}

/** Longer than anything was recorded. */
const foreverMs = Number.MAX_SAFE_INTEGER;

export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration(settingsSection);
  const read = <T>(id: string, parse: (text: string) => T | undefined): Read<T> => {
    const text = settings.get<string>(id, '').trim();
    return { id, text, value: text === '' ? undefined : parse(text) };
  };
  const folder = read(settingIds.repositoryFolder, absolute);
  const keep = read(settingIds.retentionKeep, parseDuration);
  const maxSize = read(settingIds.retentionMaxSize, parseSize);
  const verifyEvery = read(settingIds.verifyEvery, parseDuration);
  return {
    repositoryFolder: folder.value,
    encryptRepositories: settings.get<boolean>(settingIds.encryptRepositories, false),
    retention: retention(keep, maxSize),
    verifyEveryMs: verifyEvery.value,
    resumeRecording: settings.get<boolean>(settingIds.resumeRecording, true),
    markBeforeTasks: settings.get<readonly string[]>(settingIds.markBeforeTasks, []),
    markOnBranchSwitch: settings.get<boolean>(settingIds.markOnBranchSwitch, true),
    lagWarningMs: settings.get<number>(settingIds.lagWarningSeconds, 30) * 1000,
    unreadable: [folder, keep, maxSize, verifyEvery].filter(isUnreadable),
  };
}

/** A setting of text, and what that says. */
interface Read<T> extends UnreadableSetting {
  readonly value: T | undefined;
}

function isUnreadable({ text, value }: Read<unknown>): boolean {
  return text !== '' && value === undefined;
}

/** Either limit is enough; one that cannot be read keeps everything. */
function retention(keep: Read<number>, maxSize: Read<number>): RetentionChoice | undefined {
  if (isUnreadable(keep) || isUnreadable(maxSize)) return undefined;
  if (maxSize.value === undefined) return keep.value === undefined ? undefined : { keepMs: keep.value };
  return { keepMs: keep.value ?? foreverMs, maxBytes: maxSize.value };
}

function absolute(folder: string): string | undefined {
  const expanded = /^~(?=$|[\\/])/.test(folder) ? join(homedir(), folder.slice(1)) : folder;
  return isAbsolute(expanded) ? expanded : undefined;
}
