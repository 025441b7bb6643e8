import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** mongodump and mongorestore of the vendor, in MONGO_TOOLS or on PATH; `undefined` where they are not there. */
export function mongoTools(): MongoTools | undefined {
  const folders = [process.env['MONGO_TOOLS'] ?? '', ...(process.env['PATH'] ?? '').split(path.delimiter)];
  for (const folder of folders.filter((f) => f !== '')) {
    const programs = ['mongodump', 'mongorestore'].map((name) => path.join(folder, name));
    const [dump = '', restore = ''] = programs;
    if (programs.every((program) => existsSync(program))) {
      return { dump: (...words) => output(dump, words), restore: (...words) => output(restore, words) };
    }
  }
  return undefined;
}

export interface MongoTools {
  /** Each gives what the program said; rejects where it failed. */
  dump(...words: string[]): Promise<string>;
  restore(...words: string[]): Promise<string>;
}

async function output(program: string, words: readonly string[]): Promise<string> {
  const { stderr } = await run(program, words, { maxBuffer: 16 << 20 });
  return stderr;
}
