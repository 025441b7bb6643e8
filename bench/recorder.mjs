import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cpuOf } from './lib/measure.mjs';
import { Program } from './lib/program.mjs';
import { recordWhile } from './lib/recording.mjs';
import { number } from './lib/report.mjs';
import { median } from './lib/rounds.mjs';
import { dropDatabases, serverVersion, startServer } from './lib/server.mjs';

const database = 'bench_writes';
const warmUpSeconds = 5;
const seconds = 10;
const paces = [
  { rate: 20_000, concern: 'majority' },
  { rate: 20_000, concern: 'w1' },
  { rate: 0, concern: 'w1' },
];
const concerns = { majority: 'the server’s own write concern (majority)', w1: '`w: 1`' };

/** What recording costs and how far it lags while others write: paced, and as fast as writes go. */
export async function benchmark({ rounds, work, node, cli, say }) {
  await using server = await startServer({ cacheGb: 2 });
  const rows = [];
  for (const { rate, concern } of paces) {
    const results = { off: [], on: [], lag: [] };
    for (let round = 0; round < rounds; round++) {
      const kinds = Object.keys(results);
      for (let i = 0; i < kinds.length; i++) {
        const kind = kinds[(i + round) % kinds.length];
        await dropDatabases(server.uri, [database]);
        const repository = path.join(work, 'repository');
        await rm(repository, { recursive: true, force: true });
        const write = (onWarm) => {
          const args = [server.uri, database, rate, seconds, round * 3 + i + 1, concern, warmUpSeconds];
          return writeFor(node, args, server.pid, onWarm);
        };
        const run = {
          off: () => write(),
          on: () =>
            recordWhile({ node, cli, uri: server.uri, repository }, async ({ cpu }) => {
              let before;
              const written = await write(() => (before = cpu()));
              return { ...written, recorderCpuShare: (cpu() - before) / written.elapsedS };
            }),
          lag: () => lagWhile(node, server.uri, repository, write),
        };
        const result = await run[kind]();
        results[kind].push(result);
        say(`round ${round + 1}, ${rate || 'unpaced'}, ${concern}, ${kind}: ${JSON.stringify(result)}`);
      }
    }
    const of = (kind, field) => median(results[kind].map((r) => r[field]));
    const pairs = results.on.map((on, i) => on.perSecond / results.off[i].perSecond);
    rows.push([
      `${rate === 0 ? 'as fast as they go' : `${rate}/s`}, ${concerns[concern]}`,
      `${number(of('off', 'perSecond'), 0)} → ${number(of('on', 'perSecond'), 0)}`,
      `${number(median(pairs), 3)} (${number(Math.min(...pairs), 2)} – ${number(Math.max(...pairs), 2)})`,
      `${number(of('off', 'p99Ms'), 1)} → ${number(of('on', 'p99Ms'), 1)}`,
      `${number(of('lag', 'lagP50Ms'), 0)} / ${number(of('lag', 'lagP99Ms'), 0)} / ${number(of('lag', 'lagMaxMs'), 0)}`,
      `${number(100 * of('on', 'recorderCpuShare'), 1)} %`,
      `${number(100 * (of('on', 'serverCpuShare') - of('off', 'serverCpuShare')), 1)} %`,
    ]);
  }
  return {
    serverVersion: await serverVersion(server.uri),
    title: 'Recording while others write',
    text: [
      `Two connections write batches of 200 mixed operations for ${seconds} s a round, without and with ` +
        `\`mongo-rewind record\`, after ${warmUpSeconds} s of the same that are not counted, in which V8 compiles. ` +
        'Lag is the age of every single entry at the moment it is durable (written and synced), ' +
        'measured around the segment store. The recorder, the writers and the server share the cores. No peer records ' +
        'continuously to compare with. Only what a majority has is recorded; a server of one member takes an entry for that ' +
        'once its journal is flushed: at once where a writer waits for that, as the server’s own write concern does, else ' +
        'every 100 ms.',
    ],
    tables: [
      {
        columns: [
          'Writes',
          'Written/s off → on',
          'On / off (least – most)',
          'Batch p99 ms off → on',
          'Lag p50 / p99 / max ms',
          'Recorder, share of a core',
          'Server, more of a core',
        ],
        rows,
      },
    ],
  };
}

async function writeFor(node, args, serverPid, onWarm = () => undefined) {
  const writer = new Program(node, 'writer', args);
  try {
    await writer.ready(2);
    writer.send();
    await writer.said('warm');
    onWarm();
    const before = cpuOf(serverPid);
    const start = performance.now();
    const result = await writer.result();
    const elapsedS = (performance.now() - start) / 1000;
    return { ...result, elapsedS, serverCpuShare: (cpuOf(serverPid) - before) / elapsedS };
  } finally {
    writer.end();
  }
}

async function lagWhile(node, uri, repository, write) {
  const recorder = new Program(node, 'lag', [uri, repository]);
  try {
    await recorder.ready();
    const written = await write(() => recorder.send());
    await new Promise((resolve) => setTimeout(resolve, 500));
    recorder.send();
    const { entries, p50Ms, p99Ms, maxMs } = await recorder.result();
    return { ...written, entries, lagP50Ms: p50Ms, lagP99Ms: p99Ms, lagMaxMs: maxMs };
  } finally {
    recorder.end();
  }
}
