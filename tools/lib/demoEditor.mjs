import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './paths.mjs';
import { findDesktopCode } from './vscode.mjs';

/**
 * Opens VS Code on the workspace with this extension: the desktop's own where there is one, else a server whose
 * workbench a browser shows.
 * @returns {Promise<{url?: string, ended?: Promise<void>, close(): Promise<void>}>}
 */
export async function openEditor({ workspace, temporary, env, startVscodeServer, web }) {
  const code = web ? undefined : findDesktopCode();
  return code
    ? openDesktop(code, { workspace, temporary, env })
    : openServer({ workspace, env, startVscodeServer });
}

function openDesktop(code, { workspace, temporary, env }) {
  const args = [
    ...['--new-window', '--wait', '--disable-workspace-trust', `--extensionDevelopmentPath=${root}`],
    ...[
      '--user-data-dir',
      path.join(temporary, 'vscode'),
      '--extensions-dir',
      path.join(temporary, 'extensions'),
    ],
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const child = spawn(code, [...args, workspace], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
    shell: process.platform === 'win32',
  });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
  return {
    ended,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function openServer({ workspace, env, startVscodeServer }) {
  const server = await startVscodeServer({ env, settings: { 'workbench.startupEditor': 'readme' } });
  return {
    url: server.workbenchUrl({ workspace, extensionDevelopmentPath: root }),
    close: () => server.close(),
  };
}
