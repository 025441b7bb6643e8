import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { BackupError } from '../../src/engine/errors';
import type { JobKind, Jobs } from '../../src/protocol/job';
import { runJob } from '../../src/worker/jobs';
import { RecordingJob } from '../support/recordingJob';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { quietTime } from '../support/truth';

const never = new AbortController().signal;
const nothing = (): void => undefined;
const role = (name: string, db = 'admin'): Document => ({ role: name, db });

/** A deployment with access control, and users who lack this or that right. */
describe('users with few rights', function () {
  this.timeout(120_000);
  let set: ReplicaSet;
  let root: MongoClient;
  let folder: string;
  let repositories = 0;

  before(async () => {
    set = await startReplicaSet({ auth: { user: 'root', password: 'secret' } });
    root = new MongoClient(set.uri);
    folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-rights-'));
    const shop = root.db('shop');
    await shop.collection('orders').insertMany([{ card: '4929-0000' }, { card: '4929-0001' }]);
    await shop.createCollection('open', { viewOn: 'orders', pipeline: [{ $match: { open: true } }] });
    await shop.createCollection('sorted', {
      viewOn: 'orders',
      pipeline: [],
      collation: { locale: 'de', strength: 2 },
    });
    const { versionArray } = (await root.db('admin').command({ buildInfo: 1 })) as { versionArray: number[] };
    const major = versionArray[0] ?? 0;
    if (major >= 5) {
      await shop.createCollection('readings', { timeseries: { timeField: 'at', metaField: 'sensor' } });
      await shop.collection('readings').insertOne({ at: new Date(), sensor: 1, value: 2 });
    }
    await root.db('staff').collection('people').insertOne({ name: 'Ann' });
  });

  after(async () => {
    await root.close();
    await set.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const newRepository = (): string => path.join(folder, `r${++repositories}`);

  async function user(name: string, ...roles: Document[]): Promise<string> {
    await root.db('admin').command({ createUser: name, pwd: 'secret', roles });
    return set.uri.replace('root:', `${name}:`);
  }

  async function run<K extends JobKind>(kind: K, params: Jobs[K]['params']): Promise<Jobs[K]['result']> {
    return runJob(kind, params, nothing, never);
  }

  /** Ends with what is missing and which role helps, and tells nothing of documents or sessions. */
  async function refuses(work: Promise<unknown>, missing: RegExp, helps: RegExp): Promise<void> {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof BackupError, String(error));
      assert.equal(error.code, 'unauthorized');
      assert.match(error.message, missing);
      assert.match(error.hint ?? '', helps);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /4929|lsid|signature|secret/);
      return true;
    });
  }

  /** All but what servers keep for themselves. */
  async function listingOf(database: string): Promise<Document[]> {
    const listed = await root.db(database).listCollections().toArray();
    return listed
      .map((entry): Document => entry)
      .filter((entry) => !String(entry['name']).startsWith('system.'))
      .map((entry) => Object.fromEntries(['name', 'type', 'options'].map((k) => [k, entry[k] as unknown])))
      .sort(byName);
  }
  const byName = (a: Document, b: Document): number => (String(a['name']) < String(b['name']) ? -1 : 1);

  it('see their databases and collections, and what keeps them from being recorded', async () => {
    const uri = await user('reader', role('read', 'shop'));
    const { databases, problem } = await run('databases', { uri });
    assert.deepEqual(databases, ['shop']);
    assert.equal(problem?.code, 'unauthorized');
    assert.match(problem.message, /may not read the oplog/);
    assert.match(problem.hint ?? '', /"backup"/);
    const collections = await run('namespaces', { uri, database: 'shop' });
    const shown = collections.filter(({ type }) => type !== 'timeseries');
    assert.deepEqual(
      shown.map(({ name, type, documents }) => [name, type, documents]),
      [
        ['open', 'view', undefined],
        ['orders', 'collection', 2],
        ['sorted', 'view', undefined],
      ],
    );
  });

  it('see a collection that alone they may read', async () => {
    const resource = { db: 'shop', collection: 'orders' };
    const privileges = [{ resource, actions: ['find'] }];
    await root.db('admin').command({ createRole: 'readOrders', roles: [], privileges });
    const uri = await user('clerk', role('readOrders'));
    assert.deepEqual((await run('databases', { uri })).databases, ['shop']);
    const collections = await run('namespaces', { uri, database: 'shop' });
    assert.deepEqual(
      collections.map(({ name }) => name),
      ['orders'],
    );
  });

  it('are told that the oplog may not be read, before anything is written', async () => {
    const uri = await user('anyReader', role('readAnyDatabase'));
    const repository = newRepository();
    const roleBackup = /the built-in role "backup"/;
    await refuses(run('probe', { uri }), /may not read the oplog/, roleBackup);
    await refuses(run('record', { uri, repository }), /may not read the oplog/, roleBackup);
    await refuses(run('snapshot', { uri, repository, namespaces: [] }), /may not read the oplog/, roleBackup);
    await assert.rejects(run('status', { repository }), { code: 'noRepository' });
  });

  it('are refused where they may not see all databases: a snapshot would leave some out', async () => {
    const privileges = [{ resource: { cluster: true }, actions: ['useUUID'] }];
    await root.db('admin').command({ createRole: 'byUuid', roles: [], privileges });
    const roles = [role('read', 'staff'), role('dbAdmin', 'staff'), role('read', 'local'), role('byUuid')];
    const uri = await user('staffReader', ...roles);
    const repository = newRepository();
    await refuses(
      run('snapshot', { uri, repository, namespaces: [] }),
      /listing what is to be read/,
      /"backup"/,
    );
    assert.deepEqual((await run('status', { repository })).snapshots, []);
  });

  it('record with the role backup and restore with readWrite and dbAdmin, views and all', async () => {
    const keeper = await user('keeper', role('backup'));
    const repository = newRepository();
    await run('snapshot', { uri: keeper, repository, namespaces: [] });
    await using recording = new RecordingJob(keeper, repository);
    await root.db('shop').command({ collMod: 'open', viewOn: 'orders', pipeline: [{ $limit: 1 }] });
    await root.db('shop').createCollection('later', { viewOn: 'open', pipeline: [] });
    await root.db('shop').dropCollection('sorted');
    await recording.through(await quietTime(root));
    await recording.stop();
    await refuses(
      run('restore', { uri: keeper, repository, namespaces: ['shop'], at: 'latest', preview: true }),
      /may not run create on shop__at_/,
      /"readWriteAnyDatabase" and "dbAdminAnyDatabase"/,
    );
    const fixer = await user('fixer', role('readWriteAnyDatabase'), role('dbAdminAnyDatabase'));
    const preview = { repository, namespaces: ['shop'], at: 'latest', preview: true };
    const { databases } = await run('restore', { uri: fixer, ...preview });
    const [scratch = ''] = databases;
    assert.deepEqual(await listingOf(scratch), await listingOf('shop'));
    assert.equal(await root.db(scratch).collection('orders').countDocuments(), 2);
    await run('dropPreview', { repository, uri: fixer, database: scratch });
    assert.ok(!(await names()).includes(scratch));
  });

  it('leave nothing behind where a restore stops for want of a right', async () => {
    const repository = newRepository();
    await run('snapshot', { uri: set.uri, repository, namespaces: [] });
    const uri = await user('halfway', role('restore'));
    await refuses(
      run('restore', { uri, repository, namespaces: ['staff'], at: 'latest', preview: true }),
      /may not run count on/,
      /"readWrite" and "dbAdmin"/,
    );
    assert.deepEqual(
      (await names()).filter((name) => name.includes('__at_')),
      [],
    );
  });

  async function names(): Promise<string[]> {
    const { databases } = await root.db('admin').admin().listDatabases({ nameOnly: true });
    return databases.map(({ name }) => name);
  }
});
