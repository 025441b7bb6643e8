import * as vscode from 'vscode';
import { Disposable } from './disposable';
import { settingIds, settingsSection } from './ids';
import type { Logger } from './logger';
import { readSettings, type UnreadableSetting } from './settings';

/** Tells of settings that cannot be read, once for each text, with the setting one click away. */
export class UnreadableSettings extends Disposable {
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor(log: Logger) {
    super();
    this.#log = log;
    this.register(
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration(settingsSection)) this.#look();
      }),
    );
    this.#look();
  }

  #look(): void {
    for (const setting of readSettings().unreadable) {
      const key = JSON.stringify([setting.id, setting.text]);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.#log.warn('setting not read', setting.id, setting.text);
      void tell(setting);
    }
  }
}

async function tell({ id, text }: UnreadableSetting): Promise<void> {
  const name = `${settingsSection}.${id}`;
  const open = vscode.l10n.t('Open Settings');
  const message = vscode.l10n.t('“{0}” says nothing for the setting {1}. {2}', text, name, effectOf(id));
  if ((await vscode.window.showWarningMessage(message, open)) !== open) return;
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${name}`);
}

/** What follows from it. */
function effectOf(id: string): string {
  switch (id) {
    case settingIds.repositoryFolder:
      return vscode.l10n.t(
        'It has to be an absolute folder; new repositories go to the extension’s own storage.',
      );
    case settingIds.verifyEvery:
      return vscode.l10n.t('Nothing is verified by itself.');
    default:
      return vscode.l10n.t('Nothing is pruned by itself.');
  }
}
