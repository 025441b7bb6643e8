import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';

const program = process.platform === 'win32' ? 'mongod.exe' : 'mongod';
const usualFolders = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];

/** The server program of this machine: named by the environment, on PATH, or where installers put it. */
export async function findMongod(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = environment['MONGO_REWIND_MONGOD'];
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const usual = process.platform === 'win32' ? [] : usualFolders;
  const candidates = [
    ...(named ? [named] : []),
    ...[...path, ...usual].map((folder) => join(folder, program)),
  ];
  for (const candidate of candidates) if (await isFile(candidate)) return candidate;
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return await vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
}
