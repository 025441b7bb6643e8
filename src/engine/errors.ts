import type { ErrorCode } from '../core/errorCode';
import { type Said, say } from '../core/say';

export interface ErrorFacts {
  readonly hint?: Said;
  readonly cause?: unknown;
}

/** A failure a person can understand: `message` says what happened, `hint` what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: Said, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
  }
}

export function protectedConnection(): BackupError {
  return new BackupError('protected', say`this connection is protected: nothing is written to it`, {
    hint: say`Restore into a scratch database or another deployment, or take the protection off first.`,
  });
}

/** True for an abort by the caller, whoever threw it. */
export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || (error instanceof BackupError && error.code === 'cancelled'))
  );
}
