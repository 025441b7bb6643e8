// A stand-in for the extension host: runs one job of dist/worker.js in a worker thread and watches its own event loop.
//   node host.mjs JOB PARAMS_JSON SECONDS   (0: until the job ends)
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../../tools/lib/paths.mjs';
import { percentile } from '../lib/rounds.mjs';

const [job, params, secondsText] = process.argv.slice(2);
const seconds = Number(secondsText);
const everyMs = 2;

const worker = job === 'none' ? undefined : new Worker(path.join(root, 'dist', 'worker.js'));
const ended = new Promise((resolve, reject) => {
  worker?.on('error', reject);
  worker?.on('message', (message) => {
    if (message.kind === 'failed') reject(new Error(JSON.stringify(message.error)));
    if (message.kind === 'done') resolve();
  });
});
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));

const delays = [];
let due = performance.now() + everyMs;
const timer = setInterval(() => {
  const now = performance.now();
  delays.push(Math.max(0, now - due));
  due = now + everyMs;
}, everyMs);
worker?.postMessage({ kind: 'start', id: 1, job, params: JSON.parse(params) });
if (seconds > 0) {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  worker?.postMessage({ kind: 'cancel', id: 1 });
}
if (worker) await ended.catch((error) => (seconds > 0 ? undefined : Promise.reject(error)));
clearInterval(timer);
const [p50Ms, p99Ms] = [0.5, 0.99].map((share) => percentile(delays, share));
const memoryMb = process.memoryUsage.rss() / 2 ** 20;
process.stdout.write(`${JSON.stringify({ p50Ms, p99Ms, maxMs: Math.max(...delays), memoryMb })}\n`);
await worker?.terminate();
process.exit(0);
