// Writes mixed operations at a rate, or as fast as they go with rate 0, and says how many there were:
//   node writer.mjs URI DATABASE OPERATIONS_PER_SECOND SECONDS SEED [majority|w1 [WARM_UP_SECONDS]]
// with the server's own write concern, or w: 1 without waiting for its journal. What it writes before it says that all
// is warm is not counted.
import { MongoClient } from 'mongodb';
import { fillMixed, writeMixed } from '../lib/datasets.mjs';
import { percentile } from '../lib/rounds.mjs';

const [uri, database, rateText, secondsText, seedText, concern, warmUpText = '0'] = process.argv.slice(2);
const writeConcern = concern === 'w1' ? { w: 1, j: false } : null;
const rate = Number(rateText);
const seconds = Number(secondsText);
const seed = Number(seedText);
const warmUp = Number(warmUpText);
const connections = 2;
const batch = 200;

const client = await new MongoClient(uri, { maxPoolSize: connections }).connect();
let latencies = [];
const lane = async (n) => {
  const collection = client.db(database).collection(`writes${n}`);
  const alive = [await fillMixed(collection, 2_000, seed * 10 + n)];
  process.stdout.write('ready\n');
  await go;
  const start = performance.now();
  let written = 0;
  let warm;
  while (performance.now() - start < (warmUp + seconds) * 1000) {
    if (performance.now() - start >= warmUp * 1000) warm ??= { written, at: performance.now() };
    const before = performance.now();
    const batchSeed = seed * 100_000 + n * 50_000 + written / batch;
    await writeMixed([collection], alive, batch, batchSeed, () => undefined, writeConcern);
    latencies.push(performance.now() - before);
    written += batch;
    if (rate === 0) continue;
    const since = warm ?? { written: 0, at: start };
    const due = since.at + ((written - since.written) / (rate / connections)) * 1000;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { written: written - warm.written, elapsed: (performance.now() - warm.at) / 1000 };
};
const go = new Promise((resolve) => process.stdin.once('data', resolve));
void go.then(async () => {
  await new Promise((resolve) => setTimeout(resolve, warmUp * 1000));
  latencies = [];
  process.stdout.write('warm\n');
});
const lanes = await Promise.all(Array.from({ length: connections }, (_, n) => lane(n)));
const perSecond = lanes.reduce((sum, { written, elapsed }) => sum + written / elapsed, 0);
const p99Ms = percentile(latencies, 0.99);
process.stdout.write(`${JSON.stringify({ perSecond, p50Ms: percentile(latencies, 0.5), p99Ms })}\n`);
await client.close();
process.stdin.unref?.();
process.exit(0);
