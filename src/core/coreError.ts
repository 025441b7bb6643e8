import type { ErrorCode } from './errorCode';
import { type Said, say } from './say';
import type { ClusterTime } from './time';
import { formatClusterTime } from './time';

/** What the log cannot be read past. `at` is the oplog entry that it fails on. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly code: ErrorCode;
  readonly at: ClusterTime;

  constructor(code: ErrorCode, message: Said, at: ClusterTime) {
    super(say`${message} (oplog entry ${formatClusterTime(at)})`);
    this.code = code;
    this.at = at;
  }
}
