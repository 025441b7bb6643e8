// Writes mixed operations at a rate, or as fast as they go with rate 0, and says how many there were:
//   node writer.mjs URI DATABASE OPERATIONS_PER_SECOND SECONDS SEED [w1]
// with the server's own write concern, or w: 1 without waiting for its journal.
import { MongoClient } from 'mongodb';
import { fillMixed, writeMixed } from '../lib/datasets.mjs';
import { percentile } from '../lib/rounds.mjs';

const [uri, database, rateText, secondsText, seedText, concern] = process.argv.slice(2);
const writeConcern = concern === 'w1' ? { w: 1, j: false } : null;
const rate = Number(rateText);
const seconds = Number(secondsText);
const seed = Number(seedText);
const connections = 2;
const batch = 200;

const client = await new MongoClient(uri, { maxPoolSize: connections }).connect();
const latencies = [];
const lane = async (n) => {
  const collection = client.db(database).collection(`writes${n}`);
  const alive = [await fillMixed(collection, 2_000, seed * 10 + n)];
  process.stdout.write('ready\n');
  await go;
  const start = performance.now();
  let written = 0;
  while (performance.now() - start < seconds * 1000) {
    const before = performance.now();
    const batchSeed = seed * 100_000 + n * 50_000 + written / batch;
    await writeMixed([collection], alive, batch, batchSeed, () => undefined, writeConcern);
    latencies.push(performance.now() - before);
    written += batch;
    if (rate === 0) continue;
    const due = start + (written / (rate / connections)) * 1000;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return { written, elapsed: (performance.now() - start) / 1000 };
};
const go = new Promise((resolve) => process.stdin.once('data', resolve));
const lanes = await Promise.all(Array.from({ length: connections }, (_, n) => lane(n)));
const perSecond = lanes.reduce((sum, { written, elapsed }) => sum + written / elapsed, 0);
const p99Ms = percentile(latencies, 0.99);
process.stdout.write(`${JSON.stringify({ perSecond, p50Ms: percentile(latencies, 0.5), p99Ms })}\n`);
await client.close();
process.stdin.unref?.();
process.exit(0);
