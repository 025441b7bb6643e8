import { type Collection, type MongoClient, Timestamp } from 'mongodb';
import { type Said, say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { BackupError, isAbort } from '../engine/errors';
import type { OplogSource, RawBatch, SourceDescription, SourcePosition } from '../engine/ports';
import { readPosition, replicaSetId, timeOf } from './inspectSource';
import { readRaw } from './rawCursor';
import { isReplyLimit, withReplyLimit } from './replyLimit';
import { explain, serverCode, serverCodes } from './serverErrors';

/** How long the server holds a `getMore` open when there is nothing new. */
const maxAwaitTimeMs = 500;

/** How long a reply may take before its connection is given up. */
export interface ReplyLimits {
  /** One that takes longer than the server was asked to wait most likely means that the connection hangs. */
  readonly usualMs: number;
  /** Yet on a slow link one of 16 MB may take its time: each that is given up makes the next limit longer. */
  readonly longestMs: number;
}

const defaultReplyLimits: ReplyLimits = { usualMs: maxAwaitTimeMs + 10_000, longestMs: 120_000 };
/** After so many replies in a row the link is not that slow. */
const repliesToTrust = 50;

/** Gives the member to read from, for each cursor anew. */
export type ChooseMember = (signal: AbortSignal) => Promise<MongoClient>;

/** The oplog of the replica set described, from the member that is chosen. */
export function oplogSource(
  choose: ChooseMember,
  description: SourceDescription,
  { usualMs, longestMs }: ReplyLimits = defaultReplyLimits,
): OplogSource {
  let limitMs = usualMs;
  const explained = async <T>(
    signal: AbortSignal,
    work: (client: MongoClient, limit: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    try {
      return await withReplyLimit(usualMs, signal, async (limit) => work(await choose(limit), limit));
    } catch (error) {
      throw isAbort(error) ? error : explain(error, doing());
    }
  };
  return {
    safeStart: (signal) => explained(signal, safeStart),
    position: (signal) => explained(signal, readPosition),
    oldest: (signal) => explained(signal, oldest),
    async *read(from, signal) {
      const client = await explained(signal, async (chosen) => {
        await refuseOther(chosen, description);
        return chosen;
      });
      let replies = 0;
      try {
        for await (const batch of readOplog(client, from, limitMs, signal)) {
          if (++replies === repliesToTrust) limitMs = usualMs;
          yield batch;
        }
      } catch (error) {
        if (isReplyLimit(error)) limitMs = Math.min(limitMs * 2, longestMs);
        throw error;
      }
    },
  };
}

const doing = (): Said => say`reading the oplog`;

/** Another server may answer at the same address by now. */
async function refuseOther(
  client: MongoClient,
  { setName, replicaSetId: known }: SourceDescription,
): Promise<void> {
  const found = await replicaSetId(client);
  if (known === undefined || found === undefined || found === known) return;
  throw new BackupError(
    'wrongSource',
    say`another replica set called ${setName} answers at this address now`,
    {
      hint: say`Its data are not what was recorded. Record it into another folder.`,
    },
  );
}

async function safeStart(client: MongoClient, signal: AbortSignal): Promise<ClusterTime> {
  // The committed time is read first: a transaction that starts in between is then later than it.
  const { committed }: SourcePosition = await readPosition(client, signal);
  const first = await oldestTransaction(client, signal);
  return first !== undefined && first < committed ? first : committed;
}

async function oldest(client: MongoClient, signal: AbortSignal): Promise<ClusterTime> {
  const oplog = client.db('local').collection<{ ts: Timestamp }>('oplog.rs');
  const options = { projection: { ts: 1, _id: 0 }, sort: { $natural: 1 }, limit: 1, signal } as const;
  const [first] = await oplog.find({}, options).toArray();
  if (!first) throw new BackupError('unreachable', say`${doing()}: it is empty`);
  return timeOf(first.ts);
}

/** Start of the oldest prepared or running transaction that has entries in the oplog already. */
async function oldestTransaction(client: MongoClient, signal: AbortSignal): Promise<ClusterTime | undefined> {
  const transactions: Collection<{ startOpTime?: { ts: Timestamp } }> = client
    .db('config')
    .collection('transactions');
  try {
    const [first] = await transactions
      .find({ state: { $in: ['prepared', 'inProgress'] }, startOpTime: { $exists: true } }, { signal })
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
  limitMs: number,
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
          readConcern: { level: 'majority' },
        },
        readAhead: false,
        maxAwaitTimeMs,
        replyLimitMs: limitMs,
      },
      signal,
    );
  } catch (error) {
    throw isAbort(error) ? error : explain(error, doing());
  } finally {
    await session.endSession().catch(() => undefined);
  }
}
