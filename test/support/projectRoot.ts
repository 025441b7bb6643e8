import { existsSync } from 'node:fs';
import path from 'node:path';

/** The repository's folder, wherever the bundled test runs from. */
export const projectRoot = findRoot(typeof __dirname === 'string' ? __dirname : process.cwd());

function findRoot(folder: string): string {
  if (existsSync(path.join(folder, 'tools', 'provide.mjs'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`the tests run outside of the repository`);
  return findRoot(parent);
}
