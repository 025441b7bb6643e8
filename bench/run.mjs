// Measures Mongo Rewind, beside mongodump and mongorestore where they are found, and writes docs/BENCHMARKS.md.
//   npm run bench [-- NAME...] [--rounds N] [--scale X] [--work DIR]
// Peers: MONGO_TOOLS=DIR, or PATH. Files go below --work (by default the system's temporary folder) and are removed.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { provideDependencies } from '../tools/lib/dependencies.mjs';
import { mustRun } from '../tools/lib/exec.mjs';
import { provideMongod } from '../tools/lib/mongod.mjs';
import { underNode24 } from '../tools/lib/node24.mjs';
import { root } from '../tools/lib/paths.mjs';
import { runMain, Stop } from '../tools/lib/say.mjs';
import { load, machine } from './lib/machine.mjs';
import { findPeers } from './lib/peers.mjs';
import { keepResult } from './lib/report.mjs';

const names = [
  'snapshot',
  'restore',
  'replay',
  'preview',
  'recorder',
  'host',
  'guard',
  'growth',
  'base',
  'timeline',
  'compare',
];

/** Runnable processes beyond which seconds say more about the others than about us. */
const busyLoad = 2 * os.cpus().length;
const busy =
  '**other programs kept this machine busy during the run**: wall clocks, ratios and delays are those of contention, in which ' +
  'whoever needs more CPU loses most; CPU, memory and sizes hold';

await runMain(async () => {
  if (!(await underNode24())) return;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      work: { type: 'string', default: os.tmpdir() },
    },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Stop(`no benchmark ${unknown}; there are ${names.join(', ')}`);
  await provideDependencies();
  process.chdir(root);
  process.env.MONGO_REWIND_MONGOD = await provideMongod('6.0');
  await mustRun(process.execPath, ['esbuild.mjs', '--support', '--production']);
  const { bundleEngine } = await import('./lib/engine.mjs');
  await bundleEngine();
  const work = await mkdtemp(path.join(values.work, 'mongo-rewind-bench-'));
  const peers = findPeers();
  const say = (line) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
  say(peers ? `peers: ${peers.version}` : 'no mongodump and mongorestore found: ours runs alone');
  try {
    for (const name of positionals.length > 0 ? positionals : names) {
      const { benchmark } = await import(`./${name}.mjs`);
      const folder = path.join(work, name);
      const context = {
        rounds: Number(values.rounds),
        scale: Number(values.scale),
        work: folder,
        peers,
        node: process.execPath,
        cli: path.join(root, 'dist', 'cli.js'),
        say: (line) => say(`${name}: ${line}`),
      };
      const loadBefore = load();
      say(`${name} begins, load ${loadBefore}`);
      const { serverVersion, ...result } = await benchmark(context);
      await rm(folder, { recursive: true, force: true });
      const { cpu, memory, system, node } = machine();
      const facts = [
        `\`npm run bench -- ${name} --rounds ${values.rounds} --scale ${values.scale}\``,
        new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
        `${cpu}, ${memory}, ${system}`,
        `Node ${node}`,
        ...(serverVersion === undefined
          ? []
          : [`MongoDB ${serverVersion}, ${peers ? `tools ${peers.version}` : 'no peer found'}`]),
        `load before ${loadBefore}, after ${load()}`,
        ...(Math.max(loadBefore, load()) > busyLoad ? [busy] : []),
      ];
      keepResult(name, { ...result, facts }, names);
      say(`${name} done`);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
