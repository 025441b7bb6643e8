import * as vscode from 'vscode';
import type { Host } from '../host';
import { commandIds } from '../ids';
import type { NodeOf } from '../trees/clusterNodes';
import { refreshStatus } from './recording';

/** Takes a mark of the tree away, with a way back: from then on nothing is kept for it. */
export async function removeMark(host: Host, node?: NodeOf<'mark'>): Promise<void> {
  if (!node) return;
  const { connection, mark } = node;
  const { repository } = host.connections.get(connection);
  await host.worker.run('removeMark', { repository, name: mark.name });
  await refreshStatus(host, connection);
  const back = vscode.l10n.t('Put It Back');
  const message = vscode.l10n.t('The mark "{0}" is removed.', mark.name);
  const putBack = async () => {
    if ((await vscode.window.showInformationMessage(message, back)) !== back) return;
    const again = { connection, name: mark.name, at: mark.at };
    await vscode.commands.executeCommand(commandIds.markMoment, again);
  };
  void putBack();
}
