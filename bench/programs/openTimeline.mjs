// A stand-in for the extension host that opens a timeline: asks a fresh dist/worker.js for what the panel asks for.
//   node openTimeline.mjs REPOSITORY FROM_MS TO_MS
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../../tools/lib/paths.mjs';

const [repository, fromText, toText] = process.argv.slice(2);
const [fromMs, toMs] = [Number(fromText), Number(toText)];
const buckets = 1000;
const start = performance.now();
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
const since = () => performance.now() - start;
const cpuMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;

// As the panel does: the state and the events are asked for at once, the density when the state is there.
let eventsMs;
const events = ask('events', {}).then((report) => {
  eventsMs = since();
  return report;
});
await ask('status', {});
const statusMs = since();
const statusCpuMs = cpuMs();
const density = await ask('density', { fromMs, toMs, buckets });
const densityMs = since();
const densityCpuMs = cpuMs();
const found = await events;
const zoomMs = [];
for (let span = toMs - fromMs; span > 600_000; span /= 2) {
  const before = performance.now();
  await ask('density', { fromMs: toMs - span, toMs, buckets });
  zoomMs.push(performance.now() - before);
}
const counted = density.namespaces
  .flatMap((row) => [row.inserts, row.updates, row.deletes, row.commands])
  .flat()
  .reduce((sum, n) => sum + n, 0);
const rssMb = process.memoryUsage.rss() / 2 ** 20;
const result = {
  statusMs,
  statusCpuMs,
  densityMs,
  densityCpuMs,
  eventsMs,
  zoomMaxMs: Math.max(...zoomMs),
  counted,
  events: found.events.length,
  rssMb,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await worker.terminate();
