// A stand-in for the extension host that compares a collection at two times: says how far the worker made it grow.
//   node compare.mjs REPOSITORY NS FROM TO
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { peakMemory } from '../lib/measure.mjs';
import { root } from '../../tools/lib/paths.mjs';

const [repository, ns, from, to] = process.argv.slice(2);
// As the extension starts it.
const worker = new Worker(path.join(root, 'dist', 'worker.js'), {
  resourceLimits: { maxYoungGenerationSizeMb: 24 },
});
await new Promise((resolve, reject) => worker.once('online', resolve).once('error', reject));
const beforeMb = process.memoryUsage.rss() / 2 ** 20;
const report = await new Promise((resolve, reject) => {
  worker.on('error', reject);
  worker.on('message', ({ kind, result, error }) => {
    if (kind === 'failed') reject(new Error(JSON.stringify(error)));
    if (kind === 'done') resolve(result);
  });
  worker.postMessage({
    kind: 'start',
    id: 1,
    job: 'diff',
    params: { repository, ns, from, to, limit: 5000 },
  });
});
const grownMb = peakMemory(process.pid) - beforeMb;
process.stdout.write(`${JSON.stringify({ changed: report.changed, grownMb })}\n`);
process.exit(0);
