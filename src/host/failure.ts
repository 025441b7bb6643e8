import * as vscode from 'vscode';
import { BackupError } from '../engine/errors';

export interface FailureText {
  readonly message: string;
  readonly hint: string | undefined;
}

/** What to tell a person; the cause of anything unexpected is for the log. */
export function describeFailure(error: unknown): FailureText {
  if (error instanceof BackupError) return { message: error.message, hint: error.hint };
  return { message: vscode.l10n.t('Unexpected error, see the log.'), hint: undefined };
}

/** Message and hint as one line. */
export function failureLine(error: unknown): string {
  const { message, hint } = describeFailure(error);
  return hint === undefined ? message : `${message} ${hint}`;
}
