import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pastPathOf, readPastPath, versionPathOf, type PastDocument } from '../../../src/host/pastUri';

const document: PastDocument = {
  connection: 'a1b2',
  at: '1764077467:3',
  namespace: { database: 'shop', collection: 'orders' },
  page: 0,
};

describe('pastPathOf', () => {
  it('reads like a file of the collection, with its time for people', () => {
    assert.deepEqual(pastPathOf(document, '2026-11-25 14:31:07'), {
      path: '/a1b2/1764077467:3/shop/orders @ 2026-11-25 14.31.07.json',
      query: '',
    });
  });

  it('survives being read back, whatever the collection is called', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(name, name, fc.nat(1e6), fc.boolean(), (database, collection, page, titled) => {
        const past = { ...document, namespace: { database, collection }, page };
        const { path, query } = pastPathOf(past, titled ? '2026-11-25 14:31:07' : undefined);
        assert.deepEqual(readPastPath(path, query), { kind: 'document', document: past });
      }),
    );
  });
});

describe('versionPathOf', () => {
  it('is named after the _id and survives being read back, whatever that is', () => {
    const { connection, at, namespace } = document;
    const version = { connection, at, namespace, id: '{"$oid":"67450c1b9f1c2a0001aa0001"}' };
    const { path, query } = versionPathOf(version);
    assert.equal(path, '/a1b2/1764077467:3/shop/orders/67450c1b9f1c2a0001aa0001.json');
    assert.deepEqual(readPastPath(path, query), { kind: 'version', version });
    fc.assert(
      fc.property(fc.json(), (id) => {
        const other = { connection, at, namespace, id };
        const parts = versionPathOf(other);
        assert.deepEqual(readPastPath(parts.path, parts.query), { kind: 'version', version: other });
      }),
    );
  });
});

describe('readPastPath', () => {
  it('knows the folders on the way', () => {
    assert.deepEqual(readPastPath('/', ''), { kind: 'root' });
    assert.deepEqual(readPastPath('/a1b2', ''), { kind: 'connection', connection: 'a1b2' });
    assert.deepEqual(readPastPath('/a1b2/5:1/', ''), { kind: 'moment', connection: 'a1b2', at: '5:1' });
    assert.deepEqual(readPastPath('/a1b2/5:1/shop', ''), {
      kind: 'database',
      connection: 'a1b2',
      at: '5:1',
      database: 'shop',
    });
  });

  for (const [path, query] of [
    ['/.vscode', ''],
    ['/a1b2/latest/shop/orders.json', ''],
    ['/a1b2/5:1/shop/orders', ''],
    ['/a1b2/5:1/shop/%zz.json', ''],
    ['/a1b2/5:1/shop/orders.json/more', ''],
    ['/a1b2/5:1/shop/orders.json', 'page=-1'],
    ['/a1b2/5:1/shop/orders.json', 'page=1&x=2'],
  ] as const)
    it(`refuses ${path}?${query}`, () => {
      assert.equal(readPastPath(path, query), undefined);
    });
});
