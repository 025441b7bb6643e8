import { once } from 'node:events';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { fileRepository } from '../storage/fileRepository';
import { openRepository } from '../storage/repository';
import type { RepositoryReader } from '../engine/ports';
import { type MongoClient, connect } from '../mongo/connect';

const readers = new Map<string, RepositoryReader>();

/** The repository in a folder; what its files said is remembered for the life of this process. */
export async function openReader(folder: string): Promise<RepositoryReader> {
  await openRepository(folder);
  let reader = readers.get(folder);
  if (!reader) readers.set(folder, (reader = fileRepository(folder)));
  return reader;
}

/** What `work` comes to, but an abort at once: a server that does not answer is not waited for. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined); // after an abort nobody waits for it
  const ended = new AbortController();
  const aborted = once(signal, 'abort', { signal: ended.signal });
  aborted.catch(() => undefined); // the work was done first
  try {
    const first = signal.aborted
      ? 'aborted'
      : await Promise.race([work, aborted.then(() => 'aborted' as const)]);
    if (first === 'aborted') throw new BackupError('cancelled', say`cancelled`);
    return first;
  } finally {
    ended.abort();
  }
}

/** Connects for as long as `work` lasts. */
export async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await connect(uri);
  try {
    return await work(client);
  } finally {
    await client.close().catch(() => undefined);
  }
}
