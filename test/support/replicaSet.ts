import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { mongodBinary } from './provided';
import { MongodProcess } from './mongodProcess';
import { waitFor } from './waitFor';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface StandaloneOptions {
  /** Such as `4.4`; by default MONGO_REWIND_MONGOD or the usual server, so that the matrix can change it. */
  readonly version?: string;
  /** The first user, with the role `root`; access control is on then. */
  readonly auth?: Credentials;
  readonly args?: readonly string[];
}

export interface ReplicaSetOptions extends StandaloneOptions {
  readonly members?: number;
  readonly name?: string;
  /** Mongod takes 990 MB at least, unless `replSetResizeOplog` is called later: use `args` for what it allows. */
  readonly oplogSizeMb?: number;
}

export interface Standalone extends AsyncDisposable {
  readonly uri: string;
  readonly port: number;
  readonly dbPath: string;
  readonly server: MongodProcess;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
  /** Shuts down, starts again on the same port and data, and waits until it takes writes. */
  restart(): Promise<void>;
  /** What its owner is told to do, to the letter; waits until it takes writes. */
  becomeReplicaSet(): Promise<void>;
}

export interface ReplicaSet extends AsyncDisposable {
  readonly uri: string;
  readonly name: string;
  readonly ports: readonly number[];
  /** Of the first member, the only one by default. */
  readonly port: number;
  readonly dbPath: string;
  readonly members: readonly MongodProcess[];
  /** A connection string for one member alone. */
  memberUri(index: number): string;
  /** The member that takes writes now. */
  primary(): Promise<number>;
  /** Ends all members and removes their data. */
  stop(): Promise<void>;
  /** Shuts all members down, starts them on the same ports and data, and waits for a primary. */
  restart(): Promise<void>;
  /** Kills one member as a power cut would; `members[index].start()` brings it back. */
  kill(index?: number): Promise<void>;
}

/** A replica set on free ports of 127.0.0.1, with a primary that takes writes and all others secondaries. */
export async function startReplicaSet(options: ReplicaSetOptions = {}): Promise<ReplicaSet> {
  const { members: count = 1, name = 'rs0', auth, args = [], oplogSizeMb } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-'));
  const setArgs = [
    '--replSet',
    name,
    ...(oplogSizeMb === undefined ? [] : ['--oplogSize', String(oplogSizeMb)]),
  ];
  const authArgs = auth ? ['--keyFile', await writeKeyFile(folder)] : [];
  const binary = await mongodBinary(options.version);
  const members = Array.from(
    { length: count },
    (_, index) =>
      new MongodProcess({
        binary,
        dbPath: path.join(folder, `member${index}`),
        temporaryFolder: folder,
        args: [...setArgs, ...authArgs, ...args],
      }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map((member) => member.start()));
    const hosts = members.map((member) => `127.0.0.1:${member.port}`);
    await initiate(hosts, name, args.includes('--configsvr'));
    await waitForMembers(members);
    if (auth) await createRoot(await findPrimary(members), auth);
    const set: ReplicaSet = {
      uri: uriOf(hosts.join(','), auth, `replicaSet=${name}`),
      name,
      ports: members.map((member) => member.port),
      port: portOf(members, 0),
      dbPath: memberAt(members, 0).dbPath,
      members,
      memberUri: (index) => uriOf(`127.0.0.1:${portOf(members, index)}`, auth, 'directConnection=true'),
      primary: async () => members.indexOf(await findPrimary(members)),
      stop,
      restart: async () => {
        await Promise.all(members.map((member) => member.stop()));
        await Promise.all(members.map((member) => member.start()));
        await waitForMembers(members);
      },
      kill: (index = 0) => memberAt(members, index).kill(),
      [Symbol.asyncDispose]: stop,
    };
    return set;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A mongod without a replica set, hence without an oplog. */
export async function startStandalone(options: StandaloneOptions = {}): Promise<Standalone> {
  const { auth, args = [] } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-'));
  const binary = await mongodBinary(options.version);
  const dbPath = path.join(folder, 'data');
  const authArgs = auth ? ['--auth'] : [];
  const server = new MongodProcess({ binary, dbPath, temporaryFolder: folder, args: [...authArgs, ...args] });
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
    if (auth) await createRoot(server, auth);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    uri: uriOf(`127.0.0.1:${server.port}`, auth, 'directConnection=true'),
    port: server.port,
    dbPath,
    server,
    stop,
    restart: async () => {
      await server.stop();
      await server.start();
    },
    becomeReplicaSet: async () => {
      await server.stop();
      await server.start(['--replSet', 'rs0']);
      await withMember(`127.0.0.1:${server.port}`, (client) =>
        client.db('admin').command({ replSetInitiate: {} }),
      );
      await waitForMembers([server]);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function writeKeyFile(folder: string): Promise<string> {
  const file = path.join(folder, 'key');
  await writeFile(file, 'bW9uZ28tcmV3aW5kLXRlc3Qta2V5\n', { mode: 0o600 });
  return file;
}

async function initiate(hosts: readonly string[], name: string, configsvr: boolean): Promise<void> {
  const config = {
    _id: name,
    ...(configsvr ? { configsvr: true } : {}),
    members: hosts.map((host, index) => ({ _id: index, host, priority: index === 0 ? 2 : 1 })),
    // Elections within a second or two instead of ten.
    settings: { electionTimeoutMillis: 2000, heartbeatIntervalMillis: 200 },
  };
  await withMember(hosts[0] ?? '', async (client) => {
    await client.db('admin').command({ replSetInitiate: config });
  });
}

async function waitForMembers(members: readonly MongodProcess[]): Promise<void> {
  await waitFor('a primary', () => findPrimary(members).then(() => true), { timeoutMs: 60_000 });
  await waitFor(
    'secondaries',
    async () => {
      const states = await Promise.all(members.map(hello));
      return states.every((state) => state['isWritablePrimary'] === true || state['secondary'] === true);
    },
    { timeoutMs: 60_000 },
  );
}

async function findPrimary(members: readonly MongodProcess[]): Promise<MongodProcess> {
  for (const member of members) {
    if (member.pid === undefined) continue;
    const state = await hello(member);
    if (state['isWritablePrimary'] === true) return member;
  }
  throw new Error('no member is primary now');
}

function hello(member: MongodProcess): Promise<Document> {
  return withMember(`127.0.0.1:${member.port}`, (client) => client.db('admin').command({ hello: 1 }));
}

/** By the localhost exception: no user exists yet. */
async function createRoot(member: MongodProcess, { user, password }: Credentials): Promise<void> {
  await withMember(`127.0.0.1:${member.port}`, async (client) => {
    await client.db('admin').command({ createUser: user, pwd: password, roles: ['root'] });
  });
}

async function withMember<T>(host: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 5000,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function memberAt(members: readonly MongodProcess[], index: number): MongodProcess {
  const member = members[index];
  if (!member) throw new Error(`there is no member ${index}`);
  return member;
}

function portOf(members: readonly MongodProcess[], index: number): number {
  return memberAt(members, index).port;
}

function uriOf(hosts: string, auth: Credentials | undefined, query: string): string {
  const login = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : '';
  return `mongodb://${login}${hosts}/?${query}${auth ? '&authSource=admin' : ''}`;
}
