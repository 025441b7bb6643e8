import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pastPathOf, readPastPath, versionPathOf, type PastDocument } from '../../../src/host/pastUri';

const document: PastDocument = {
  connection: 'a1b2',
  at: '1764077467:3',
  namespace: { database: 'shop', collection: 'orders' },
  page: 0,
};

const label = { connection: 'Demo shop', time: '2026-11-25 14:31:07' };

describe('pastPathOf', () => {
  it('reads like a file of the collection, in folders of its connection and time', () => {
    assert.deepEqual(pastPathOf(document, label), {
      path: '/Demo shop/2026-11-25 14:31:07/shop/orders @ 2026-11-25 14.31.07.json',
      query: 'connection=a1b2&at=1764077467%3A3',
    });
  });

  it('shows that it is filtered, and by what in the query', () => {
    const filtered = pastPathOf({ ...document, filter: '{"total":{"$gt":1}}' }, label);
    assert.equal(filtered.path, '/Demo shop/2026-11-25 14:31:07/shop/orders {…} @ 2026-11-25 14.31.07.json');
    assert.notEqual(filtered.query, pastPathOf(document, label).query);
  });

  it('survives being read back, whatever the collection and the connection are called', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    const filters = fc.option(fc.json(), { nil: undefined });
    fc.assert(
      fc.property(
        name,
        name,
        name,
        fc.nat(1e6),
        filters,
        (database, collection, connection, page, filter) => {
          const filtered = filter === undefined ? {} : { filter };
          const past = { ...document, namespace: { database, collection }, page, ...filtered };
          const { path, query } = pastPathOf(past, { ...label, connection });
          assert.deepEqual(readPastPath(path, query), { kind: 'document', document: past });
        },
      ),
    );
  });
});

describe('versionPathOf', () => {
  it('is named after the _id and survives being read back, whatever that is', () => {
    const { connection, at, namespace } = document;
    const version = { connection, at, namespace, id: '{"$oid":"67450c1b9f1c2a0001aa0001"}' };
    const { path, query } = versionPathOf(version, label);
    assert.equal(path, '/Demo shop/2026-11-25 14:31:07/shop/orders/67450c1b9f1c2a0001aa0001.json');
    assert.deepEqual(readPastPath(path, query), { kind: 'version', version });
    fc.assert(
      fc.property(fc.json(), (id) => {
        const other = { connection, at, namespace, id };
        const parts = versionPathOf(other, label);
        assert.deepEqual(readPastPath(parts.path, parts.query), { kind: 'version', version: other });
      }),
    );
  });
});

describe('readPastPath', () => {
  it('knows the folders on the way', () => {
    const query = 'connection=a1b2&at=5:1';
    assert.deepEqual(readPastPath('/', ''), { kind: 'root' });
    assert.deepEqual(readPastPath('/Demo shop', query), { kind: 'connection', connection: 'a1b2' });
    assert.deepEqual(readPastPath('/Demo shop/then/', query), {
      kind: 'moment',
      connection: 'a1b2',
      at: '5:1',
    });
    assert.deepEqual(readPastPath('/Demo shop/then/shop', query), {
      kind: 'database',
      connection: 'a1b2',
      at: '5:1',
      database: 'shop',
    });
  });

  for (const [path, query] of [
    ['/.vscode', ''],
    ['/shop/then/shop/orders.json', 'connection=a1b2&at=latest'],
    ['/shop/then/shop/orders.json', 'at=5:1'],
    ['/shop/then/shop/orders', 'connection=a1b2&at=5:1'],
    ['/shop/then/shop/%zz.json', 'connection=a1b2&at=5:1'],
    ['/shop/then/shop/orders/one.json', 'connection=a1b2&at=5:1'],
    ['/shop/then/shop/orders/one.json/more', 'connection=a1b2&at=5:1&id=1'],
    ['/shop/then/shop/orders.json', 'connection=a1b2&at=5:1&page=-1'],
  ] as const)
    it(`refuses ${path}?${query}`, () => {
      assert.equal(readPastPath(path, query), undefined);
    });
});
