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

/** Connects for as long as `work` lasts. */
export async function withClient<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await connect(uri);
  try {
    return await work(client);
  } finally {
    await client.close().catch(() => undefined);
  }
}
