// Renders media/icon.svg to the PNG that the marketplace wants: node tools/icon.mjs
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { provideChromium } from './lib/chromium.mjs';
import { root } from './lib/paths.mjs';

const size = 256;
const browser = await chromium.launch({ executablePath: await provideChromium(), args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = readFileSync(path.join(root, 'media', 'icon.svg'), 'utf8');
  await page.setContent(`<style>body { margin: 0; background: transparent }</style>${svg}`);
  await page.screenshot({ path: path.join(root, 'media', 'icon.png'), omitBackground: true });
} finally {
  await browser.close();
}
