import * as vscode from 'vscode';
import type { CopyProgress } from '../protocol/job';
import { formatBytes, formatCount, formatSpan } from './format';
import { documentsText as countText } from './planText';
import type { Rate } from './progressRate';

export interface ProgressText {
  readonly message: string;
  /** 0 to 100; `undefined` where no estimate exists. */
  readonly percent: number | undefined;
}

/** Words for what an engine job reports: what, how much, how fast, how long still. */
export function progressText(progress: CopyProgress, rate: Rate): ProgressText {
  const parts = [phaseText(progress.phase)];
  if (progress.namespace !== undefined) parts.push(progress.namespace);
  if (progress.documents > 0) parts.push(documentsText(progress));
  if (progress.bytes > 0) parts.push(bytesText(progress.bytes, rate.bytesPerSecond));
  if (rate.leftMs !== undefined) parts.push(vscode.l10n.t('{0} left', formatSpan(rate.leftMs)));
  const total = progress.totalDocuments;
  const percent = total ? Math.min(100, (progress.documents / total) * 100) : undefined;
  return { message: parts.join(' · '), percent };
}

function documentsText({ documents, totalDocuments }: CopyProgress): string {
  return totalDocuments === undefined || totalDocuments < documents
    ? countText(documents)
    : vscode.l10n.t('{0} of {1} documents', formatCount(documents), formatCount(totalDocuments));
}

function bytesText(bytes: number, perSecond: number | undefined): string {
  return perSecond === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatBytes(perSecond)}/s)`;
}

function phaseText(phase: CopyProgress['phase']): string {
  switch (phase) {
    case 'copy':
      return vscode.l10n.t('Copying');
    case 'catchUp':
      return vscode.l10n.t('Catching up with writes');
    case 'load':
      return vscode.l10n.t('Loading');
    case 'replay':
      return vscode.l10n.t('Replaying');
    case 'indexes':
      return vscode.l10n.t('Building indexes');
    case 'check':
      return vscode.l10n.t('Checking');
    case 'remove':
      return vscode.l10n.t('Removing');
  }
}
