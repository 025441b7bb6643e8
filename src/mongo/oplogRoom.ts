import type { MongoClient } from 'mongodb';
import { serverCode, serverCodes } from './serverErrors';

/** Bytes that the server's oplog may take; `undefined` where the role does not show it. */
export async function oplogRoom(client: MongoClient): Promise<number | undefined> {
  try {
    const stats = await client.db('local').command({ collStats: 'oplog.rs' });
    const size: unknown = stats['maxSize'];
    return typeof size === 'number' ? size : undefined;
  } catch (error) {
    if (serverCode(error) === serverCodes.unauthorized) return undefined;
    throw error;
  }
}
