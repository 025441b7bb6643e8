import { spawn } from 'node:child_process';
import path from 'node:path';
import { npm } from './exec.mjs';
import { installOnce } from './installOnce.mjs';
import { timed } from './say.mjs';

/** Node 24, the version of current VS Code: this very process where it is one, else the npm package of that binary. */
export async function provideNode24() {
  if (isNode24(process.versions.node)) return process.execPath;
  return installNode('24');
}

/** The program of a version such as `24` or `22.15.1`, from the npm package of that binary. */
export async function installNode(version) {
  const folder = await installOnce(`node${version}`, (temporary) =>
    timed(`installing Node ${version}`, () =>
      npm(['install', '--prefix', temporary, `node@${version}`], temporary),
    ),
  );
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(folder, 'node_modules', 'node', 'bin', name);
}

function isNode24(version) {
  return Number(version.split('.')[0]) >= 24;
}

/**
 * Goes on under Node 24: true in a process that already is one; else starts this script again under it, hands over
 * signals and the exit code, and returns false.
 */
export async function underNode24() {
  const node = await provideNode24();
  process.env.PATH = path.dirname(node) + path.delimiter + process.env.PATH;
  if (node === process.execPath) return true;
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ? 1 : code));
  });
  return false;
}
