import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where everything that is fetched once stays; outside the repository, shared by all its clones. */
export function cacheFolder() {
  if (process.env.MONGO_REWIND_CACHE) return path.resolve(process.env.MONGO_REWIND_CACHE);
  return path.join(platformCacheFolder(), 'mongo-rewind');
}

function platformCacheFolder() {
  const home = os.homedir();
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches');
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local');
  return process.env.XDG_CACHE_HOME ?? path.join(home, '.cache');
}
