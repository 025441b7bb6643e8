import * as vscode from 'vscode';
import { isAbort } from '../../engine/errors';
import { colorIcon, colorName, connectionColors, type ConnectionColor } from '../connectionColor';
import { readConnectionString } from '../connectionString';
import type { Connection } from '../connections';
import { askUri, warnOfSession } from '../connectionUri';
import type { Host } from '../host';
import { tellFailure } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import { probe } from './addConnection';

export interface EditTarget extends CommandTarget {
  readonly name?: string;
  readonly uri?: string;
  readonly color?: ConnectionColor | 'none';
  readonly protected?: boolean;
}

interface Choice extends vscode.QuickPickItem {
  readonly run: () => Promise<void>;
}

/** Changes what `target` says, or asks what to change. Answers with the connection as it is then. */
export async function editConnection(host: Host, target?: EditTarget): Promise<Connection | undefined> {
  const connection = await targetConnection(host, target, vscode.l10n.t('Edit which connection?'));
  if (!connection) return undefined;
  const given = target ?? {};
  if (given.name !== undefined) await rename(host, connection.id, given.name);
  if (given.color !== undefined) await recolor(host, connection.id, given.color);
  if (given.protected !== undefined) await protect(host, connection.id, given.protected);
  if (given.uri !== undefined) await replaceUri(host, connection.id, given.uri);
  const said = [given.name, given.color, given.protected, given.uri].some((part) => part !== undefined);
  if (!said) await (await ask(host, connection))?.run();
  return host.connections.find(connection.id);
}

async function ask(host: Host, connection: Connection): Promise<Choice | undefined> {
  const { id, name, label, color } = connection;
  const title = vscode.l10n.t('Edit {0}', name);
  const choices: Choice[] = [
    {
      label: `$(edit) ${vscode.l10n.t('Name')}`,
      description: name,
      run: async () => {
        const typed = await vscode.window.showInputBox({ title, value: name, prompt: vscode.l10n.t('Name') });
        if (typed !== undefined) await rename(host, id, typed);
      },
    },
    {
      label: `$(plug) ${vscode.l10n.t('Connection String')}`,
      description: label,
      run: async () => {
        const prompt = vscode.l10n.t('The new connection string. It must lead to the same replica set.');
        const typed = await askUri(title, prompt);
        if (typed !== undefined) await replaceUri(host, id, typed);
      },
    },
    {
      label: `$(symbol-color) ${vscode.l10n.t('Color')}`,
      description: color === undefined ? vscode.l10n.t('None') : colorName(color),
      run: async () => {
        const chosen = await askColor(title, color);
        if (chosen !== undefined) await recolor(host, id, chosen);
      },
    },
    connection.protected
      ? {
          label: `$(unlock) ${vscode.l10n.t('Remove Protection')}`,
          description: vscode.l10n.t('Allows to restore in place'),
          run: async () => {
            if (await consent(connection)) await protect(host, id, false);
          },
        }
      : {
          label: `$(shield) ${vscode.l10n.t('Protect')}`,
          description: vscode.l10n.t('Nothing is ever restored in place'),
          run: () => protect(host, id, true),
        },
  ];
  return await vscode.window.showQuickPick(choices, { title, placeHolder: vscode.l10n.t('What to change?') });
}

async function askColor(
  title: string,
  current: ConnectionColor | undefined,
): Promise<ConnectionColor | 'none' | undefined> {
  const none = { label: vscode.l10n.t('None'), color: 'none' as const };
  const items = connectionColors.map((color) => ({
    label: colorName(color),
    color,
    iconPath: colorIcon(color),
  }));
  const placeHolder =
    current === undefined
      ? vscode.l10n.t('Pick a color')
      : vscode.l10n.t('Pick a color; now it is {0}', colorName(current));
  return (await vscode.window.showQuickPick([none, ...items], { title, placeHolder }))?.color;
}

async function consent(connection: Connection): Promise<boolean> {
  const remove = vscode.l10n.t('Remove Protection');
  const question = vscode.l10n.t('Remove the protection of {0}?', connection.name);
  const detail = vscode.l10n.t(
    'A restore in place can then replace what is stored on {0}.',
    connection.label,
  );
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove;
}

async function rename(host: Host, id: string, name: string): Promise<void> {
  const connection = host.connections.get(id);
  await host.connections.update({ ...connection, name: name.trim() === '' ? connection.label : name.trim() });
}

async function recolor(host: Host, id: string, color: ConnectionColor | 'none'): Promise<void> {
  const { color: _, ...rest } = host.connections.get(id);
  await host.connections.update(color === 'none' ? rest : { ...rest, color });
}

async function protect(host: Host, id: string, wanted: boolean): Promise<void> {
  await host.connections.update({ ...host.connections.get(id), protected: wanted });
}

/** Tries the new string before the old one goes. A host elsewhere is protected again; recording goes on with it. */
async function replaceUri(host: Host, id: string, text: string): Promise<void> {
  const title = vscode.l10n.t('Edit Connection');
  const read = readConnectionString(text);
  if (read.kind === 'bad')
    return void vscode.window.showErrorMessage(vscode.l10n.t('Not a connection string.'));
  try {
    await probe(host, read.uri, read.label, host.connections.get(id).repository);
  } catch (error) {
    if (!isAbort(error)) void tellFailure(title, error);
    return;
  }
  const before = host.connections.get(id);
  const isOn = host.recorders.isOn(id);
  if (isOn) await host.recorders.stop(id);
  const next: Connection = {
    ...before,
    name: before.name === before.label ? read.label : before.name,
    label: read.label,
    protected: before.protected || !read.local,
  };
  if ((await host.connections.put(next, read.uri)) === 'session') void warnOfSession(next.name);
  if (isOn) await host.recorders.start(id);
  await host.sources.refresh(id);
}
