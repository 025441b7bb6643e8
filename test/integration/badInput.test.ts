import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { rewind, rewindWith, startRecording } from '../support/commandLine';
import { freePort } from '../support/freePort';
import { type ReplicaSet, startReplicaSet, startStandalone } from '../support/replicaSet';

const root = { user: 'root', password: 'n0t-to-be-shown' };

describe('bad input on the command line', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let folder: string;

  before(async () => {
    set = await startReplicaSet({ auth: root });
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-bad-'));
  });

  after(async () => {
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Ends with 1, one line that matches all, and nothing written. */
  async function refuses(repository: string, words: string[], ...patterns: RegExp[]): Promise<void> {
    const { status, out, err } = await rewind(...words, '--repo', repository);
    assert.equal(status, 1, err);
    assert.equal(out, '');
    assert.equal(err.trimEnd().split('\n').length, 1, err);
    for (const pattern of patterns) assert.match(err, pattern);
    assert.doesNotMatch(err, /n0t-to-be-shown|at .*\.js:\d/);
    await assert.rejects(readdir(repository), { code: 'ENOENT' });
  }

  for (const verb of ['snapshot', 'record']) {
    it(`${verb} refuses a connection string that is none`, async () => {
      await refuses(
        path.join(folder, 'a'),
        [verb, '--uri', 'http://localhost'],
        /connection string is not valid/,
        /mongodb:\/\//,
      );
    });

    it(`${verb} says when no server answers`, async () => {
      const uri = `mongodb://127.0.0.1:${await freePort()}/`;
      await refuses(
        path.join(folder, 'a'),
        [verb, '--uri', uri],
        /no server answered/,
        /Check that MongoDB runs/,
      );
    });

    it(`${verb} says when the password is wrong, and does not show it`, async () => {
      const uri = set.uri.replace('n0t-to-be-shown', 'wrong-n0t-to-be-shown');
      await refuses(path.join(folder, 'a'), [verb, '--uri', uri], /refused the user name or password/);
    });

    it(`${verb} names the privilege that is missing on the oplog`, async () => {
      const client = await new MongoClient(set.uri).connect();
      await client.db('admin').command({
        createUser: `reader-${verb}`,
        pwd: 'n0t-to-be-shown',
        roles: ['readAnyDatabase'],
      });
      await client.close();
      const uri = set.uri.replace('root:', `reader-${verb}:`);
      await refuses(path.join(folder, 'a'), [verb, '--uri', uri], /may not read the oplog/, /"backup"/);
    });

    it(`${verb} tells how a standalone server becomes a replica set`, async () => {
      await using standalone = await startStandalone();
      await refuses(
        path.join(folder, 'a'),
        [verb, '--uri', standalone.uri],
        /standalone/,
        /--replSet rs0/,
        /rs\.initiate\(\)/,
      );
    });

    it(`${verb} does nothing half on a member of a sharded cluster`, async () => {
      for (const role of ['--shardsvr', '--configsvr']) {
        await using member = await startReplicaSet({ args: [role] });
        await refuses(path.join(folder, 'a'), [verb, '--uri', member.memberUri(0)], /not supported yet/);
      }
    });
  }

  it('says when the folder cannot be written', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    const { status, err } = await rewind('snapshot', '--uri', set.uri, '--repo', path.join(file, 'repo'));
    assert.equal(status, 1);
    assert.match(err, /cannot be written/);
  });

  it('refuses an unknown format version, and leaves the folder as it is', async () => {
    const repository = path.join(folder, 'future');
    await mkdir(repository);
    const config = JSON.stringify({ formatVersion: 99, repositoryId: 'x', source: { setName: 'rs0' } });
    await writeFile(path.join(repository, 'config.json'), config);
    for (const words of [
      ['status'],
      ['verify'],
      ['snapshot', '--uri', set.uri],
      ['record', '--uri', set.uri],
    ]) {
      const { status, err } = await rewind(...words, '--repo', repository);
      assert.equal(status, 1);
      assert.match(err, /format version 99/);
    }
    assert.deepEqual(await readdir(repository), ['config.json']);
    assert.equal(await readFile(path.join(repository, 'config.json'), 'utf8'), config);
  });

  it('refuses a folder that holds no repository', async () => {
    const empty = path.join(folder, 'empty');
    await mkdir(empty);
    const { status, err } = await rewind('status', '--repo', empty);
    assert.equal(status, 1);
    assert.match(err, /there is no repository in/);
    assert.deepEqual(await readdir(empty), []);
  });

  describe('with a recording', () => {
    let repository: string;

    before(async () => {
      repository = path.join(folder, 'good');
      const client = await new MongoClient(set.uri).connect();
      await client.db('shop').collection('orders').insertOne({ a: 1 });
      await client.close();
      await using _recording = await startRecording(set.uri, repository);
    });

    for (const [what, words, status, pattern] of [
      ['a time that is none', ['plan', '--at', 'yesterday'], 1, /not a time: yesterday.*ISO 8601/],
      ['a wall clock without an offset', ['plan', '--at', '2026-03-01T12:00:00'], 1, /not a time.*offset/],
      [
        'a time before the recording',
        ['plan', '--at', '1000:1'],
        1,
        /before the first restorable time.*first usable time after it: \d+:\d+/,
      ],
      [
        'a time after it',
        ['plan', '--at', '4000000000:1'],
        1,
        /not recorded.*last usable time before it: \d+:\d+/,
      ],
      ['an unknown mark', ['plan', '--at', 'mark:none'], 1, /no mark called none/],
      [
        'a malformed namespace',
        ['plan', '--at', 'latest', '--ns', '.orders'],
        1,
        /not a namespace: \.orders/,
      ],
      [
        'a namespace that did not exist',
        ['plan', '--at', 'latest', '--ns', 'shop.order'],
        1,
        /nothing of what was asked for existed/,
      ],
      [
        'a filter that is none',
        ['show', '--at', 'latest', '--ns', 'shop.orders', '--filter', '{'],
        1,
        /filter is not a MongoDB query/,
      ],
      ['an unknown command', ['backup'], 2, /no command backup/],
      ['an unknown option', ['status', '--all'], 2, /--all/],
      ['a missing option', ['plan'], 2, /needs --at/],
      ['a mark to remove that is none', ['mark', 'nothing', '--remove'], 1, /there is no mark nothing/],
      [
        'an undo of nothing',
        ['undo', '--uri', 'mongodb://localhost'],
        2,
        /needs --event, or --from, --to and --ns/,
      ],
      [
        'an undo of two things',
        ['undo', '--uri', 'mongodb://localhost', '--event', 'x', '--ns', 'a'],
        2,
        /--event alone/,
      ],
      [
        'a limit that is none',
        ['show', '--at', 'latest', '--ns', 'shop.orders', '--limit', '0'],
        2,
        /--limit/,
      ],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { status: ended, out, err } = await rewind(...words, '--repo', repository);
        assert.equal(ended, status, err);
        assert.equal(out, '');
        assert.match(err, pattern);
      });
    }

    it('restores nothing over a database that exists, nor into the same name in other letters', async () => {
      for (const to of ['shop', 'SHOP']) {
        const words = [
          'restore',
          '--repo',
          repository,
          '--uri',
          set.uri,
          '--at',
          'latest',
          '--ns',
          'shop',
          '--to',
          to,
        ];
        const { status, err } = await rewind(...words);
        assert.equal(status, 1);
        assert.match(err, /has a database shop already.*Nothing was written/);
      }
    });

    it('refuses another replica set', async () => {
      await using other = await startReplicaSet({ name: 'elsewhere' });
      const { status, err } = await rewind('snapshot', '--uri', other.uri, '--repo', repository);
      assert.equal(status, 1);
      assert.match(err, /belongs to another replica set/);
    });

    it('takes the connection string from the environment, out of sight of other users', async () => {
      const words = ['snapshot', '--repo', repository, '--json'];
      const { status, err } = await rewindWith({ MONGO_REWIND_URI: set.uri }, ...words);
      assert.equal(status, 0, err);
    });

    it('says when a folder has become read-only', async function () {
      if (process.getuid?.() === 0) {
        // The super-user may write anywhere: a file in the place of a folder refuses it as well.
        await rm(path.join(repository, 'snapshots'), { recursive: true });
        await writeFile(path.join(repository, 'snapshots'), '');
      } else {
        await chmod(path.join(repository, 'snapshots'), 0o500);
      }
      const { status, err } = await rewind('snapshot', '--uri', set.uri, '--repo', repository);
      assert.equal(status, 1);
      assert.match(err, /cannot be written/);
    });
  });
});
