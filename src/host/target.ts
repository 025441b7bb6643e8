import * as vscode from 'vscode';
import type { Connection } from './connections';
import type { Host } from './host';
import { commandIds } from './ids';

/**
 * What a command is called with: a tree node, or an object from a keybinding, a task or a test.
 * Every field left out is asked for.
 */
export interface CommandTarget {
  readonly connection?: string;
  /** `DB` or `DB.COLL`. */
  readonly ns?: string;
  /** Any TIME that the engine takes. */
  readonly at?: string;
  readonly database?: string;
}

/** The named connection, the only one, or the one picked; `undefined` when there is none or the user turns away. */
export async function targetConnection(
  host: Host,
  target: CommandTarget | undefined,
  placeHolder: string,
  among: (connection: Connection) => boolean = () => true,
): Promise<Connection | undefined> {
  if (typeof target?.connection === 'string') return host.connections.get(target.connection);
  if (host.connections.all.length === 0) void offerToAdd();
  const candidates = host.connections.all.filter(among);
  if (candidates.length <= 1) return candidates[0];
  const items = candidates.map((c) => ({ label: c.name, description: c.label, connection: c }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.connection;
}

async function offerToAdd(): Promise<void> {
  const add = vscode.l10n.t('Add Connection');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('There is no connection yet.'),
    add,
  );
  if (chosen === add) await vscode.commands.executeCommand(commandIds.addConnection);
}
