// Makes a base, records, and makes the next base from the files alone, as one recorder does; says how long each took:
//   node bases.mjs URI REPOSITORY
// Between its two lines `ready` is the time for changes.
import { createInterface } from 'node:readline';
import { engine } from '../lib/engine.mjs';
import { peakMemory } from '../lib/measure.mjs';
import { newest } from '../lib/recording.mjs';

const { nextBase, openReader, record, snapshot } = engine();
const [uri, repository] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const never = new AbortController().signal;

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const firstS = await seconds(() => snapshot(uri, repository, [], () => undefined, never));

const stop = new AbortController();
let position = 0n;
const onReport = (report) => (position = report.position ?? position);
const recording = record(
  { uri, folder: repository, keepTrying: false, resumed: true },
  onReport,
  stop.signal,
);
process.stdout.write('ready\n');
await lines.next();
const last = await newest(uri);
while (position < last) await new Promise((resolve) => setTimeout(resolve, 100));
stop.abort();
await recording;

const content = await (await openReader(repository)).content();
const lineage = content.lineages.at(-1).start.id;
const atOnce = { shareOfBase: 0, leastBytes: 1, mostBytes: 1, maxAgeMs: 0, leastBytesByAge: 1 };
const take = () => Promise.reject(new Error('it would have read the source again'));
process.stdout.write('ready\n');
await lines.next();
const nextS = await seconds(() => nextBase(repository, content, lineage, take, never, atOnce));
const after = (await (await openReader(repository)).content()).snapshots.length;
if (after !== content.snapshots.length + 1) throw new Error('no base was made');
process.stdout.write(`${JSON.stringify({ firstS, nextS, peakMb: peakMemory(process.pid) })}\n`);
process.exit(0);
