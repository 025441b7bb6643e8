import * as vscode from 'vscode';
import type { NeighbourReport, PlanReport } from '../protocol/job';
import { formatBytes, formatClusterMoment, formatCount, formatMoment } from './format';

const listed = 8;

/** A restore plan as the lines of a modal's detail. */
export function planDetail(plan: PlanReport): string {
  const { snapshot } = plan;
  const lines = [
    vscode.l10n.t(
      'Base: snapshot of {0}, {1} documents.',
      formatClusterMoment(snapshot.consistentAt),
      formatCount(snapshot.documents),
    ),
    vscode.l10n.t(
      'Replay: {0} operations from {1} segments, {2}.',
      formatCount(plan.operations),
      formatCount(plan.segments),
      formatBytes(plan.segmentBytes),
    ),
  ];
  if (plan.last) lines.push(vscode.l10n.t('Last operation kept: {0}', neighbourText(plan.last)));
  if (plan.next) lines.push(vscode.l10n.t('First one left out: {0}', neighbourText(plan.next)));
  lines.push('', ...namespaceLines(plan));
  if (plan.warnings.length > 0) lines.push('', ...plan.warnings.map((w) => `⚠ ${w}`));
  return lines.join('\n');
}

function namespaceLines(plan: PlanReport): readonly string[] {
  const lines = plan.namespaces
    .slice(0, listed)
    .map(({ ns, to }) => (ns === to ? `• ${ns}` : `• ${ns} → ${to}`));
  const more = plan.namespaces.length - lines.length;
  if (more > 0) lines.push(vscode.l10n.t('• and {0} more', formatCount(more)));
  return lines;
}

function neighbourText({ op, ns, wallMs, at }: NeighbourReport): string {
  const time = wallMs === undefined ? formatClusterMoment(at) : formatMoment(wallMs);
  return [op, ns, time].filter((part) => part !== '').join(' · ');
}
