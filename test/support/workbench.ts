import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type ConsoleMessage, type Page } from 'playwright-core';
import { projectRoot } from './projectRoot';
import { chromiumBinary } from './provided';
import { startVscodeServer, type VscodeServer, type VscodeServerOptions } from './vscodeServer';

export interface OpenWorkbenchOptions extends VscodeServerOptions {
  /** An empty temporary folder by default. */
  readonly workspace?: string;
  /** This extension by default, unless packaged ones are installed. */
  readonly extensionDevelopmentPath?: string;
  readonly extensionTestsPath?: string;
  /** Such as `de`: the extension speaks it, the workbench itself has no other than English. */
  readonly language?: string;
  readonly onConsole?: (message: ConsoleMessage) => void;
}

export interface Workbench extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  readonly server: VscodeServer;
  close(): Promise<void>;
}

const browserArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

function developmentPath(options: OpenWorkbenchOptions): { readonly extensionDevelopmentPath?: string } {
  const folder = options.extensionDevelopmentPath ?? (options.vsix ? undefined : projectRoot);
  return folder === undefined ? {} : { extensionDevelopmentPath: folder };
}

/** Runs in the page, before its scripts say that they are English. */
function speak(language: string): void {
  Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { get: () => language, set: () => undefined });
}

/** A VS Code workbench in headless Chromium, loaded as far as its activity bar. */
export async function openWorkbench(options: OpenWorkbenchOptions = {}): Promise<Workbench> {
  const executablePath = await chromiumBinary();
  const temporary =
    options.workspace === undefined ? await mkdtemp(path.join(os.tmpdir(), 'workspace-')) : undefined;
  const server = await startVscodeServer(options);
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const url = server.workbenchUrl({
      workspace: options.workspace ?? temporary ?? os.tmpdir(),
      ...developmentPath(options),
      ...(options.extensionTestsPath === undefined ? {} : { extensionTestsPath: options.extensionTestsPath }),
    });
    browser = await chromium.launch({ executablePath, args: browserArgs });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    if (options.language !== undefined) await page.addInitScript(speak, options.language);
    if (options.onConsole) page.on('console', options.onConsole);
    await page.goto(url);
    await page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: 60_000 });
    return { page, url, server, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
