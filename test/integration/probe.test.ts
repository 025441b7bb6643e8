import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { runJob } from '../../src/worker/jobs';
import { rewind } from '../support/commandLine';
import { startReplicaSet } from '../support/replicaSet';

const never = new AbortController().signal;

describe('looking at a server', function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-probe-'));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('ends at once when it is cancelled, though the server does not answer', async () => {
    const silent = net.createServer();
    const sockets = new Set<net.Socket>();
    silent.on('connection', (socket) => sockets.add(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const patience = 'directConnection=true&serverSelectionTimeoutMS=120000&connectTimeoutMS=120000';
    const abort = new AbortController();
    const uri = `mongodb://127.0.0.1:${port}/?${patience}`;
    const looking = runJob('probe', { uri }, () => undefined, abort.signal);
    looking.catch(() => undefined);
    await once(silent, 'connection');
    abort.abort();
    await assert.rejects(looking, { code: 'cancelled' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('refuses another source than that of the repository', async () => {
    const repository = path.join(folder, 'repo');
    const first = await startReplicaSet();
    try {
      const { status, err } = await rewind('snapshot', '--uri', first.uri, '--repo', repository);
      assert.equal(status, 0, err);
      await runJob('probe', { uri: first.uri, repository }, () => undefined, never);
    } finally {
      await first.stop();
    }
    const second = await startReplicaSet();
    try {
      const params = { uri: second.uri, repository };
      await assert.rejects(
        runJob('probe', params, () => undefined, never),
        { code: 'wrongSource' },
      );
      const elsewhere = { uri: second.uri, repository: path.join(folder, 'none') };
      await runJob('probe', elsewhere, () => undefined, never);
    } finally {
      await second.stop();
    }
  });
});
