import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { demoSetName, demoUri } from '../core/demoUri';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { type MongoClient, connect } from './connect';
import { LastWords } from './lastWords';

export interface DemoServer {
  readonly uri: string;
  readonly client: MongoClient;
  stop(): Promise<void>;
}

const readyMs = 60_000;

/** Ends the server when this process does, however it ends: by then nobody holds the other end of its input. */
const guard =
  'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; (cat <&3 >/dev/null; kill $pid 2>/dev/null) >/dev/null 2>&1 & wait $pid';

/** A replica set of one member for this machine alone. `folder` exists; the port of an earlier start keeps its data. */
export async function startDemoServer(
  mongod: string,
  folder: string,
  wantedPort: number | undefined,
  signal: AbortSignal,
): Promise<DemoServer> {
  const port = wantedPort ?? (await freePort());
  const child = spawnGuarded(mongod, argumentsOf(port, folder));
  const gone = once(child, 'exit').then(() => undefined);
  const stop = async (): Promise<void> => {
    if (process.platform === 'win32') child.kill();
    else child.stdin?.end();
    await gone;
  };
  try {
    await whenListening(child, mongod, signal);
    await initiate(port);
    const client = await connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
    return {
      uri: demoUri(port),
      client,
      stop: async () => {
        await client.close().catch(() => undefined);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnGuarded(mongod: string, args: readonly string[]): ChildProcess {
  if (process.platform === 'win32') return spawn(mongod, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return spawn('/bin/sh', ['-c', guard, 'sh', mongod, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

function argumentsOf(port: number, folder: string): readonly string[] {
  const small = [
    '--wiredTigerCacheSizeGB',
    '0.25',
    '--setParameter',
    'diagnosticDataCollectionEnabled=false',
  ];
  const socket = process.platform === 'win32' ? [] : ['--nounixsocket'];
  const local = ['--port', String(port), '--bind_ip', '127.0.0.1', ...socket];
  return ['--replSet', demoSetName, ...local, '--dbpath', folder, ...small];
}

async function whenListening(child: ChildProcess, mongod: string, signal: AbortSignal): Promise<void> {
  const words = new LastWords();
  const failed = (): BackupError =>
    new BackupError('serverFailed', say`mongod did not start: ${words.text}`, {
      hint: say`Run ${mongod} in a terminal to see what is wrong, or put another mongod first on PATH and restart VS Code.`,
    });
  const lines = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(failed()));
    for (const output of [child.stdout, child.stderr]) {
      if (!output) continue;
      createInterface({ input: output }).on('line', (line) => {
        words.add(line);
        if (line.includes('"Waiting for connections"')) resolve();
      });
    }
  });
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(readyMs)]);
  const late = pause(2 * readyMs, undefined, { signal: timeout }).catch(() => {
    signal.throwIfAborted();
    throw failed();
  });
  await Promise.race([lines, late]);
}

/** Makes it a replica set where it is none yet, and waits until it takes writes. */
async function initiate(port: number): Promise<void> {
  const client = await connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  try {
    const admin = client.db('admin');
    const config = { _id: demoSetName, members: [{ _id: 0, host: `127.0.0.1:${port}` }] };
    await admin.command({ replSetInitiate: config }).catch((error: unknown) => {
      if ((error as { codeName?: string }).codeName !== 'AlreadyInitialized') throw error;
    });
    for (const untilMs = Date.now() + readyMs; Date.now() < untilMs; await pause(100))
      if ((await admin.command({ hello: 1 }))['isWritablePrimary'] === true) return;
    throw new BackupError('serverFailed', say`the demo server did not become primary`);
  } finally {
    await client.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new BackupError('internal', say`no free port`);
  return address.port;
}
