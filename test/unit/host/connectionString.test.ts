import assert from 'node:assert/strict';
import { readConnectionString, serverOf, withDatabase } from '../../../src/host/connectionString';

describe('readConnectionString', () => {
  it('shows hosts, never credentials, database or options', () => {
    const read = readConnectionString(
      'mongodb://ann:s%40cret@db1.example.org:27017,db2.example.org/shop?tls=true',
    );
    assert.equal(read.kind === 'ok' && read.label, 'db1.example.org:27017 +1');
    assert.equal(read.kind === 'ok' && read.local, false);
  });

  it('strips the blanks and quotes of a pasted line', () => {
    const read = readConnectionString('  "mongodb://localhost:27017" \n');
    assert.equal(read.kind === 'ok' && read.uri, 'mongodb://localhost:27017');
  });

  for (const host of [
    'localhost',
    'LOCALHOST:27018',
    '127.0.0.1:27017',
    '[::1]:27017',
    '%2Ftmp%2Fmongodb-27017.sock',
  ])
    it(`takes ${host} for this machine`, () => {
      const read = readConnectionString(`mongodb://${host}/?replicaSet=rs0`);
      assert.equal(read.kind === 'ok' && read.local, true);
    });

  for (const uri of [
    'mongodb://localhost,db.example.org',
    'mongodb://localhost.example.org',
    'mongodb://10.0.0.5:27017',
    'mongodb+srv://cluster0.example.net',
    'mongodb://localhost@db.example.org/',
  ])
    it(`does not take ${uri} for this machine`, () => {
      const read = readConnectionString(uri);
      assert.equal(read.kind === 'ok' && read.local, false);
    });

  const bad: readonly (readonly [string, string])[] = [
    ['   ', 'empty'],
    ['postgres://localhost', 'scheme'],
    ['localhost:27017', 'scheme'],
    ['mongodb://', 'hosts'],
    ['mongodb:///shop', 'hosts'],
    ['mongodb://ann:pass@', 'hosts'],
    ['mongodb://a b:27017', 'hosts'],
    ['mongodb://localhost:port', 'hosts'],
    ['mongodb://localhost,,other', 'hosts'],
    ['mongodb://ann:p@ss@localhost', 'credentials'],
    ['mongodb://ann:p/ss@localhost', 'credentials'],
    ['mongodb://ann:p:ss@localhost', 'credentials'],
  ];
  for (const [uri, problem] of bad)
    it(`refuses ${JSON.stringify(uri)} for its ${problem}`, () => {
      assert.deepEqual(readConnectionString(uri), { kind: 'bad', problem });
    });
});

describe('withDatabase', () => {
  it('names the database before the options', () => {
    assert.equal(
      withDatabase('mongodb://localhost:27017/?replicaSet=rs0', 'shop__at_1'),
      'mongodb://localhost:27017/shop__at_1?replicaSet=rs0',
    );
  });

  it('keeps authenticating against the database it did', () => {
    assert.equal(withDatabase('mongodb://a:b@h/users', 'copy'), 'mongodb://a:b@h/copy?authSource=users');
    assert.equal(withDatabase('mongodb://a:b@h', 'copy'), 'mongodb://a:b@h/copy?authSource=admin');
    assert.equal(
      withDatabase('mongodb://a:b@h/?authMechanism=PLAIN', 'copy'),
      'mongodb://a:b@h/copy?authMechanism=PLAIN',
    );
    assert.equal(withDatabase('mongodb+srv://a:b@h', 'copy'), 'mongodb+srv://a:b@h/copy');
    assert.equal(withDatabase('mongodb://a:b@h/?authSource=x', 'copy'), 'mongodb://a:b@h/copy?authSource=x');
  });
});

describe('serverOf', () => {
  it('is the same for all spellings of one server and user', () => {
    const spellings = [
      'mongodb://ann:one@localhost/?replicaSet=rs0',
      'mongodb://ann:two@127.0.0.1:27017/shop?directConnection=true',
    ];
    assert.deepEqual(spellings.map(serverOf), ['ann@localhost:27017', 'ann@localhost:27017']);
    assert.equal(serverOf('mongodb://B:1,a:2/'), serverOf('mongodb://a:2,b:1'));
  });

  it('tells users, hosts and ports apart', () => {
    const uris = ['mongodb://h', 'mongodb://ann@h', 'mongodb://h:1', 'mongodb://g', 'mongodb+srv://h'];
    assert.equal(new Set(uris.map(serverOf)).size, uris.length);
  });
});
