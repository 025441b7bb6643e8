import { say } from '../core/say';
import { BackupError } from '../engine/errors';

class NoReply extends BackupError {}

export function isReplyLimit(error: unknown): boolean {
  return error instanceof NoReply;
}

/**
 * Runs a command with a signal that is aborted with the caller's, and when no reply comes in time: a connection that
 * hangs is given up, so that the next attempt gets a fresh one.
 */
export async function withReplyLimit<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  command: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const stop = (): void => limit.abort(signal?.reason);
  const timer = setTimeout(() => {
    limit.abort(
      new NoReply('unreachable', say`the server did not answer for ${String(Math.round(limitMs / 1000))} s`, {
        hint: say`Check that MongoDB still runs and that the network is up.`,
      }),
    );
  }, limitMs);
  signal?.addEventListener('abort', stop);
  try {
    return await command(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
