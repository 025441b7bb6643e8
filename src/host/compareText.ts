import * as vscode from 'vscode';
import type { ChangeReport, DiffCounts } from '../protocol/timeTravel';
import { formatCount } from './format';

/** `1,204 removed, 2 changed`; what is none is left out, and all of it where nothing differs. */
export function countsText({ added, removed, changed }: DiffCounts): string {
  const parts = [
    removed > 0 ? vscode.l10n.t('{0} removed', formatCount(removed)) : undefined,
    added > 0 ? vscode.l10n.t('{0} added', formatCount(added)) : undefined,
    changed > 0 ? vscode.l10n.t('{0} changed', formatCount(changed)) : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? vscode.l10n.t('no difference') : parts.join(', ');
}

/** The same where the later time takes the place of the earlier one again. */
export function backText({ added, removed, changed }: DiffCounts): string {
  const parts = [
    added > 0 ? vscode.l10n.t('{0} come back', formatCount(added)) : undefined,
    changed > 0 ? vscode.l10n.t('{0} change back', formatCount(changed)) : undefined,
    removed > 0 ? vscode.l10n.t('{0} that came since go', formatCount(removed)) : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? vscode.l10n.t('no difference') : parts.join(', ');
}

export function isSame({ added, removed, changed }: DiffCounts): boolean {
  return added + removed + changed === 0;
}

/** A sentence for what a comparison leaves out; empty where that is nothing. */
export function leftText(left: readonly string[]): string {
  if (left.length === 0) return '';
  const names = fieldsText(left);
  return vscode.l10n.t('Not compared, as views and time-series collections: {0}.', names);
}

export function changeIcon(change: ChangeReport['change']): string {
  switch (change) {
    case 'added':
      return 'diff-added';
    case 'removed':
      return 'diff-removed';
    case 'changed':
      return 'diff-modified';
  }
}

/** Fields that differ, the first of many. */
export function fieldsText(fields: readonly string[]): string {
  const shown = fields.slice(0, 6).join(', ');
  return fields.length > 6 ? vscode.l10n.t('{0} and {1} more', shown, formatCount(fields.length - 6)) : shown;
}
