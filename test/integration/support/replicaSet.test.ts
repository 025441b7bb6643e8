import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { startReplicaSet, startStandalone } from '../../support/replicaSet';

describe('startReplicaSet', () => {
  it('takes majority writes, keeps them over a crash and a restart, and leaves nothing behind', async () => {
    const set = await startReplicaSet();
    const client = new MongoClient(set.uri);
    try {
      const notes = client.db('test').collection('notes');
      await notes.insertOne({ text: 'kept' }, { writeConcern: { w: 'majority', journal: true } });
      await set.kill();
      await set.members[0]?.start();
      await set.restart();
      assert.equal(await notes.countDocuments(), 1);
    } finally {
      await client.close();
      await set.stop();
    }
    assert.equal(existsSync(set.dbPath), false);
  });

  it('elects another primary when the first is killed', async () => {
    await using set = await startReplicaSet({ members: 3 });
    assert.equal(await set.primary(), 0);
    await set.kill(0);
    const client = new MongoClient(set.uri);
    try {
      await client.db('test').collection('notes').insertOne({ text: 'after' });
    } finally {
      await client.close();
    }
    assert.notEqual(await set.primary(), 0);
  });

  it('asks for the password it was given', async () => {
    await using set = await startReplicaSet({ auth: { user: 'root', password: 'p@ss' } });
    const stranger = new MongoClient(set.memberUri(0).replace('root:p%40ss@', ''));
    const root = new MongoClient(set.uri);
    try {
      await assert.rejects(
        stranger.db('test').collection('notes').countDocuments(),
        /requires authentication/,
      );
      assert.equal(await root.db('test').collection('notes').countDocuments(), 0);
    } finally {
      await stranger.close();
      await root.close();
    }
  });
});

describe('startStandalone', () => {
  it('has no oplog', async () => {
    await using standalone = await startStandalone();
    const client = new MongoClient(standalone.uri);
    try {
      assert.deepEqual(await client.db('local').listCollections({ name: 'oplog.rs' }).toArray(), []);
    } finally {
      await client.close();
    }
  });
});
