import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Fills the folder with the vendor's own build, by way of mongodb-memory-server, which knows every platform's. */
export async function fillFromDownload({ version }, folder) {
  process.env.MONGOMS_MAX_RETRIES ??= '1';
  const require = createRequire(import.meta.url);
  const { MongoBinary } = require('mongodb-memory-server-core/lib/util/MongoBinary');
  const downloads = mkdtempSync(path.join(folder, 'download-'));
  const binary = await MongoBinary.getPath({ version, downloadDir: downloads });
  const target = path.join(folder, path.extname(binary) === '.exe' ? 'mongod.exe' : 'mongod');
  renameSync(binary, target);
  chmodSync(target, 0o755);
  rmSync(downloads, { recursive: true, force: true });
}
