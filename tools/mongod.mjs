// Prints the path of a mongod, installing one where none is found: node tools/mongod.mjs [VERSION]
import { provideDependencies } from './lib/dependencies.mjs';
import { findMongod, provideMongod } from './lib/mongod.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  const [request] = process.argv.slice(2);
  let mongod = await findMongod(request);
  if (!mongod) {
    await provideDependencies();
    mongod = await provideMongod(request);
  }
  process.stdout.write(`${mongod}\n`);
});
