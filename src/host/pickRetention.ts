import * as vscode from 'vscode';
import { parseDuration } from '../core/duration';
import { parseSize } from '../core/size';

export interface RetentionChoice {
  readonly keepMs: number;
  readonly maxBytes?: number;
}

interface SpanItem extends vscode.QuickPickItem {
  readonly span?: string;
}

/** Asks how long a history to keep, and in how many bytes. */
export async function pickRetention(title: string): Promise<RetentionChoice | undefined> {
  const items: readonly SpanItem[] = [
    { label: vscode.l10n.t('The last 24 hours'), span: '24h' },
    { label: vscode.l10n.t('The last 7 days'), span: '7d' },
    { label: vscode.l10n.t('The last 30 days'), span: '30d' },
    { label: vscode.l10n.t('The last 90 days'), span: '90d' },
    { label: vscode.l10n.t('Another span or a size…') },
  ];
  const placeHolder = vscode.l10n.t('What to keep restorable; marks stay restorable whatever their age');
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (!chosen) return undefined;
  const text = chosen.span ?? (await askText(title));
  return text === undefined ? undefined : readRetention(text);
}

/** `7d`, or `7d 20GB`: a span, and the most that the repository may take. */
function readRetention(text: string): RetentionChoice | undefined {
  const [span = '', size, ...rest] = text.trim().split(/\s+/);
  const keepMs = parseDuration(span);
  const maxBytes = size === undefined ? undefined : parseSize(size);
  if (keepMs === undefined || rest.length > 0 || (size !== undefined && maxBytes === undefined))
    return undefined;
  return maxBytes === undefined ? { keepMs } : { keepMs, maxBytes };
}

async function askText(title: string): Promise<string | undefined> {
  return await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('A span such as 12h, 3d or 8w, and a size where you want a limit: 7d 20GB'),
    value: '7d',
    validateInput: (text) =>
      readRetention(text) ? undefined : vscode.l10n.t('A span such as 7d, or a span and a size: 7d 20GB'),
  });
}
