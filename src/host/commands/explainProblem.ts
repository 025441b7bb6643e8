import * as vscode from 'vscode';
import { BackupError } from '../../engine/errors';
import { ensureUri } from '../connectionUri';
import { describeFailure } from '../failure';
import type { Host } from '../host';
import type { NodeOf } from '../trees/clusterNodes';
import { refresh } from './refresh';
import { setPassphrase } from './setPassphrase';

/** What is wrong with a server or repository, what helps, and another try. */
export async function explainProblem(host: Host, node?: NodeOf<'problem'>): Promise<void> {
  if (!node) return;
  const { message, hint } = describeFailure(node.error);
  if (node.error instanceof BackupError && node.error.code === 'wrongPassphrase') {
    await setPassphrase(host, { connection: node.connection });
    return;
  }
  const retry = vscode.l10n.t('Try Again');
  const copy = vscode.l10n.t('Copy');
  const options = hint === undefined ? { modal: true } : { modal: true, detail: hint };
  const chosen = await vscode.window.showWarningMessage(message, options, retry, copy);
  if (chosen === retry && (await ensureUri(host.connections, host.connections.get(node.connection))))
    await refresh(host, node);
  if (chosen === copy) await vscode.env.clipboard.writeText([message, hint].filter(Boolean).join('\n'));
}
