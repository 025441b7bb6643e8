// What an application would feel: small reads and writes at a steady pace, each timed from when it was due.
//   node foreground.mjs URI DATABASE PER_SECOND SECONDS
import { MongoClient } from 'mongodb';
import { fillMixed } from '../lib/datasets.mjs';
import { percentile } from '../lib/rounds.mjs';

const [uri, database, rateText, secondsText] = process.argv.slice(2);
const count = Number(rateText) * Number(secondsText);
const client = await new MongoClient(uri, { maxPoolSize: 8 }).connect();
const collection = client.db(database).collection('foreground');
await collection.drop().catch(() => undefined);
const ids = await fillMixed(collection, 5_000, 1);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));

const latencies = [];
const running = [];
const start = performance.now();
for (let n = 0; n < count; n++) {
  const due = start + (n * 1000) / Number(rateText);
  const wait = due - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const _id = ids[(n * 7919) % ids.length];
  const one = n % 2 ? collection.findOne({ _id }) : collection.updateOne({ _id }, { $inc: { changes: 1 } });
  running.push(one.then(() => latencies.push(performance.now() - due)));
}
await Promise.all(running);
const [p50Ms, p99Ms] = [0.5, 0.99].map((share) => percentile(latencies, share));
process.stdout.write(`${JSON.stringify({ p50Ms, p99Ms, maxMs: Math.max(...latencies) })}\n`);
await client.close();
process.exit(0);
