import type { MongoClient } from 'mongodb';

/** Major and minor number of the server, as one: 5.3. */
export async function serverVersion(client: MongoClient): Promise<number> {
  const { version } = await client.db('admin').command({ buildInfo: 1 });
  return Number.parseFloat(String(version));
}
