import type { MongoClient } from 'mongodb';
import type { TargetReader } from '../engine/ports';
import { readRaw } from './rawCursor';

/** Reads collections as they are stored, in their natural order. */
export function targetReader(client: MongoClient): TargetReader {
  return {
    async *read(ns, signal) {
      const session = client.startSession({ causalConsistency: false });
      try {
        const command = {
          find: ns.collection,
          sort: { $natural: 1 },
          batchSize: 4_000,
          noCursorTimeout: true,
        };
        yield* readRaw({ db: client.db(ns.database), session, command, readAhead: true }, signal);
      } finally {
        await session.endSession().catch(() => undefined); // the server ends it by itself
      }
    },
  };
}
