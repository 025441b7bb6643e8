import { say } from '../core/say';
import { BackupError } from '../engine/errors';

const duplicateKey = 11_000;

/** Throws `serverFailed` where a write command refused a document; one that is there already may be tolerated. */
export function checkWriteErrors(errors: unknown, tolerateDuplicates: boolean): void {
  const writeErrors = (errors ?? []) as {
    code: number;
    errmsg: string;
    keyPattern?: Record<string, unknown>;
  }[];
  const failure = writeErrors.find(
    (e) =>
      !(tolerateDuplicates && e.code === duplicateKey && Object.keys(e.keyPattern ?? {}).join() === '_id'),
  );
  if (failure)
    throw new BackupError('serverFailed', say`a document was refused: ${failure.errmsg}`, { cause: failure });
}
