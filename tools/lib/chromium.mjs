import { existsSync } from 'node:fs';
import { canInstallDebianPackages, installDebianPackages } from './debian.mjs';
import { findOnPath, isProgram } from './exec.mjs';
import { Stop, timed } from './say.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

/** A Chromium that playwright can drive; installed where that needs nobody's consent. */
export async function provideChromium() {
  const named = process.env.MONGO_REWIND_CHROMIUM;
  if (named) {
    if (isProgram(named)) return named;
    throw new Stop(`MONGO_REWIND_CHROMIUM names ${named}, which is no program`);
  }
  const found = findChromium();
  if (found) return found;
  if (canInstallDebianPackages()) {
    await timed('installing Chromium', () => installDebianPackages('chromium', 'fonts-liberation'));
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Stop('no Chromium found: install Chromium or Chrome, or name one in MONGO_REWIND_CHROMIUM');
}

function findChromium() {
  return (
    findOnPath(...names) ?? macApplications.find((file) => process.platform === 'darwin' && existsSync(file))
  );
}
