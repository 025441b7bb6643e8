// Records until its input ends, and says how old each entry was when it was durable:
//   node lag.mjs URI REPOSITORY
import { engine } from '../lib/engine.mjs';
import { percentile } from '../lib/rounds.mjs';

const { connect, fileSegmentStore, inspectSource, oplogSource, openOrCreateRepository } = engine();
const { readOplogEntry, Recorder, splitDocuments } = engine();
const [uri, repository] = process.argv.slice(2);

const client = await connect(uri);
const description = await inspectSource(client);
await openOrCreateRepository(repository, description);
const store = fileSegmentStore(repository);
const lags = [];
const append = store.append.bind(store);
store.append = async (batch, through) => {
  await append(batch, through);
  const durable = Date.now();
  for (const document of splitDocuments(batch.bytes)) {
    const { op, wallMs } = readOplogEntry(document);
    if (op !== 'n' && wallMs !== undefined) lags.push(durable - wallMs);
  }
};
const stop = new AbortController();
const ports = {
  source: oplogSource(() => Promise.resolve(client), description),
  store,
  now: Date.now,
  elapsed: () => performance.now(),
};
const recording = new Recorder(ports, () => undefined).run(stop.signal);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
lags.length = 0;
await new Promise((resolve) => process.stdin.once('data', resolve));
stop.abort();
await recording;
const result = { entries: lags.length };
for (const [name, share] of Object.entries({ p50Ms: 0.5, p99Ms: 0.99, maxMs: 1 })) {
  result[name] = percentile(lags, share);
}
process.stdout.write(`${JSON.stringify(result)}\n`);
await client.close();
process.exit(0);
