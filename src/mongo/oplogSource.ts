import { type Collection, type MongoClient, Timestamp } from 'mongodb';
import type { ClusterTime } from '../core/time';
import { isAbort } from '../engine/errors';
import type { OplogSource, RawBatch, SourcePosition } from '../engine/ports';
import { readPosition, timeOf } from './inspectSource';
import { readRaw } from './rawCursor';
import { explain, serverCode, serverCodes } from './serverErrors';

/** How long the server holds a `getMore` open when there is nothing new. */
const maxAwaitTimeMs = 500;

/** The oplog of the member the client reads from. */
export function oplogSource(client: MongoClient): OplogSource {
  return {
    safeStart: () => explained(safeStart(client)),
    position: () => explained(readPosition(client)),
    read: (from, signal) => readOplog(client, from, signal),
  };
}

const doing = 'reading the oplog';

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explain(error, doing);
  }
}

async function safeStart(client: MongoClient): Promise<ClusterTime> {
  // The committed time is read first: a transaction that starts in between is then later than it.
  const { committed }: SourcePosition = await readPosition(client);
  const oldest = await oldestTransaction(client);
  return oldest !== undefined && oldest < committed ? oldest : committed;
}

/** Start of the oldest prepared or running transaction that has entries in the oplog already. */
async function oldestTransaction(client: MongoClient): Promise<ClusterTime | undefined> {
  const transactions: Collection<{ startOpTime?: { ts: Timestamp } }> = client
    .db('config')
    .collection('transactions');
  try {
    const [first] = await transactions
      .find({ state: { $in: ['prepared', 'inProgress'] }, startOpTime: { $exists: true } })
      .sort({ 'startOpTime.ts': 1 })
      .limit(1)
      .toArray();
    return first?.startOpTime === undefined ? undefined : timeOf(first.startOpTime.ts);
  } catch (error) {
    // Only members of sharded clusters have such rows, and those are refused; so the right to look is not needed.
    if (serverCode(error) === serverCodes.unauthorized) return undefined;
    throw error;
  }
}

async function* readOplog(
  client: MongoClient,
  from: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<RawBatch> {
  const session = client.startSession({ causalConsistency: false });
  try {
    yield* readRaw(
      {
        db: client.db('local'),
        session,
        command: {
          find: 'oplog.rs',
          filter: { ts: { $gte: new Timestamp(from) } },
          tailable: true,
          awaitData: true,
          noCursorTimeout: true,
          readConcern: { level: 'majority' },
        },
        readAhead: false,
        maxAwaitTimeMs,
      },
      signal,
    );
  } catch (error) {
    throw isAbort(error) ? error : explain(error, doing);
  } finally {
    await session.endSession().catch(() => undefined);
  }
}
