import * as vscode from 'vscode';
import type { ConflictReport, UndoReport } from '../protocol/timeTravel';
import { formatCount } from './format';

const listed = 8;

/** What an undo does, or did, as one line. */
export function undoLine({ restored, removed, unchanged, collections }: UndoReport): string {
  const parts = [
    restored > 0 ? restoredText(restored) : undefined,
    removed > 0 ? removedText(removed) : undefined,
    ...collections,
    unchanged > 0 ? unchangedText(unchanged) : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? vscode.l10n.t('nothing to change') : parts.join(', ');
}

/** What exactly an undo will change, for a modal's detail. */
export function undoDetail(report: UndoReport): string {
  const { restored, removed, unchanged, collections, conflicts } = report;
  const lines = [
    ...(restored > 0 ? [`• ${restoredText(restored)}`] : []),
    ...(removed > 0 ? [`• ${removedText(removed)}`] : []),
    ...collections.map((c) => `• ${c}`),
    ...(unchanged > 0 ? [`• ${unchangedText(unchanged)}`] : []),
  ];
  if (conflicts.length > 0) lines.push('', conflictsText(conflicts.length), ...conflictLines(conflicts));
  lines.push('', vscode.l10n.t('Everything else that was written since stays.'));
  return lines.join('\n');
}

/** The first conflicts, one a line, and how many more there are. */
export function conflictLines(conflicts: readonly ConflictReport[]): readonly string[] {
  const lines = conflicts
    .slice(0, listed)
    .map(({ ns, _id, reason }) => `• ${_id === undefined ? ns : `${ns} ${_id}`}: ${reason}`);
  const more = conflicts.length - listed;
  return more > 0 ? [...lines, vscode.l10n.t('and {0} more', formatCount(more))] : lines;
}

function restoredText(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 document comes back as it was')
    : vscode.l10n.t('{0} documents come back as they were', formatCount(count));
}

function removedText(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 document that was added is removed')
    : vscode.l10n.t('{0} documents that were added are removed', formatCount(count));
}

function unchangedText(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 document is as it was already')
    : vscode.l10n.t('{0} documents are as they were already', formatCount(count));
}

function conflictsText(count: number): string {
  return count === 1
    ? vscode.l10n.t('1 document was changed since, by other hands:')
    : vscode.l10n.t('{0} documents were changed since, by other hands:', formatCount(count));
}
