import * as vscode from 'vscode';
import { idLabel } from '../core/idLabel';
import { parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { ChangeReport, DiffReport } from '../protocol/timeTravel';
import { changeIcon, countsText, fieldsText, isSame, leftText } from './compareText';
import type { Connection } from './connections';
import { formatClusterNearby, formatCount } from './format';
import type { Host } from './host';
import { pageSize } from './pastDocuments';
import type { PastDocument } from './pastUri';
import { runJob } from './runJob';
import { sentence } from './sentence';

export interface Comparison {
  readonly connection: Connection;
  /** `DB.COLL`, `DB`, or `''` for everything. */
  readonly scope: string;
  /** TIMEs; `latest` is now, as far as it is recorded. */
  readonly from: string;
  readonly to: string;
  /** Only these namespaces of the scope, where given. */
  readonly among?: (ns: string) => boolean;
}

export interface CollectionDiff {
  readonly ns: string;
  readonly report: DiffReport;
}

export interface Compared {
  readonly diffs: readonly CollectionDiff[];
  /** Views and time-series collections of the scope: they have no documents of their own to compare. */
  readonly left: readonly string[];
}

/** So many changes of one collection can be looked at one by one. */
const changesKept = 1000;
/** The multi-file diff editor opens each of its files. */
const shownAtOnce = 60;

/** Counts what differs between two times, then shows it. Answers with the counts by collection. */
export async function compareFlow(
  host: Host,
  comparison: Comparison,
): Promise<readonly CollectionDiff[] | undefined> {
  const { connection, scope } = comparison;
  const outcome = await runJob<Compared>(host, {
    title: vscode.l10n.t('Compare {0}', scope === '' ? connection.name : scope),
    connection: connection.id,
    outcome: ({ diffs }) => countsText(totalOf(diffs)),
    work: async (signal, report) => {
      const compared = await diffAll(host, comparison, changesKept, signal, report);
      if (compared.diffs.length > 0) return compared;
      if (compared.left.length === 0) throw new BackupError('notFound', say`No collection existed then.`);
      throw new BackupError('notFound', say`There are only views and time-series collections to compare.`, {
        hint: say`They have no documents of their own: compare what they are made of, or preview both moments.`,
      });
    },
  });
  if (outcome.kind !== 'done') return undefined;
  void showDiffs(host, connection, outcome.result).catch((error: unknown) =>
    host.log.error('comparison not shown', error),
  );
  return outcome.result.diffs;
}

/** Each collection that was there at one of the times, with at most `limit` changes of each. */
export async function diffAll(
  host: Host,
  comparison: Comparison,
  limit: number,
  signal: AbortSignal,
  report?: Parameters<Parameters<typeof runJob>[1]['work']>[1],
): Promise<Compared> {
  const { connection, scope, from, to } = comparison;
  const { repository } = connection;
  const { names, left } = parseNamespace(scope)
    ? { names: [scope], left: [] }
    : await namesIn(host, comparison, signal);
  const diffs: CollectionDiff[] = [];
  for (const [i, ns] of names.entries()) {
    report?.({ phase: 'check', namespace: ns, documents: i, totalDocuments: names.length, bytes: 0 });
    // All are compared at the times that the first was: now moves on.
    const span = diffs[0]?.report ?? { from, to };
    const params = { repository, ns, from: span.from, to: span.to, limit };
    diffs.push({ ns, report: await host.worker.run('diff', params, { signal }) });
  }
  return { diffs, left };
}

async function namesIn(
  host: Host,
  { connection, scope, from, to, among }: Comparison,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[]; readonly left: readonly string[] }> {
  const { repository } = connection;
  const names = new Set<string>();
  const left = new Set<string>();
  for (const at of [from, to])
    for (const { ns, type } of await host.worker.run('collections', { repository, at }, { signal }))
      if ((scope === '' || ns.startsWith(`${scope}.`)) && (among?.(ns) ?? true))
        (type === 'collection' ? names : left).add(ns);
  return { names: [...names].sort(), left: [...left].sort() };
}

export function totalOf(diffs: readonly CollectionDiff[]) {
  const sum = (part: 'added' | 'removed' | 'changed') =>
    diffs.reduce((total, { report }) => total + report[part], 0);
  return { added: sum('added'), removed: sum('removed'), changed: sum('changed') };
}

async function showDiffs(host: Host, connection: Connection, { diffs, left }: Compared) {
  const [first, ...others] = diffs;
  const changed = diffs.filter(({ report }) => !isSame(report));
  const [only = others.length === 0 ? first : undefined, ...more] = changed;
  const note = leftText(left);
  if (only && more.length === 0) return await showDiff(host, connection, only, note);
  const times = first ? spanText(first.report) : '';
  if (changed.length === 0) return void tellSame(times, [note, ...diffs.flatMap(warningsOf)]);
  const items = changed.map((diff) => ({
    label: `$(symbol-class) ${diff.ns}`,
    description: countsText(diff.report),
    diff,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: `${countsText(totalOf(diffs))} · ${times}`,
    placeHolder: [vscode.l10n.t('Show which collection?'), note].join(' ').trim(),
    matchOnDescription: true,
  });
  if (picked) await showDiff(host, connection, picked.diff, note);
}

async function tellSame(times: string, notes: readonly string[]): Promise<void> {
  const same = vscode.l10n.t('No difference: {0}', times);
  const told = notes.filter((note) => note !== '');
  await vscode.window.showInformationMessage(told.length === 0 ? same : [`${same}.`, ...told].join(' '));
}

function warningsOf({ report }: CollectionDiff): string[] {
  return report.warnings.map((warning) => `⚠ ${sentence(warning)}`);
}

function spanText({ from, to }: DiffReport): string {
  const nowMs = Date.now();
  return `${formatClusterNearby(from, nowMs)} ↔ ${formatClusterNearby(to, nowMs)}`;
}

/** All changed documents in one editor, with the counts in its title; the rest is one click away. */
async function showDiff(
  host: Host,
  connection: Connection,
  diff: CollectionDiff,
  note: string,
): Promise<void> {
  const { ns, report } = diff;
  const counts = countsText(report);
  const times = spanText(report);
  const notes = [note, ...warningsOf(diff)];
  if (isSame(report)) return await tellSame(`${ns}, ${times}`, notes);
  // The counts come first: the editor takes its time.
  openChanges(host, connection, diff, `${ns}: ${counts} · ${times}`).catch((error: unknown) =>
    host.log.error('changes not shown', error),
  );
  const pick = vscode.l10n.t('Pick a Document…');
  const both = vscode.l10n.t('Compare as Text');
  const shown = Math.min(report.changes.length, shownAtOnce);
  const all = report.added + report.removed + report.changed;
  const part = all > shown ? vscode.l10n.t('The first {0} are shown.', formatCount(shown)) : '';
  const message = vscode.l10n.t('{0}: {1} between {2}.', ns, counts, times.replace('↔', '–'));
  const text = [message, part, ...notes].filter((one) => one !== '').join(' ');
  const chosen = await vscode.window.showInformationMessage(text, pick, both);
  if (chosen === pick) await pickChange(host, connection, diff);
  if (chosen === both) await compareAsText(host, connection, diff);
}

async function openChanges(
  host: Host,
  connection: Connection,
  { ns, report }: CollectionDiff,
  title: string,
): Promise<void> {
  const changes = report.changes.slice(0, shownAtOnce).map((change) => {
    const { before, after } = urisOf(host, connection, ns, report, change);
    const left = change.change === 'added' ? undefined : before;
    const right = change.change === 'removed' ? undefined : after;
    return [right ?? before, left, right] as const;
  });
  await vscode.commands.executeCommand('vscode.changes', title, changes);
}

function urisOf(host: Host, connection: Connection, ns: string, report: DiffReport, change: ChangeReport) {
  const namespace = parseNamespace(ns) ?? { database: ns, collection: '' };
  const one = { connection: connection.id, namespace, id: change._id };
  return {
    before: host.pastDocuments.version({ ...one, at: report.from }, change.before ?? null),
    after: host.pastDocuments.version({ ...one, at: report.to }, change.after ?? null),
  };
}

async function pickChange(host: Host, connection: Connection, { ns, report }: CollectionDiff): Promise<void> {
  const items = report.changes.map((change) => ({
    label: `$(${changeIcon(change.change)}) ${idLabel(change._id)}`,
    description: fieldsText(change.fields),
    change,
  }));
  const title = `${ns}: ${countsText(report)}`;
  const placeHolder = report.more
    ? vscode.l10n.t('The first {0} documents that differ', formatCount(items.length))
    : vscode.l10n.t('Documents that differ');
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
  if (!picked) return;
  const { before, after } = urisOf(host, connection, ns, report, picked.change);
  const name = `${idLabel(picked.change._id)} · ${spanText(report)}`;
  await vscode.commands.executeCommand('vscode.diff', before, after, name);
}

/** The collection at both times, its first page, in the plain diff editor; the title says where there is more. */
export async function compareAsText(
  host: Host,
  connection: Connection,
  { ns, report }: CollectionDiff,
): Promise<void> {
  const namespace = parseNamespace(ns);
  if (!namespace) return;
  const of = { connection: connection.id, namespace, page: 0 };
  const before = { ...of, at: report.from };
  const after = { ...of, at: report.to };
  const pages = [await host.pastDocuments.page(before), await host.pastDocuments.page(after)];
  const part = pages.some(({ more }) => more)
    ? [vscode.l10n.t('only the first {0} documents', formatCount(pageSize))]
    : [];
  const title = [ns, spanText(report), ...part].join(' · ');
  const uri = (past: PastDocument) => host.pastDocuments.uri(past);
  await vscode.commands.executeCommand('vscode.diff', uri(before), uri(after), title);
}
