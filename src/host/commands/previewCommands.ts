import * as vscode from 'vscode';
import { ensureUri } from '../connectionUri';
import type { Host } from '../host';
import { openInMongodbExtension } from '../mongodbExtension';
import type { Preview } from '../previews';
import { runJob } from '../runJob';
import type { CommandTarget } from '../target';

export interface DropTarget extends CommandTarget {
  readonly confirmed?: boolean;
}

/** Drops a scratch database; asks once, as it can not be undone, yet can be made again. */
export async function dropPreview(host: Host, target?: DropTarget): Promise<boolean> {
  const preview = await targetPreview(host, target, vscode.l10n.t('Drop which preview?'));
  if (!preview) return false;
  if (target?.confirmed !== true && !(await confirmDrop(preview))) return false;
  if (!(await ensureUri(host.connections, host.connections.get(preview.connection)))) return false;
  const outcome = await runJob(host, {
    title: vscode.l10n.t('Drop {0}', preview.database),
    connection: preview.connection,
    outcome: (dropped) => (dropped ? vscode.l10n.t('Dropped') : vscode.l10n.t('It was gone already')),
    work: (signal) => host.previews.drop(preview.connection, preview.database, signal),
  });
  return outcome.kind === 'done';
}

async function confirmDrop(preview: Preview): Promise<boolean> {
  const drop = vscode.l10n.t('Drop Preview');
  const question = vscode.l10n.t('Drop the preview {0}?', preview.database);
  const detail = vscode.l10n.t(
    'The original {0} is not touched; the same preview can be made again.',
    preview.of,
  );
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, drop)) === drop;
}

export async function openPreview(host: Host, target?: CommandTarget): Promise<void> {
  const preview = await targetPreview(host, target, vscode.l10n.t('Open which preview?'));
  if (!preview || !(await ensureUri(host.connections, host.connections.get(preview.connection)))) return;
  const uri = await host.connections.uri(preview.connection);
  await openInMongodbExtension(uri, preview.database, preview.database);
}

/** Selects a preview in its view. */
export async function showPreview(host: Host, target?: CommandTarget): Promise<void> {
  const preview = await targetPreview(host, target, vscode.l10n.t('Show which preview?'));
  if (preview) await host.revealPreview(preview.connection, preview.database);
}

/** One that was dropped since is said to be gone. */
async function targetPreview(
  host: Host,
  target: CommandTarget | undefined,
  placeHolder: string,
): Promise<Preview | undefined> {
  if (target?.connection !== undefined && target.database !== undefined) {
    const found = host.previews.find(target.connection, target.database);
    if (!found) void vscode.window.showInformationMessage(vscode.l10n.t('This preview is no longer there.'));
    return found;
  }
  const items = host.previews.all.map((p) => ({ label: p.database, description: p.of, preview: p }));
  if (items.length <= 1) return items[0]?.preview;
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.preview;
}
