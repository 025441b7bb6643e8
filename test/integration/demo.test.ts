import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import type { DemoProgress } from '../../src/protocol/demo';
import { runJob } from '../../src/worker/jobs';
import { mongodBinary } from '../support/provided';
import { waitFor } from '../support/waitFor';

describe('the demo cluster', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function withDemo(
    port: number | undefined,
    work: (uri: string, told: DemoProgress[]) => Promise<void>,
  ): Promise<string> {
    const abort = new AbortController();
    const told: DemoProgress[] = [];
    const params = { mongod: await mongodBinary(), folder, mistakeMs: 300, ...(port ? { port } : {}) };
    const ended = runJob(
      'demo',
      params,
      (progress) => progress.kind === 'running' || told.push(progress),
      abort.signal,
    );
    const ready = await Promise.race([ended, waitFor('the shop', () => told[0], { timeoutMs: 60_000 })]);
    assert.ok('kind' in ready && ready.kind === 'ready');
    await work(ready.uri, told);
    abort.abort();
    await ended;
    return ready.uri;
  }
  let uri: string;

  it('is a shop that lives, has one accident, and ends when cancelled', async () => {
    uri = await withDemo(undefined, async (address, told) => {
      const mistake = await waitFor('the mistake', () => told[1]);
      assert.ok(mistake.kind === 'mistake' && mistake.documents > 800);
      const client = new MongoClient(address);
      assert.equal(await client.db('shop').collection('products').countDocuments(), 40);
      await client.close();
    });
    const gone = new MongoClient(uri, { serverSelectionTimeoutMS: 300 });
    await assert.rejects(gone.connect());
    await gone.close();
  });

  it('goes on with the same data on the same port, without another accident', async () => {
    const port = Number(/:(\d+)\//.exec(uri)?.[1]);
    const again = await withDemo(port, async (address, told) => {
      const client = new MongoClient(address);
      const orders = client.db('shop').collection('orders');
      const before = await orders.countDocuments();
      await waitFor('another order', async () => (await orders.countDocuments()) > before);
      assert.equal(told.length, 1);
      await client.close();
    });
    assert.equal(again, uri);
  });
});
