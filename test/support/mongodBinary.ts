import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './projectRoot';

const found = new Map<string, Promise<string>>();

/** The mongod of a version such as `6.0` or `4.4`; the usual one, or MONGO_REWIND_MONGOD, where none is asked for. */
export function mongodBinary(version?: string): Promise<string> {
  const key = version ?? '';
  const known = found.get(key) ?? ask(version);
  found.set(key, known);
  return known;
}

async function ask(version: string | undefined): Promise<string> {
  const named = process.env['MONGO_REWIND_MONGOD'];
  if (version === undefined && named !== undefined && named !== '') return named;
  const tool = path.join(projectRoot, 'tools', 'mongod.mjs');
  const args = version === undefined ? [tool] : [tool, version];
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim();
}
