import path from 'node:path';
import { measured } from './lib/measure.mjs';
import { recordDay } from './lib/recordedDay.mjs';
import { number } from './lib/report.mjs';
import { median } from './lib/rounds.mjs';
import { root } from '../tools/lib/paths.mjs';

const toMs = Date.UTC(2026, 10, 25, 12);

/** How long it takes until the timeline of a busy day is there, in a process that knows nothing of the repository. */
export async function benchmark({ rounds, scale, work, node, say }) {
  const repository = path.join(work, 'repository');
  const day = await recordDay(repository, { operations: 10_000_000 * scale, toMs, say });
  const program = path.join(root, 'bench', 'programs', 'openTimeline.mjs');
  const opened = [];
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await measured(node, [program, repository, String(day.fromMs), String(toMs)]);
    const result = JSON.parse(stdout);
    if (result.counted !== day.operations) throw new Error(`${result.counted} operations were counted`);
    opened.push(result);
    say(`round ${round + 1}: ${number(result.densityMs, 0)} ms`);
  }
  const ms = (field) => number(median(opened.map((o) => o[field])), 0);
  return {
    serverVersion: 'none',
    title: 'Opening the timeline of a busy day',
    text: [
      `One day of ${day.operations.toLocaleString('en')} operations on ${day.namespaces} collections in ${day.segments} segments, recorded by ` +
        'the segment store from entries that were made up. Milliseconds from the start of a new worker thread, the loading of its ' +
        'program included, to the answers that the page is drawn from; then the slowest of the counts while zooming in from ' +
        'the day to ten minutes. CPU is of the process until the counts were there.',
    ],
    tables: [
      {
        columns: [
          'Rounds',
          'Ranges, gaps, marks',
          'Counts: drawn',
          'Events',
          'Slowest zoom',
          'CPU ms',
          'Memory MB',
        ],
        rows: [
          [
            rounds,
            ms('statusMs'),
            `**${ms('densityMs')}**`,
            ms('eventsMs'),
            ms('zoomMaxMs'),
            ms('densityCpuMs'),
            ms('rssMb'),
          ],
        ],
      },
    ],
  };
}
