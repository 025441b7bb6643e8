import * as vscode from 'vscode';
import { say } from '../../core/say';
import { BackupError } from '../../engine/errors';
import type { Host } from '../host';
import { tellFailure } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import { refreshStatus } from './recording';

export interface PassphraseTarget extends CommandTarget {
  readonly passphrase?: string;
}

/** Takes the passphrase of an encrypted repository, or of one that is still to be made. Whether it is kept. */
export async function setPassphrase(host: Host, target?: PassphraseTarget): Promise<boolean> {
  const title = vscode.l10n.t('Encryption Passphrase');
  const connection = await targetConnection(
    host,
    target,
    vscode.l10n.t('The passphrase of which repository?'),
  );
  if (!connection) return false;
  try {
    const { state, opens } = await host.passphrases.check(connection.repository, target?.passphrase);
    if (state === 'plain') throw isPlain();
    const given = target?.passphrase;
    if (given !== undefined && !opens) throw isWrong();
    if (given !== undefined) await host.passphrases.keep(connection, given);
    else if ((await host.passphrases.ask(connection, { once: false })) === undefined) return false;
    tell(connection.name, state);
    return true;
  } catch (error) {
    host.log.warn('passphrase not taken', error);
    void tellFailure(title, error);
    return false;
  }
}

/** What could not be read can be now; a recorder that gave up starts again. */
export async function goOnUnlocked(host: Host, id: string): Promise<void> {
  await refreshStatus(host, id);
  await host.previews.refresh();
  if (host.connections.isRecordingWanted(id)) await host.recorders.start(id);
}

function isPlain(): BackupError {
  return new BackupError('wrongPassphrase', say`This repository is not encrypted.`, {
    hint: say`A repository is encrypted from its beginning or never: add the connection again with another folder.`,
  });
}

function isWrong(): BackupError {
  return new BackupError(
    'wrongPassphrase',
    say`That is not the passphrase of this repository. Type it again.`,
  );
}

function tell(name: string, state: 'absent' | 'encrypted'): void {
  const message =
    state === 'absent'
      ? vscode.l10n.t('{0} is encrypted from its first recording on.', name)
      : vscode.l10n.t('The repository of {0} can be read.', name);
  void vscode.window.showInformationMessage(message);
}
