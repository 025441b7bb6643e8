import assert from 'node:assert/strict';
import { BSON, MongoClient } from 'mongodb';
import { documentSequence, rawArray, rawFields } from '../../src/mongo/rawCommand';
import { readRaw } from '../../src/mongo/rawCursor';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';

const never = new AbortController().signal;

/** What is relied on of the driver's internals, on a server that signs its cluster times. */
describe('BSON as it is stored, through the driver', () => {
  let set: ReplicaSet;
  let client: MongoClient;

  before(async () => {
    set = await startReplicaSet({ auth: { user: 'root', password: 'p@ss' } });
    client = await new MongoClient(set.uri).connect();
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  async function stored(name: string): Promise<Buffer> {
    await using session = client.startSession();
    const pieces: Uint8Array[] = [];
    const find = { db: client.db('shop'), session, command: { find: name }, readAhead: true };
    for await (const batch of readRaw(find, never)) pieces.push(batch.bytes.slice());
    return Buffer.concat(pieces);
  }

  // A field twice, and the number types that the driver would change.
  const odd = Buffer.concat([
    Buffer.from('1f000000105f69640001000000106100020000001261000300000000000000', 'hex'),
    Buffer.from('00', 'hex'),
  ]);
  odd.writeInt32LE(odd.length);

  it('sends documents as a sequence, byte for byte', async () => {
    const documents = Buffer.concat([odd, BSON.serialize({ _id: 2, d: new BSON.Double(3) })]);
    const { n } = await client
      .db('shop')
      .command({ insert: 'sequence', documents: documentSequence('documents', documents) });
    assert.equal(n, 2);
    assert.deepEqual(await stored('sequence'), documents);
  });

  it('sends values and fields of a command, byte for byte', async () => {
    const operation = BSON.serialize({ op: 'i', ns: 'shop.values', o: BSON.deserialize(odd) });
    const filter = BSON.serialize({ q: { _id: 1 }, u: { $set: { n: new BSON.Double(1) } } });
    await client.db('shop').createCollection('values');
    await client.db('admin').command({ applyOps: rawArray([operation]) });
    await client.db('shop').command({ update: 'values', updates: rawArray([filter]) });
    assert.match((await stored('values')).toString('hex'), /016e00000000000000f03f/);
    const fields = rawFields(BSON.serialize({ viewOn: 'values', pipeline: [] }));
    await client.db('shop').command({ create: 'view', ...fields });
    assert.equal(await client.db('shop').collection('view').countDocuments(), 1);
  });

  it('gives replies back, and keeps the signed cluster time that came with them', async () => {
    const text = 'x'.repeat(100_000);
    const documents = Array.from({ length: 60 }, (_, _id) => ({ _id, text }));
    await client.db('shop').collection<{ _id: number }>('large').insertMany(documents);
    await using session = client.startSession();
    const command = { find: 'large', batchSize: 20 };
    let bytes = 0;
    for await (const batch of readRaw({ db: client.db('shop'), session, command, readAhead: true }, never)) {
      bytes += batch.bytes.length;
      batch.release?.();
      assert.equal(batch.bytes.length, 0, 'given back');
      await client.db('shop').collection('other').insertOne({}, { session });
    }
    assert.ok(bytes > 60 * 100_000);
    const { signature } = session.clusterTime ?? {};
    assert.equal(signature?.hash.buffer.length, 20);
    assert.ok(BigInt(String(signature.keyId)) > 0n, 'the server signs');
    assert.ok(signature.hash.buffer.some((byte) => byte !== 0));
  });
});
