/* global document, requestAnimationFrame, WheelEvent, window */
// Zooms and pans the timeline's page in Chromium, a step each frame, with the counts of a repository from dist/worker.js,
// and says what a frame takes of the page's thread.
//   node zoomTimeline.mjs REPOSITORY TO_MS CHROMIUM
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { chromium } from 'playwright-core';
import { percentile } from '../lib/rounds.mjs';
import { root } from '../../tools/lib/paths.mjs';

const [repository, toText, executablePath] = process.argv.slice(2);
const frames = 240;
const worker = new Worker(path.join(root, 'dist', 'worker.js'));
const waiting = new Map();
worker.on('message', ({ kind, id, result, error }) => {
  if (kind === 'done') waiting.get(id)?.resolve(result);
  if (kind === 'failed') waiting.get(id)?.reject(new Error(JSON.stringify(error)));
});
let next = 1;
const ask = (job, params) =>
  new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ kind: 'start', id, job, params: { repository, ...params } });
  });

const origin = 'https://timeline.bench';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
await page.route(`${origin}/**`, async (route) => {
  const { pathname } = new URL(route.request().url());
  if (pathname === '/') {
    const body = '<!doctype html><link rel="stylesheet" href="/timeline.css"><body></body>';
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body });
  }
  const body = await readFile(path.join(root, 'dist', 'webview', pathname));
  const contentType = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
  return route.fulfill({ contentType, body });
});
const send = (message) => page.evaluate((m) => window.postMessage(m, '*'), message);
await page.exposeFunction('toHost', async (intent) => {
  if (intent.kind === 'ready') {
    const status = await ask('status', {});
    const scopes = [];
    const state = {
      connection: 'bench',
      connectionId: 'c1',
      status,
      scopes,
      nowMs: Number(toText),
      strings: {},
    };
    await send({ kind: 'state', state });
    await send({ kind: 'events', ...(await ask('events', {})) });
  }
  if (intent.kind === 'density') await send({ kind: 'density', density: await ask('density', intent) });
});
await page.addInitScript(() => {
  window.acquireVsCodeApi = () => ({
    postMessage: (intent) => void window.toHost(intent),
    getState: () => undefined,
    setState: () => undefined,
  });
  // The page draws in these alone: how long each took.
  window.drawn = [];
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    request((now) => {
      const before = performance.now();
      draw(now);
      window.drawn.push(performance.now() - before);
    });
});
await page.goto(`${origin}/`);
await page.addScriptTag({ url: '/timeline.js' });
await page.locator('.kind-count').filter({ hasText: /[1-9]/ }).first().waitFor();
await page.getByRole('button', { name: 'Follow now' }).click();
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable', { timeDomain: 'threadTicks' });
const metrics = async () =>
  Object.fromEntries((await session.send('Performance.getMetrics')).metrics.map((m) => [m.name, m.value]));

const runs = [];
for (const [name, steps] of [
  ['zoom', { deltaY: (n) => (n < 120 ? -24 : 24), deltaX: () => 0 }],
  ['pan', { deltaY: () => 0, deltaX: (n) => (n % 120 < 60 ? -30 : 30) }],
]) {
  if (name === 'pan') {
    await page.mouse.move(800, 300);
    for (let n = 0; n < 6; n++) await page.mouse.wheel(0, -200);
  }
  const deltas = Array.from({ length: frames }, (_, n) => [steps.deltaX(n), steps.deltaY(n)]);
  const before = await metrics();
  const { intervals, scripts } = await page.evaluate(async (wheel) => {
    window.drawn.length = 0;
    const plot = document.querySelector('.plot');
    const box = plot.getBoundingClientRect();
    const at = {
      clientX: box.left + box.width * 0.6,
      clientY: box.top + 120,
      bubbles: true,
      cancelable: true,
    };
    const times = [];
    for (const [deltaX, deltaY] of wheel) {
      plot.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX, deltaY }));
      await new Promise((resolve) => requestAnimationFrame(resolve));
      times.push(performance.now());
    }
    return { intervals: times.slice(1).map((t, n) => t - times[n]), scripts: window.drawn };
  }, deltas);
  const after = await metrics();
  const msOf = (metric) => ((after[metric] - before[metric]) * 1000) / frames;
  const drawnMs = scripts.filter((ms) => ms > 0.05);
  runs.push({
    name,
    cpuMs: msOf('TaskDuration'),
    scriptMs: msOf('ScriptDuration'),
    styleMs: msOf('RecalcStyleDuration'),
    layoutMs: msOf('LayoutDuration'),
    drawP50Ms: percentile(drawnMs, 0.5),
    drawP99Ms: percentile(drawnMs, 0.99),
    intervalP50Ms: percentile(intervals, 0.5),
    intervalP99Ms: percentile(intervals, 0.99),
  });
}
await browser.close();
await worker.terminate();
process.stdout.write(`${JSON.stringify(runs)}\n`);
