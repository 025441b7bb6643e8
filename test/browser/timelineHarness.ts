import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { projectRoot } from '../support/projectRoot';
import { chromiumBinary } from '../support/provided';
import type { ThemeName } from './timelineHarnessThemes';

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly case?: 'day' | 'empty' | 'stopped' | 'stalled' | 'failed' | 'german';
  readonly width?: number;
  readonly height?: number;
  /** So many events in place of the day's. */
  readonly events?: number;
  readonly reducedMotion?: boolean;
}

export interface TimelineHarness {
  /** The timeline in a page of its own, under the content security policy that the panel sets. */
  readonly open: (options?: OpenOptions) => Promise<Page>;
  readonly scriptBytes: number;
  readonly close: () => Promise<void>;
}

const origin = 'https://timeline.test';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export async function startTimelineHarness(): Promise<TimelineHarness> {
  const files = await bundle();
  const browser = await chromium.launch({ executablePath: await chromiumBinary(), args });
  return {
    open: (options = {}) => openPage(browser, files, options),
    scriptBytes: Buffer.byteLength(files.get('/timeline.js') ?? ''),
    close: () => browser.close(),
  };
}

async function bundle(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [
      { in: 'webview/timeline/main.ts', out: 'timeline' },
      { in: 'test/browser/timelineHarnessPage.ts', out: 'harness' },
    ],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    outdir: '/',
    write: false,
  });
  const style = await readFile(path.join(projectRoot, 'webview/timeline/timeline.css'), 'utf8');
  return new Map([
    ...outputFiles
      .map((file) => [path.basename(file.path), file.text] as const)
      .map(([name, text]) => [`/${name}`, text] as const),
    ['/timeline.css', style] as const,
  ]);
}

async function openPage(
  browser: Browser,
  files: ReadonlyMap<string, string>,
  options: OpenOptions,
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  const page = await context.newPage();
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') {
      const headers = { 'content-security-policy': policy, 'content-type': 'text/html; charset=utf-8' };
      return route.fulfill({ headers, body: html });
    }
    const body = files.get(pathname);
    const contentType = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
    return body === undefined ? route.fulfill({ status: 404 }) : route.fulfill({ contentType, body });
  });
  const query = new URLSearchParams({ theme: options.theme ?? 'dark', case: options.case ?? 'day' });
  if (options.events !== undefined) query.set('events', String(options.events));
  await page.goto(`${origin}/?${query.toString()}`);
  await page.locator('h1').waitFor();
  return page;
}

const policy = `default-src 'none'; script-src 'nonce-abc'; style-src ${origin} 'nonce-abc'; font-src ${origin}; img-src ${origin} data:`;
const html = `<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta property="csp-nonce" content="abc"><title>Timeline</title><link rel="stylesheet" href="/timeline.css"></head>
<body><script nonce="abc" src="/harness.js"></script><script nonce="abc" src="/timeline.js"></script></body>
</html>`;
