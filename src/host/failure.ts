import * as vscode from 'vscode';
import { BackupError } from '../engine/errors';
import { sentence } from './sentence';

export interface FailureText {
  readonly message: string;
  readonly hint: string | undefined;
}

/** What to tell a person, and what to do; the cause of anything unexpected is for the log. */
export function describeFailure(error: unknown): FailureText {
  if (error instanceof BackupError && (error.code !== 'internal' || error.hint !== undefined))
    return { message: sentence(error.message), hint: error.hint && sentence(error.hint) };
  return { message: vscode.l10n.t('Unexpected error, see the log.'), hint: undefined };
}

/** Message and hint as one line. */
export function failureLine(error: unknown): string {
  const { message, hint } = describeFailure(error);
  return hint === undefined ? message : `${message} ${hint}`;
}
