import * as vscode from 'vscode';
import type { StatusReport } from '../../protocol/job';
import { formatBytes, formatMoment, formatSpan } from '../format';
import { commandIds } from '../ids';
import { contextValue } from './contextValue';
import { tooltipOf } from './tooltip';

const minuteMs = 60_000;

type Cared = Pick<StatusReport, 'verified' | 'pruned'>;

/** Whether a repository was verified yet, or anything of it was pruned. */
export function hasCare({ verified, pruned }: Cared): boolean {
  return verified !== undefined || pruned?.removed !== undefined;
}

/** Whether the last verify found damage. */
export function isDamaged({ verified }: Cared): boolean {
  return verified?.ok === false;
}

/** When the repository was verified and pruned last, and whether all was well. */
export function careItem(connection: string, status: Cared, nowMs: number): vscode.TreeItem {
  const { label, description } = careText(status, nowMs);
  const made = new vscode.TreeItem(label);
  made.id = `${connection}/care`;
  if (description !== undefined) made.description = description;
  made.iconPath = icon(status);
  made.tooltip = tooltip(status);
  made.contextValue = contextValue('care');
  if (isDamaged(status))
    made.command = {
      title: vscode.l10n.t('Verify Again'),
      command: commandIds.verifyRepository,
      arguments: [{ connection }],
    };
  return made;
}

/** Changes when the item has to be drawn anew. */
export function careLook(status: Cared, nowMs: number): string {
  return JSON.stringify([careText(status, nowMs), isDamaged(status)]);
}

function careText(
  { verified, pruned }: Cared,
  nowMs: number,
): { readonly label: string; readonly description: string | undefined } {
  const prunedText = pruned?.removed && vscode.l10n.t('pruned {0}', ago(pruned.removed.atMs, nowMs));
  if (!verified) return { label: vscode.l10n.t('Not verified yet'), description: prunedText };
  const verifiedText = ago(verified.atMs, nowMs);
  return verified.ok
    ? { label: vscode.l10n.t('Verified'), description: joined(verifiedText, prunedText) }
    : { label: vscode.l10n.t('Damaged'), description: vscode.l10n.t('found {0}', verifiedText) };
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' · ');
}

function icon(status: Cared): vscode.ThemeIcon {
  if (isDamaged(status))
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return new vscode.ThemeIcon(status.verified ? 'verified' : 'unverified');
}

function tooltip({ verified, pruned }: Cared): vscode.MarkdownString {
  const title =
    verified === undefined
      ? vscode.l10n.t('No verify has read this repository yet')
      : verified.ok
        ? vscode.l10n.t('All files were intact at {0}', formatMoment(verified.atMs))
        : vscode.l10n.t('Files were damaged at {0}: verify again to see which', formatMoment(verified.atMs));
  const removed = pruned?.removed;
  return tooltipOf(
    title,
    removed &&
      vscode.l10n.t('Pruned last at {0}: {1} freed', formatMoment(removed.atMs), formatBytes(removed.bytes)),
  );
}

/** In whole minutes, so that it is not drawn anew every second. */
function ago(ms: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - ms) / minuteMs);
  if (minutes < 1) return vscode.l10n.t('just now');
  return vscode.l10n.t('{0} ago', formatSpan(minutes * minuteMs));
}
