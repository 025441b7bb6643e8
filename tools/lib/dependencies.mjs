import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { npm } from './exec.mjs';
import { root } from './paths.mjs';
import { timed } from './say.mjs';

/** Installs node_modules as locked, when they are missing or older than the lock. */
export async function provideDependencies() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  const lock = path.join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  await timed('installing dependencies', () => npm(['ci', '--ignore-scripts'], root));
}
