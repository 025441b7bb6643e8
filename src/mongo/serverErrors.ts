import { type Said, say } from '../core/say';
import { BackupError, isAbort } from '../engine/errors';

/** The server's error code, when the error came from a server. */
export function serverCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** Codes of MongoDB's error_codes.yml that the engine branches on. */
export const serverCodes = {
  unauthorized: 13,
  authenticationFailed: 18,
  namespaceNotFound: 26,
  indexNotFound: 27,
  snapshotUnavailable: 246,
  snapshotTooOld: 239,
  queryPlanKilled: 175,
  cappedPositionLost: 136,
  cursorNotFound: 43,
} as const;

/** Whether trying again on a fresh connection may help: network, election, shutdown, a cursor that died. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/^Mongo(Network|ServerSelection|PoolCleared|NotConnected|TopologyClosed)/.test(error.name)) return true;
  const code = serverCode(error);
  return code !== undefined && transientCodes.has(code);
}

const transientCodes = new Set([
  6, 7, 43, 50, 89, 91, 134, 136, 175, 189, 237, 262, 279, 290, 9001, 10058, 10107, 11600, 11602, 13435,
  13436,
]);

/** Names what a failed connection or command means and what to do; `purpose` says which rights are asked for. */
export function explain(error: unknown, doing: Said, purpose: Purpose = 'record'): BackupError {
  if (error instanceof BackupError) return error;
  const text = error instanceof Error ? redact(error.message) : 'unknown error';
  const code = serverCode(error);
  if (code === serverCodes.authenticationFailed || /auth(entication)? failed/i.test(text)) {
    return new BackupError('authentication', say`${doing}: the server refused the user name or password`, {
      hint: say`Check the user, the password and the authSource in the connection string.`,
      cause: error,
    });
  }
  if (code === serverCodes.unauthorized) return notPermitted(text, doing, purpose, error);
  if (error instanceof Error && /^MongoServerSelection/.test(error.name)) {
    return new BackupError('unreachable', say`${doing}: no server answered (${text})`, {
      hint: say`Check that MongoDB runs at this address and that the port is right. For a replica set whose host names do not resolve here, add directConnection=true.`,
      cause: error,
    });
  }
  if (code === serverCodes.cappedPositionLost) {
    // Not yet a loss: the front of the oplog moved under this cursor, and another one may still find the place.
    return new BackupError('unreachable', say`${doing}: the server removed old entries under the cursor`, {
      cause: error,
    });
  }
  if (isTransient(error)) {
    return new BackupError('unreachable', say`${doing}: the connection was lost (${text})`, {
      hint: say`Check that MongoDB still runs, then try again.`,
      cause: error,
    });
  }
  return new BackupError('serverFailed', say`${doing}: ${text}`, { cause: error });
}

const refusedCommand = /not authorized on (\S+) to execute command \{ (\w+):/;

/** Names the command and the database, never what was in the command. */
function notPermitted(text: string, doing: Said, purpose: Purpose, cause: unknown): BackupError {
  const [, database, command] = refusedCommand.exec(text) ?? [];
  const told =
    database && command
      ? say`${doing}: this user may not run ${command} on ${database}`
      : say`${doing}: this user may not do this`;
  return new BackupError('unauthorized', told, { hint: rolesFor(purpose), cause });
}

type Purpose = 'record' | 'restore';

/** Work that writes or reads where one restores: what it throws says what was being done; an abort stays one. */
export async function explained<T>(
  doing: Said,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    throw isAbort(error) ? error : explain(error, doing, 'restore');
  }
}

/** The least built-in roles that suffice, as a hint. */
export function rolesFor(purpose: Purpose): Said {
  switch (purpose) {
    case 'record':
      return say`Recording needs the built-in role "backup": db.getSiblingDB("admin").grantRolesToUser(USER, ["backup"]).`;
    case 'restore':
      return say`Restoring needs the roles "readWrite" and "dbAdmin" on each database that is written; for previews, whose names are new, "readWriteAnyDatabase" and "dbAdminAnyDatabase".`;
  }
}

/** Hides the credentials of any connection string in a text. */
export function redact(text: string): string {
  return text.replace(/(mongodb(?:\+srv)?:\/\/)[^@\s/]*@/gi, '$1***@');
}

/** Whether the driver or a server threw it. */
export function isServerError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('Mongo');
}
