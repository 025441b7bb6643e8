import type { Collection, Document } from 'mongodb';
import { waitFor } from './waitFor';

/** Waits, up to a minute, until a collection holds so many documents. */
export async function waitForCount<Stored extends Document>(
  collection: Collection<Stored>,
  count: number,
): Promise<void> {
  await waitFor(
    `${String(count)} documents in ${collection.namespace}`,
    async () => (await collection.countDocuments()) === count,
    { timeoutMs: 60_000 },
  );
}
