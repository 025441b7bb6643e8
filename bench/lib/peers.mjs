import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** mongodump and mongorestore from MONGO_TOOLS=DIR or PATH; `undefined` where one of them is missing. */
export function findPeers() {
  const folders = process.env.MONGO_TOOLS
    ? [process.env.MONGO_TOOLS]
    : (process.env.PATH ?? '').split(path.delimiter);
  const find = (name) => folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  const mongodump = find('mongodump');
  const mongorestore = find('mongorestore');
  if (!mongodump || !mongorestore) return undefined;
  const said = execFileSync(mongodump, ['--version'], { encoding: 'utf8' });
  const version = /version:\s*(\S+)/.exec(said)?.[1] ?? 'unknown';
  const commit = /git version:\s*(\S+)/.exec(said)?.[1]?.slice(0, 12);
  return { mongodump, mongorestore, version: commit ? `${version} (${commit})` : version };
}
