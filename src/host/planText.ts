import * as vscode from 'vscode';
import type { NeighbourReport, PlanReport } from '../protocol/job';
import { formatClock, formatClusterMoment, formatClusterNearby, formatCount } from './format';
import { sentence } from './sentence';

const listed = 8;

/** A restore plan as the lines of a modal's detail. */
export function planDetail(plan: PlanReport, nowMs: number): string {
  const { snapshot } = plan;
  const lines = [
    vscode.l10n.t(
      'From the snapshot of {0} ({1}) with {2} replayed.',
      formatClusterNearby(snapshot.consistentAt, nowMs),
      documentsText(snapshot.documents),
      operationsText(plan.operations),
    ),
  ];
  if (plan.last) lines.push(vscode.l10n.t('Last kept: {0}', neighbourText(plan.last)));
  if (plan.next) lines.push(vscode.l10n.t('First left out: {0}', neighbourText(plan.next)));
  lines.push('', ...namespaceLines(plan));
  if (plan.warnings.length > 0) lines.push('', ...plan.warnings.map((w) => `⚠ ${sentence(w)}`));
  return lines.join('\n');
}

/** One line a database: where it goes, and what of it. */
function namespaceLines({ namespaces }: PlanReport): readonly string[] {
  const databases = new Map<string, string[]>();
  for (const { ns, to } of namespaces) {
    const [from, collection] = split(ns);
    const [into] = split(to);
    const heading = from === into ? from : `${from} → ${into}`;
    databases.set(heading, [...(databases.get(heading) ?? []), collection]);
  }
  return [...databases].map(([heading, collections]) => `${heading}\n    ${some(collections)}`);
}

function split(ns: string): readonly [string, string] {
  const dot = ns.indexOf('.');
  return dot < 0 ? [ns, ''] : [ns.slice(0, dot), ns.slice(dot + 1)];
}

function some(names: readonly string[]): string {
  const more = names.length - listed;
  const shown = names.slice(0, listed).join(', ');
  return more > 0 ? vscode.l10n.t('{0} and {1} more', shown, formatCount(more)) : shown;
}

function neighbourText({ op, ns, wallMs, at }: NeighbourReport): string {
  const time = wallMs === undefined ? formatClusterMoment(at) : formatClock(wallMs);
  return [operationText(op), ns, time].filter((part) => part !== '').join(' · ');
}

/** The letters of the oplog in words. */
function operationText(op: string): string {
  switch (op) {
    case 'i':
      return vscode.l10n.t('insert');
    case 'u':
      return vscode.l10n.t('update');
    case 'd':
      return vscode.l10n.t('delete');
    case 'c':
      return vscode.l10n.t('command');
    case 'n':
      return vscode.l10n.t('no-op');
    default:
      return op;
  }
}

export function documentsText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 document') : vscode.l10n.t('{0} documents', formatCount(count));
}

export function collectionsText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 collection') : vscode.l10n.t('{0} collections', formatCount(count));
}

export function operationsText(count: number): string {
  return count === 1 ? vscode.l10n.t('1 operation') : vscode.l10n.t('{0} operations', formatCount(count));
}
