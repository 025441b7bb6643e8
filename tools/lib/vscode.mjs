import { existsSync } from 'node:fs';
import path from 'node:path';
import { findOnPath, npm } from './exec.mjs';
import { installOnce } from './installOnce.mjs';
import { timed } from './say.mjs';

const newest = '4.139.1'; // carries VS Code 1.139.1
const macCommand = '/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code';

/**
 * The folder of a real VS Code server with its web workbench, of a release of code-server. Install scripts stay off: they would build native
 * modules, which only terminals need.
 */
export async function provideVscodeServer(version = process.env.MONGO_REWIND_CODE_SERVER ?? newest) {
  const folder = await installOnce(`code-server-${version}`, (temporary) =>
    timed('installing the VS Code server', async () => {
      await npm(['install', '--prefix', temporary, '--ignore-scripts', `code-server@${version}`], temporary);
      await npm(['install', '--omit=dev', '--ignore-scripts'], serverFolder(temporary));
    }),
  );
  return serverFolder(folder);
}

/** The `code` command of a desktop VS Code, not that of a remote terminal. */
export function findDesktopCode() {
  const desktop = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!desktop) return undefined;
  return findOnPath('code', 'code-insiders', 'codium') ?? (existsSync(macCommand) ? macCommand : undefined);
}

function serverFolder(folder) {
  return path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}
