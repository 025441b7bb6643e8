/** What went wrong, for code to branch on. Messages are for people and may change. */
export type ErrorCode =
  | 'badUri'
  | 'unreachable'
  | 'authentication'
  | 'unauthorized'
  | 'standalone'
  | 'unsupportedTopology'
  | 'unsupportedVersion'
  | 'wrongSource'
  | 'badInput'
  | 'notFound'
  | 'noRepository'
  | 'repositoryUnwritable'
  | 'repositoryFull'
  | 'formatVersion'
  | 'locked'
  | 'targetOutOfRange'
  | 'gap'
  | 'damaged'
  | 'unknownEntry'
  | 'targetExists'
  | 'protected'
  | 'serverFailed'
  | 'cancelled'
  | 'internal';

export interface ErrorFacts {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure a person can understand: `message` says what happened, `hint` what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
  }
}

/** True for an abort by the caller, whoever threw it. */
export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || (error instanceof BackupError && error.code === 'cancelled'))
  );
}
