import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../../../package.json';
import { contextKeys, settingsSection, viewIds } from '../../../src/host/ids';
import { projectRoot } from '../../support/projectRoot';

type Context = Readonly<Record<string, string | boolean>>;

interface Entry {
  readonly command: string;
  readonly when?: string;
}

/** Whether a `when` clause holds; those of rows and of the palette know no "or". */
function holds(when: string, context: Context): boolean {
  return when.split(' && ').every((term) => {
    const [, not, key = '', operator, value = ''] = /^(!?)([\w.]+)(?: (==|=~) (.+))?$/.exec(term) ?? [];
    assert.ok(key !== '', term);
    const found = context[key] ?? false;
    if (operator === '==') return found === value;
    if (operator === '=~') return new RegExp(value.slice(1, -1)).test(String(found));
    return key === 'false' ? false : (not === '!') !== Boolean(found);
  });
}

const shown = (entries: readonly Entry[], context: Context) =>
  entries
    .filter(({ when }) => holds(when ?? '', context))
    .map(({ command }) => command.replace(`${settingsSection}.`, ''));
const sorted = (names: readonly string[]) => [...new Set(names)].sort();

/** Every row that the grammar in `contextValue.ts` allows. */
function rowsOfGrammar(): readonly string[] {
  const source = readFileSync(path.join(projectRoot, 'src/host/trees/contextValue.ts'), 'utf8');
  const lines = source.match(/^ \* {3}\S.*$/gm) ?? [];
  return lines.flatMap((line) => line.slice(2).trim().split(/ {2,}/)).flatMap(expand);
}

/** `a|b;c[;d]` is `a;c`, `a;c;d`, `b;c` and `b;c;d`. */
function expand(rule: string): readonly string[] {
  const parts = rule.match(/\[;[^\]]+\]|[^;[]+/g) ?? [];
  return parts.reduce<readonly string[]>(
    (rows, part, n) => {
      const flag = /^\[;(.+)\]$/.exec(part)?.[1];
      if (flag !== undefined) return rows.flatMap((row) => [row, `${row};${flag}`]);
      return rows.flatMap((row) => part.split('|').map((word) => (n === 0 ? word : `${row};${word}`)));
    },
    [''],
  );
}

const connection = [
  ...['openTimeline', 'takeSnapshot', 'setPassphrase', 'importDump', 'refresh'],
  ...['editConnection', 'removeConnection'],
];
/** What needs recorded moments. */
const recorded = [
  ...['previewAtTime', 'openPastCollection', 'markMoment', 'compareTimes', 'exportDump'],
  ...['verifyRepository', 'testRestore', 'pruneRepository'],
];
const event = ['showEvent', 'previewBeforeEvent', 'compareWithNow'];
const moment = ['previewAtTime', 'openPastCollection', 'compareWithNow', 'exportDump'];
const database = ['previewAtTime', 'openPastCollection', 'compareTimes', 'exportDump'];
const timeseries = ['previewAtTime', 'exportDump'];
/** What writes to the server, and never to a protected one. */
const writing = ['restoreInPlace', 'undoRange'];
const made = ['showPreview', 'openPreview'];

/** What each row of a tree offers, inline and in its menu. */
const clusters: Readonly<Record<string, readonly string[]>> = {
  'connection;idle': ['startRecording', ...connection],
  'connection;idle;protected': ['startRecording', ...connection],
  'connection;idle;restorable': [
    'startRecording',
    ...connection,
    ...recorded,
    'undoRange',
    'undoLastRestore',
  ],
  'connection;idle;restorable;protected': ['startRecording', ...connection, ...recorded],
  'connection;recording': ['stopRecording', ...connection],
  'connection;recording;protected': ['stopRecording', ...connection],
  'connection;recording;restorable': [
    ...['stopRecording', ...connection, ...recorded],
    ...['undoRange', 'undoLastRestore'],
  ],
  'connection;recording;restorable;protected': ['stopRecording', ...connection, ...recorded],
  event: [...event, 'undoEvent', 'restoreInPlace'],
  'event;protected': event,
  range: [...moment, 'restoreInPlace'],
  'range;protected': moment,
  snapshot: [...moment, ...writing],
  'snapshot;protected': moment,
  mark: [...moment, ...writing, 'removeMark'],
  'mark;protected': [...moment, 'removeMark'],
  database: [],
  'database;protected': [],
  'database;restorable': [...database, ...writing],
  'database;restorable;protected': database,
  collection: [],
  'collection;protected': [],
  'collection;restorable': [...database, ...writing, 'showDocumentHistory'],
  'collection;restorable;protected': [...database, 'showDocumentHistory'],
  timeseries: [],
  'timeseries;protected': [],
  'timeseries;restorable': [...timeseries, ...writing],
  'timeseries;restorable;protected': timeseries,
  view: [],
  'view;protected': [],
  'view;restorable': [],
  'view;restorable;protected': [],
  restorable: ['takeSnapshot'],
  'restorable;some': ['takeSnapshot', 'previewAtTime'],
  care: ['verifyRepository'],
  snapshots: ['takeSnapshot'],
  events: [],
  marks: ['markMoment'],
  gaps: [],
  gap: [],
  olderEvents: [],
  page: [],
  problem: [],
};
const previews = { preview: ['openPreview', 'dropPreview'] };
const jobs: Readonly<Record<string, readonly string[]>> = {
  'job;running': ['cancelJob', 'showLog'],
  'job;cancelling': ['showLog'],
  'job;done': ['showLog'],
  'job;done;preview': [...made, 'showLog'],
  'job;done;comparable': ['compareWithNow', 'showLog'],
  'job;done;preview;comparable': [...made, 'compareWithNow', 'showLog'],
  'job;failed': ['showLog'],
  'job;cancelled': ['showLog'],
};

describe('the menus of rows', () => {
  const entries: readonly Entry[] = manifest.contributes.menus['view/item/context'];
  const tables = { [viewIds.clusters]: clusters, [viewIds.previews]: previews, [viewIds.jobs]: jobs };
  const offered = (view: string, viewItem: string, keys: Context = { [contextKeys.canOpenPreviews]: true }) =>
    sorted(shown(entries, { view, viewItem, ...keys }));

  for (const [view, table] of Object.entries(tables))
    it(`of ${view} offer exactly what can be done`, () => {
      for (const [row, commands] of Object.entries(table))
        assert.deepEqual(offered(view, row), sorted(commands), row);
    });

  it('are told for each row that the grammar allows, and for no other', () => {
    // Only a job that is done has made something.
    const rows = rowsOfGrammar().filter((row) => !/^job;(?!done).*;(preview|comparable)/.test(row));
    assert.deepEqual(sorted(rows), sorted(Object.values(tables).flatMap((table) => Object.keys(table))));
  });

  it('have no entry that no row shows', () => {
    const shownSomewhere = (entry: Entry) =>
      Object.entries(tables).some(([view, table]) =>
        Object.keys(table).some(
          (viewItem) => shown([entry], { view, viewItem, [contextKeys.canOpenPreviews]: true }).length > 0,
        ),
      );
    for (const entry of entries) assert.ok(shownSomewhere(entry), JSON.stringify(entry));
  });

  it('open previews only where there is something to open them with', () => {
    for (const [view, row] of [
      [viewIds.previews, 'preview'],
      [viewIds.jobs, 'job;done;preview'],
    ] as const)
      assert.ok(!offered(view, row, {}).includes('openPreview'), row);
  });
});

describe('the palette', () => {
  const hidden = new Map<string, string>(
    manifest.contributes.menus.commandPalette.map(({ command, when }) => [command, when]),
  );
  const palette = (...keys: readonly string[]) =>
    sorted(
      shown(
        manifest.contributes.commands.map(({ command }) => ({
          command,
          when: hidden.get(command) ?? '!never',
        })),
        Object.fromEntries(keys.map((key) => [key, true])),
      ),
    );
  const always = ['addConnection', 'findConnections', 'importConnections', 'showLog'];

  it('offers nothing but to add connections where there is none', () => {
    assert.deepEqual(palette(), always);
    assert.deepEqual(palette(contextKeys.canTryDemo), sorted([...always, 'tryDemo']));
  });

  it('offers to start and to stop only what can be started and stopped', () => {
    const idle = palette(contextKeys.hasConnections, contextKeys.canRecord);
    const busy = palette(contextKeys.hasConnections, contextKeys.recording);
    assert.deepEqual([idle.includes('startRecording'), idle.includes('stopRecording')], [true, false]);
    assert.deepEqual([busy.includes('startRecording'), busy.includes('stopRecording')], [false, true]);
  });

  it('offers what is done with previews only where there are some', () => {
    const withPreviews = [contextKeys.hasConnections, contextKeys.hasPreviews];
    const of = (...keys: readonly string[]) => palette(...keys).filter((name) => /[a-z]Preview$/.test(name));
    assert.deepEqual(of(contextKeys.hasConnections), []);
    assert.deepEqual(of(...withPreviews), ['dropPreview', 'showPreview']);
    const all = of(...withPreviews, contextKeys.canOpenPreviews);
    assert.deepEqual(all, ['dropPreview', 'openPreview', 'showPreview']);
  });

  it('leaves out what only a row can say', () => {
    const all = palette(...Object.values(contextKeys));
    for (const name of ['removeMark', 'explainProblem', 'cancelJob', 'clearJobs'])
      assert.ok(!all.includes(name), name);
  });
});
