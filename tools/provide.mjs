// Prints the path of something the tests need, installing it where it is not found:
//   node tools/provide.mjs mongod [VERSION] | vscode | chromium
import { provideChromium } from './lib/chromium.mjs';
import { provideDependencies } from './lib/dependencies.mjs';
import { findMongod, provideMongod } from './lib/mongod.mjs';
import { runMain, Stop } from './lib/say.mjs';
import { provideVscodeServer } from './lib/vscode.mjs';

const providers = {
  async mongod(version) {
    const found = await findMongod(version);
    if (found) return found;
    await provideDependencies();
    return provideMongod(version);
  },
  vscode: provideVscodeServer,
  chromium: provideChromium,
};

await runMain(async () => {
  const [what, version] = process.argv.slice(2);
  if (!Object.hasOwn(providers, what ?? ''))
    throw new Stop(`name one of ${Object.keys(providers).join(', ')}`);
  process.stdout.write(`${await providers[what](version)}\n`);
});
