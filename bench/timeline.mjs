import path from 'node:path';
import { measured } from './lib/measure.mjs';
import { recordDay } from './lib/recordedDay.mjs';
import { number } from './lib/report.mjs';
import { median } from './lib/rounds.mjs';
import { provideChromium } from '../tools/lib/chromium.mjs';
import { root } from '../tools/lib/paths.mjs';

const toMs = Date.UTC(2026, 10, 25, 12);

/** How long it takes until the timeline of a busy day is there, in a process that knows nothing of the repository. */
export async function benchmark({ rounds, scale, work, node, say }) {
  const repository = path.join(work, 'repository');
  const day = await recordDay(repository, { operations: 10_000_000 * scale, toMs, say });
  const span = [repository, String(day.fromMs), String(toMs)];
  const program = path.join(root, 'bench', 'programs', 'openTimeline.mjs');
  const opened = [];
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await measured(node, [program, ...span]);
    const result = JSON.parse(stdout);
    if (result.counted !== day.operations) throw new Error(`${result.counted} operations were counted`);
    opened.push(result);
    say(`round ${round + 1}: ${number(result.densityMs, 0)} ms`);
  }
  const zoomProgram = path.join(root, 'bench', 'programs', 'zoomTimeline.mjs');
  const zoomed = await measured(node, [zoomProgram, repository, String(toMs), await provideChromium()]);
  const drawn = opened.map((o) => o.densityMs);
  const ms = (field) => number(median(opened.map((o) => o[field])), 0);
  return {
    title: 'Opening the timeline of a busy day',
    text: [
      `One day of ${day.operations.toLocaleString('en')} operations on ${day.namespaces} collections in ${day.segments} segments, recorded by ` +
        'the segment store from entries that were made up. Milliseconds from the start of a new worker thread, the loading of its ' +
        'program included, to the answers that the page is drawn from; then the slowest of the counts while zooming in from ' +
        'the day to ten minutes. CPU is of the process until the counts were there.',
      'Then the page itself in Chromium without a graphics card: a step of the wheel each frame, 240 frames, counts fetched as it ' +
        'goes. CPU is of the page’s thread for a frame, with everything the browser does there, script and layout among it; a ' +
        'frame of 60 a second has 16.7 ms. Drawing and the time between frames are by the clock, so others on the machine show.',
    ],
    tables: [
      {
        caption: 'Opening it, ms',
        columns: [
          'Rounds',
          'Ranges, gaps, marks',
          'Counts: drawn (least – most)',
          'Events',
          'Slowest zoom',
          'CPU ms',
          'Memory MB',
        ],
        rows: [
          [
            rounds,
            ms('statusMs'),
            `**${ms('densityMs')}** (${number(Math.min(...drawn), 0)} – ${number(Math.max(...drawn), 0)})`,
            ms('eventsMs'),
            ms('zoomMaxMs'),
            ms('densityCpuMs'),
            ms('rssMb'),
          ],
        ],
      },
      {
        caption: 'A frame, ms',
        columns: [
          'What',
          'CPU',
          'Script',
          'Style',
          'Layout',
          'Drawing p50 / p99',
          'Between frames p50 / p99',
        ],
        rows: JSON.parse(zoomed.stdout).map((run) => [
          run.name,
          `**${number(run.cpuMs, 1)}**`,
          number(run.scriptMs, 1),
          number(run.styleMs, 1),
          number(run.layoutMs, 1),
          `${number(run.drawP50Ms, 1)} / ${number(run.drawP99Ms, 1)}`,
          `${number(run.intervalP50Ms, 1)} / ${number(run.intervalP99Ms, 1)}`,
        ]),
      },
    ],
  };
}
