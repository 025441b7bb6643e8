import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './projectRoot';

const answers = new Map<string, Promise<string>>();

/** The mongod of a version such as `6.0` or `4.4`; the usual one, or MONGO_REWIND_MONGOD, where none is asked for. */
export function mongodBinary(version?: string): Promise<string> {
  const named = process.env['MONGO_REWIND_MONGOD'];
  if (version === undefined && named !== undefined && named !== '') return Promise.resolve(named);
  return provided('mongod', ...(version === undefined ? [] : [version]));
}

/** The folder that holds the VS Code server's `out/server-main.js`. */
export function vscodeServerFolder(): Promise<string> {
  return provided('vscode');
}

export function chromiumBinary(): Promise<string> {
  return provided('chromium');
}

/** Asks the same tool that `npm test` asks, so that a test run by hand finds the same programs. */
function provided(...args: readonly string[]): Promise<string> {
  const key = args.join(' ');
  const known = answers.get(key) ?? ask(args);
  answers.set(key, known);
  return known;
}

async function ask(args: readonly string[]): Promise<string> {
  const tool = path.join(projectRoot, 'tools', 'provide.mjs');
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, [tool, ...args], { env });
  return stdout.trim();
}
