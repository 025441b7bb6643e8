import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './paths.mjs';

const dayMs = 24 * 60 * 60 * 1000;

/** The cached folder of that name where it is there; a folder that exists is complete. */
export function cached(name) {
  const folder = path.join(cacheFolder(), name);
  return existsSync(folder) ? folder : undefined;
}

/**
 * The cached folder `name`, filled by `fill(temporaryFolder)` when it is not there yet. It appears by one rename,
 * so that a killed or a second install at the same time does no harm.
 */
export async function installOnce(name, fill) {
  const present = cached(name);
  if (present) return present;
  mkdirSync(cacheFolder(), { recursive: true });
  removeAbandoned();
  const target = path.join(cacheFolder(), name);
  const temporary = path.join(cacheFolder(), `.new-${name}-${process.pid}-${Date.now()}`);
  mkdirSync(temporary);
  try {
    await fill(temporary);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (existsSync(target)) return target; // somebody else was faster
    throw error;
  }
  return target;
}

function removeAbandoned() {
  for (const name of readdirSync(cacheFolder()).filter((entry) => entry.startsWith('.new-'))) {
    const folder = path.join(cacheFolder(), name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > dayMs) rmSync(folder, { recursive: true, force: true });
  }
}
