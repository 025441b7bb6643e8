import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../tools/lib/paths.mjs';

const data = path.join(root, 'docs', 'benchmarks.json');
const document = path.join(root, 'docs', 'BENCHMARKS.md');

/** Keeps one benchmark's result beside those of the others, and writes docs/BENCHMARKS.md anew from all of them. */
export function keepResult(name, result, order) {
  mkdirSync(path.dirname(data), { recursive: true });
  const kept = existsSync(data) ? JSON.parse(readFileSync(data, 'utf8')) : {};
  kept[name] = result;
  const sorted = Object.fromEntries(order.filter((n) => kept[n]).map((n) => [n, kept[n]]));
  writeFileSync(data, `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(document, render(sorted));
}

const introduction = `# Benchmarks

Written by \`npm run bench\`; what it measured last is kept in \`benchmarks.json\` beside this file. Peers are mongodump and
mongorestore, where they are found (\`MONGO_TOOLS=DIR\` or PATH); without them ours runs alone. Contenders are interleaved in one
run, each round in another order, with the disk's queue emptied before each. Figures are medians, with least and most
behind them. **Ratio** is the peer's wall clock divided by ours, so above 1 we are faster; it carries over to other
machines better than seconds do. CPU is of the program alone, server CPU that of mongod meanwhile, memory the highest
resident set. Server, client and disk share one machine here, so CPU that a program saves goes to the server.
`;

function render(results) {
  return [introduction, ...Object.values(results).map(section)].join('\n');
}

function section({ title, text, tables, facts }) {
  return [
    `## ${title}\n`,
    ...text.map((paragraph) => `${paragraph}\n`),
    ...tables.map(
      ({ caption, columns, rows }) => `${caption ? `**${caption}**\n\n` : ''}${table(columns, rows)}\n`,
    ),
    `${facts.join(' · ')}\n`,
  ].join('\n');
}

function table(columns, rows) {
  const cells = [columns, ...rows].map((row) => row.map((cell) => String(cell ?? '')));
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = cells;
  return [line(head), line(widths.map((w) => '-'.repeat(w))), ...body.map(line)].join('\n');
}

export function number(value, digits = 2) {
  return value === undefined ? 'n/a' : value.toFixed(digits);
}

/** A contender's row: wall clock with its span, ratio to ours, costs. */
export function contenderRow(name, of, oursS) {
  const ratio = oursS === undefined || of.wallS === undefined ? undefined : of.wallS / oursS;
  return [
    name,
    of.rounds,
    number(of.wallS),
    `${number(of.minS)} – ${number(of.maxS)}`,
    ratio === undefined || ratio === 1 ? '' : `**${number(ratio)}**`,
    number(of.cpuS),
    number(of.serverCpuS),
    number(of.peakMb, 0),
    number(of.outMb, 0),
  ];
}

export const contenderColumns = [
  'Contender',
  'Rounds',
  'Wall s',
  'Least – most',
  'Ratio',
  'CPU s',
  'Server CPU s',
  'Memory MB',
  'Output MB',
];
