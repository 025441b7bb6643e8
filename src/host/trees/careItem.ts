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
function isDamaged({ verified }: Cared): boolean {
  return verified?.ok === false;
}

/** Whether the last test restore gave back something else than what is recorded; only another one can tell better. */
function isDifferent({ verified }: Cared): boolean {
  return verified?.restored?.ok === false;
}

/** A few words for what is wrong with a repository. */
export function troubleText(status: Cared): string | undefined {
  if (isDamaged(status)) return vscode.l10n.t('damaged');
  return isDifferent(status) ? vscode.l10n.t('test restore differs') : undefined;
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
  const command = commandOf(status);
  if (command) made.command = { ...command, arguments: [{ connection }] };
  return made;
}

function commandOf(status: Cared): vscode.Command | undefined {
  if (isDamaged(status))
    return { title: vscode.l10n.t('Verify Again'), command: commandIds.verifyRepository };
  return isDifferent(status)
    ? { title: vscode.l10n.t('Restore on Trial'), command: commandIds.testRestore }
    : undefined;
}

/** Changes when the item has to be drawn anew. */
export function careLook(status: Cared, nowMs: number): string {
  return JSON.stringify([careText(status, nowMs), troubleText(status)]);
}

function careText(
  { verified, pruned }: Cared,
  nowMs: number,
): { readonly label: string; readonly description: string | undefined } {
  const prunedText = pruned?.removed && vscode.l10n.t('pruned {0}', ago(pruned.removed.atMs, nowMs));
  if (!verified) return { label: vscode.l10n.t('Not verified yet'), description: prunedText };
  const verifiedText = ago(verified.atMs, nowMs);
  if (verified.ok && verified.restored?.ok === false)
    return {
      label: vscode.l10n.t('Test restore differs'),
      description: vscode.l10n.t('found {0}', ago(verified.restored.atMs, nowMs)),
    };
  return verified.ok
    ? { label: vscode.l10n.t('Verified'), description: joined(verifiedText, prunedText) }
    : { label: vscode.l10n.t('Damaged'), description: vscode.l10n.t('found {0}', verifiedText) };
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' · ');
}

function icon(status: Cared): vscode.ThemeIcon {
  if (troubleText(status) !== undefined)
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
    verified?.restored && restoredText(verified.restored),
    removed &&
      vscode.l10n.t('Pruned last at {0}: {1} freed', formatMoment(removed.atMs), formatBytes(removed.bytes)),
  );
}

function restoredText({ ok, atMs }: { readonly ok: boolean; readonly atMs: number }): string {
  return ok
    ? vscode.l10n.t('The test restore of {0} gave back all of it.', formatMoment(atMs))
    : vscode.l10n.t(
        'The test restore of {0} gave back something else than what is recorded: restore on trial again to see what.',
        formatMoment(atMs),
      );
}

/** In whole minutes, so that it is not drawn anew every second. */
function ago(ms: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - ms) / minuteMs);
  if (minutes < 1) return vscode.l10n.t('just now');
  return vscode.l10n.t('{0} ago', formatSpan(minutes * minuteMs));
}
