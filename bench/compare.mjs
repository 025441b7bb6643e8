import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fillMixed } from './lib/datasets.mjs';
import { measured } from './lib/measure.mjs';
import { recordWhile } from './lib/recording.mjs';
import { number } from './lib/report.mjs';
import { interleaved, median, summary } from './lib/rounds.mjs';
import { serverVersion, startServer, withClient } from './lib/server.mjs';
import { root } from '../tools/lib/paths.mjs';

const ns = 'bench_compare.orders';

/** A comparison of two times between which every document of a large collection changed. */
export async function benchmark({ rounds, scale, work, node, cli, say }) {
  const count = Math.round(1_000_000 * scale);
  const repository = path.join(work, 'repository');
  await using source = await startServer({ cacheGb: 2 });
  await withClient(source.uri, async (client) => {
    const [database, name] = ns.split('.');
    const collection = client.db(database).collection(name);
    await fillMixed(collection, count, 1);
    await recordWhile({ node, cli, uri: source.uri, repository }, () =>
      collection.updateMany({}, { $set: { status: 'archived' }, $inc: { changes: 1 } }),
    );
  });
  const status = execFileSync(node, [cli, 'status', '--repo', repository, '--json'], { encoding: 'utf8' });
  const { from, to } = JSON.parse(status).ranges[0];
  say(`${count} updates recorded`);
  const run = async (args) => {
    const done = await measured(node, args);
    const { changed, grownMb } = JSON.parse(done.stdout);
    if (changed !== count) throw new Error(`${changed} documents were said to have changed`);
    return { ...done, grownMb };
  };
  const program = path.join(root, 'bench', 'programs', 'compare.mjs');
  const span = ['--repo', repository, '--ns', ns, '--from', from, '--to', to, '--json'];
  const contenders = [
    { name: 'Worker of VS Code', run: () => run([program, repository, ns, from, to]) },
    { name: 'Command line', run: () => run([cli, 'diff', ...span]) },
  ];
  const results = await interleaved(rounds, contenders, say);
  return {
    serverVersion: await serverVersion(source.uri),
    title: 'Comparing two times',
    text: [
      `${count.toLocaleString('en')} documents of 390 B in one collection, all changed by one updateMany; the repository alone is ` +
        'read. Memory is the highest resident set of the process, Node itself (about 60 MB) included; growth is what the ' +
        'worker adds to the process that it is started in.',
    ],
    tables: [
      {
        caption: 'Every document changed',
        columns: ['Where', 'Rounds', 'Seconds (least – most)', 'CPU s', 'Memory MB', 'Growth MB'],
        rows: contenders.map(({ name }) => {
          const of = summary(results.get(name));
          const grownMb = median(results.get(name).map((result) => result.grownMb));
          return [
            name,
            of.rounds,
            `${number(of.wallS, 1)} (${number(of.minS, 1)} – ${number(of.maxS, 1)})`,
            number(of.cpuS, 1),
            `**${number(of.peakMb, 0)}**`,
            grownMb === undefined ? '' : `**${number(grownMb, 0)}**`,
          ];
        }),
      },
    ],
  };
}
