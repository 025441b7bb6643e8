import type { Document, MongoClient, ObjectId, Timestamp } from 'mongodb';
import { say } from '../core/say';
import { type ClusterTime, clusterTimeFrom } from '../core/time';
import { BackupError } from '../engine/errors';
import type { SourceDescription, SourcePosition } from '../engine/ports';
import { withReplyLimit } from './replyLimit';
import { explain, rolesFor, serverCode, serverCodes } from './serverErrors';

/** Says what the client is connected to, and refuses what cannot be backed up, before anything is written. */
export async function inspectSource(client: MongoClient): Promise<SourceDescription> {
  const description = await inspectTarget(client);
  try {
    await mayReadOplog(client);
    return description;
  } catch (error) {
    throw explain(error, say`cannot read from this server`);
  }
}

/** Like {@link inspectSource}, of what is only written to: the oplog need not be readable. */
export async function inspectTarget(client: MongoClient): Promise<SourceDescription> {
  const admin = client.db('admin');
  try {
    const hello = await admin.command({ hello: 1 });
    refuseTopology(hello);
    const { version, versionArray } = (await admin.command({ buildInfo: 1 })) as {
      version: string;
      versionArray: number[];
    };
    const major = versionArray[0] ?? 0;
    if (major < 4 || (major === 4 && (versionArray[1] ?? 0) < 4)) {
      throw new BackupError('unsupportedVersion', say`MongoDB ${version} is too old`, {
        hint: say`MongoDB 4.4 and later can be recorded.`,
      });
    }
    await refuseShardMember(client);
    return {
      setName: hello['setName'] as string,
      replicaSetId: await replicaSetId(client),
      version,
      featureCompatibilityVersion: await featureCompatibilityVersion(client),
      canPin: major >= 5,
    };
  } catch (error) {
    throw explain(error, say`cannot read from this server`);
  }
}

const positionLimitMs = 10_000;

/** Reads `hello.lastWrite`: needs no privilege. */
export async function readPosition(client: MongoClient, signal?: AbortSignal): Promise<SourcePosition> {
  const hello = (await withReplyLimit(positionLimitMs, signal, (limit) =>
    client.db('admin').command({ hello: 1 }, { signal: limit }),
  )) as {
    isWritablePrimary: boolean;
    lastWrite?: { opTime: { ts: Timestamp }; majorityOpTime?: { ts: Timestamp } };
  };
  // A member that still copies the data of another knows of no majority.
  if (!hello.lastWrite?.majorityOpTime)
    throw new BackupError('unreachable', say`this member of the replica set has no data now`);
  const { opTime, majorityOpTime } = hello.lastWrite;
  return {
    committed: timeOf(majorityOpTime.ts),
    newest: timeOf(opTime.ts),
    primary: hello.isWritablePrimary,
  };
}

/** Driver timestamps are unsigned 64-bit Longs. */
export function timeOf(timestamp: Timestamp): ClusterTime {
  return clusterTimeFrom(timestamp.toBigInt());
}

function refuseTopology(hello: Document): void {
  if (hello['msg'] === 'isdbgrid') {
    throw new BackupError(
      'unsupportedTopology',
      say`this is a mongos: sharded clusters are not supported yet`,
      {
        hint: say`Connect to a replica set that is not part of a sharded cluster.`,
      },
    );
  }
  if (typeof hello['setName'] !== 'string') {
    throw new BackupError(
      'standalone',
      say`this is a standalone server: it keeps no oplog, so nothing can be recorded`,
      {
        hint: say`Make it a replica set of one: stop mongod; start it again with --replSet rs0 (or "replication: {replSetName: rs0}" in mongod.conf); then run once in mongosh: rs.initiate(). The data stays.`,
      },
    );
  }
  if (hello['isWritablePrimary'] !== true && hello['secondary'] !== true) {
    throw new BackupError(
      'unreachable',
      say`this member of the replica set is neither primary nor secondary now`,
      {
        hint: say`Wait until it has started or recovered, or connect to another member.`,
      },
    );
  }
}

async function refuseShardMember(client: MongoClient): Promise<void> {
  let role: string | undefined;
  try {
    const options = (await client.db('admin').command({ getCmdLineOpts: 1 })) as {
      parsed?: { sharding?: { clusterRole?: string } };
    };
    role = options.parsed?.sharding?.clusterRole;
  } catch (error) {
    if (serverCode(error) !== serverCodes.unauthorized) throw error;
    role = await roleFromShardIdentity(client);
  }
  if (role === undefined) return;
  throw new BackupError(
    'unsupportedTopology',
    role === 'configsvr'
      ? say`this is a config server of a sharded cluster: not supported yet`
      : say`this is a shard of a sharded cluster: not supported yet`,
    { hint: say`Its oplog alone gives no consistent cluster. Connect to a replica set of its own.` },
  );
}

async function roleFromShardIdentity(client: MongoClient): Promise<string | undefined> {
  try {
    const identity = await client
      .db('admin')
      .collection<{ _id: string }>('system.version')
      .findOne({ _id: 'shardIdentity' });
    return identity === null ? undefined : 'shardsvr';
  } catch (error) {
    if (serverCode(error) === serverCodes.unauthorized) return undefined;
    throw error;
  }
}

async function mayReadOplog(client: MongoClient): Promise<void> {
  try {
    await client.db('local').command({ find: 'oplog.rs', limit: 1, projection: { _id: 0, ts: 1 } });
  } catch (error) {
    if (serverCode(error) !== serverCodes.unauthorized && serverCode(error) !== 8000) throw error;
    throw new BackupError('unauthorized', say`this user may not read the oplog (find on local.oplog.rs)`, {
      hint: rolesFor('record'),
      cause: error,
    });
  }
}

/** Tells two replica sets of one name apart; `undefined` where the role does not show it. */
export async function replicaSetId(client: MongoClient): Promise<string | undefined> {
  try {
    const config = await client.db('local').collection('system.replset').findOne({});
    const settings = config?.['settings'] as { replicaSetId?: ObjectId } | undefined;
    return settings?.replicaSetId?.toHexString();
  } catch (error) {
    if (serverCode(error) === serverCodes.unauthorized) return undefined;
    throw error;
  }
}

async function featureCompatibilityVersion(client: MongoClient): Promise<string | undefined> {
  try {
    const reply = (await client.db('admin').command({ getParameter: 1, featureCompatibilityVersion: 1 })) as {
      featureCompatibilityVersion?: { version?: string };
    };
    return reply.featureCompatibilityVersion?.version;
  } catch (error) {
    if (serverCode(error) === serverCodes.unauthorized) return undefined;
    throw error;
  }
}

/** Hours between the oldest and the newest entry of the member's oplog. */
export async function oplogHours(client: MongoClient): Promise<number> {
  const oplog = client.db('local').collection<{ ts: Timestamp }>('oplog.rs');
  const [first] = await oplog
    .find({}, { projection: { ts: 1, _id: 0 } })
    .sort({ $natural: 1 })
    .limit(1)
    .toArray();
  const [last] = await oplog
    .find({}, { projection: { ts: 1, _id: 0 } })
    .sort({ $natural: -1 })
    .limit(1)
    .toArray();
  if (!first || !last) return 0;
  return (last.ts.t - first.ts.t) / 3600;
}
