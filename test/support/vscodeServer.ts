import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { vscodeServerFolder } from './provided';
import { Reaper } from './reaper';

const startTimeoutMs = 60_000;
const shutdownGraceMs = 8_000;
const keptLines = 200;
/** Old servers want the Node of their time, which their extension host is then, too. */
const oldNode = process.env['MONGO_REWIND_VSCODE_NODE'];
const node = oldNode ?? process.execPath;
/** Without it new workbenches load no extension under development; with it old ones refuse every dialog. */
const driver = oldNode === undefined ? ['--enable-smoke-test-driver'] : [];

export interface VscodeServerOptions {
  /** User settings, added to quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to this process's environment; the extension host sees it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of further extensions, put where installed ones are. */
  readonly otherExtensions?: readonly string[];
  /** Packaged extensions, installed as users install them. */
  readonly vsix?: readonly string[];
  /** Asks for trust, so that a workspace opens in restricted mode. */
  readonly restricted?: boolean;
  /** A fixed port; a free one by default. */
  readonly port?: number;
}

export interface WorkbenchOptions {
  readonly workspace: string;
  readonly extensionDevelopmentPath?: string;
  readonly extensionTestsPath?: string;
}

export interface VscodeServer extends AsyncDisposable {
  readonly port: number;
  /** Holds settings, logs and the extension's global storage. */
  readonly dataFolder: string;
  readonly extensionsFolder: string;
  /** The last lines the server printed. */
  readonly log: readonly string[];
  /** The address of a workbench on a folder, with an extension under development and its tests. */
  workbenchUrl(options: WorkbenchOptions): string;
  close(): Promise<void>;
}

const quietSettings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'files.autoSave': 'off',
};

const restrictedSettings = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};

/** A real VS Code on a port of 127.0.0.1, with settings, extensions and storage of its own. */
export async function startVscodeServer(options: VscodeServerOptions = {}): Promise<VscodeServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-vscode-'));
  const dataFolder = path.join(folder, 'data');
  const extensionsFolder = path.join(folder, 'extensions');
  await mkdir(extensionsFolder);
  const trust = options.restricted ? restrictedSettings : {};
  const settings = { ...quietSettings, ...trust, ...options.settings };
  await writeSettings(path.join(dataFolder, 'data', 'User'), settings);
  await writeSettings(path.join(dataFolder, 'data', 'Machine'), ofTheMachine(settings));

  const args = [
    ...['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--without-connection-token'],
    ...['--accept-server-license-terms', ...driver],
    ...(options.restricted ? [] : ['--disable-workspace-trust']),
    ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder, '--telemetry-level', 'off'],
  ];
  const main = path.join(await vscodeServerFolder(), 'out', 'server-main.js');
  for (const other of options.otherExtensions ?? [])
    await cp(other, path.join(extensionsFolder, path.basename(other)), { recursive: true });
  await install(main, options.vsix ?? [], dataFolder, extensionsFolder);
  const child = spawn(node, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...options.env },
  });
  const gone = once(child, 'exit');
  const reaper = child.pid === undefined ? undefined : new Reaper(child.pid, folder);
  const log: string[] = [];
  const close = async (): Promise<void> => {
    await endGroup(child, gone);
    reaper?.dismiss();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await whenListening(child, log);
    return {
      port,
      dataFolder,
      extensionsFolder,
      log,
      workbenchUrl: (workbench) => workbenchUrl(port, workbench),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeSettings(folder: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

/** The extension's own, where a server keeps those of a machine: a user's come to it after the extensions start. */
function ofTheMachine(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([id]) => id.startsWith('mongoRewind.')));
}

async function install(
  main: string,
  vsix: readonly string[],
  dataFolder: string,
  extensionsFolder: string,
): Promise<void> {
  const folders = ['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder];
  for (const file of vsix)
    await promisify(execFile)(node, [main, '--install-extension', file, ...folders], {
      timeout: startTimeoutMs,
    });
}

function workbenchUrl(port: number, options: WorkbenchOptions): string {
  const remote = (folder: string): string => `vscode-remote://127.0.0.1:${port}${folder}`;
  const { extensionDevelopmentPath: extension, extensionTestsPath: tests } = options;
  const payload = [
    ...(extension === undefined ? [] : [['extensionDevelopmentPath', remote(extension)]]),
    ...(tests === undefined ? [] : [['extensionTestsPath', remote(tests)]]),
  ];
  const query = new URLSearchParams({ folder: options.workspace, payload: JSON.stringify(payload) });
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

function whenListening(child: ChildProcess, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let port: number | undefined;
    const fail = (why: string): void => {
      clearTimeout(giveUp);
      reject(new Error(`the VS Code server ${why}:\n${log.slice(-8).join('\n')}`));
    };
    const giveUp = setTimeout(() => fail(`was not ready in ${startTimeoutMs} ms`), startTimeoutMs);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('ended'));
    for (const output of [child.stdout, child.stderr]) {
      if (!output) continue;
      createInterface({ input: output }).on('line', (line) => {
        log.push(line);
        if (log.length > keptLines) log.shift();
        const listening = /Extension host agent listening on (\d+)/.exec(line);
        if (listening) port = Number(listening[1]);
        if (port === undefined || !line.includes('Extension host agent started')) return;
        clearTimeout(giveUp);
        resolve(port);
      });
    }
  });
}

/** Asks the server and its extension hosts to end, and makes sure that they do. */
async function endGroup(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), shutdownGraceMs);
  await gone;
  clearTimeout(force);
  try {
    process.kill(-child.pid, 'SIGKILL'); // extension hosts that outlived their server
  } catch {
    // None did.
  }
}
