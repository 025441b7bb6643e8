import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { indexForBuckets, indexOfBuckets } from '../../../src/core/bucketIndex';
import { crc64, emptyCrc64 } from '../../../src/core/crc64';
import { collectionOfDumpFile, dumpFileName } from '../../../src/core/dumpFile';
import { readDumpMetadata, writeDumpMetadata } from '../../../src/core/dumpMetadata';
import { bson, json } from './builders';

const hash = (text: string): string => createHash('sha1').update(text).digest('base64url');

describe('dumpFileName', () => {
  it('escapes what mongodump escapes, and names come back', () => {
    for (const name of ['orders', 'a/b %+ü.X', 'system.buckets.r', '$cmd', 'ü'.repeat(30)]) {
      assert.equal(collectionOfDumpFile(dumpFileName(name, hash)), name);
    }
    assert.equal(dumpFileName('a/b c', hash), 'a%2Fb%20c');
    assert.equal(collectionOfDumpFile('a+b%2Bc'), 'a b+c');
  });

  it('cuts a long name with a hash, which says nothing of the name', () => {
    const file = dumpFileName('x'.repeat(250), hash);
    assert.equal(file.length, 238);
    assert.equal(collectionOfDumpFile(file), undefined);
  });
});

describe('crc64', () => {
  it('is the one of ECMA-182, however the bytes are split', () => {
    const bytes = Buffer.from('123456789');
    const whole = crc64(bytes, emptyCrc64);
    assert.deepEqual(whole, { high: 0x995dc9bb, low: 0xdf1939fa });
    assert.deepEqual(crc64(bytes.subarray(4), crc64(bytes.subarray(0, 4), emptyCrc64)), whole);
  });
});

describe('readDumpMetadata', () => {
  it('reads back what is written', () => {
    const metadata = {
      type: 'timeseries',
      collectionName: 'r "x"',
      uuid: '0'.repeat(32),
      options: bson({ timeseries: { timeField: 't' }, expireAfterSeconds: 5 }),
      indexes: [bson({ v: 2, key: { t: 1, '2': -1 }, name: 'x' })],
    } as const;
    assert.deepEqual(readDumpMetadata(writeDumpMetadata(metadata)), metadata);
  });

  it('knows a view of an old tool by its options, and leaves out the words of the command', () => {
    const old = readDumpMetadata('{"options":{"create":"v","viewOn":"a","pipeline":[]},"indexes":[]}');
    assert.equal(old.type, 'view');
    assert.deepEqual(json(old.options), { viewOn: 'a', pipeline: [] });
    assert.deepEqual([old.collectionName, old.uuid], [undefined, undefined]);
    assert.deepEqual(readDumpMetadata('{}').indexes, []);
  });
});

describe('indexForBuckets', () => {
  const timeseries = bson({ timeField: 'ts', metaField: 'sensor' });

  it('names the fields of the buckets, and indexOfBuckets those of the collection', () => {
    for (const [shown, stored] of [
      [
        { 'sensor.id': 1, ts: -1 },
        { 'meta.id': 1, 'control.max.ts': -1, 'control.min.ts': -1 },
      ],
      [{ sensor: 1 }, { meta: 1 }],
      [
        { ts: 1, v: 1 },
        { 'control.min.ts': 1, 'control.max.ts': 1, 'control.min.v': 1, 'control.max.v': 1 },
      ],
      [{ place: '2dsphere' }, { 'data.place': '2dsphere_bucket' }],
    ]) {
      const spec = bson({ v: 2, key: shown, name: 'n', sparse: true });
      const ofBuckets = indexForBuckets(spec, timeseries);
      assert.deepEqual(json(ofBuckets), json(bson({ v: 2, key: stored, name: 'n', sparse: true })));
      assert.deepEqual(indexOfBuckets(ofBuckets, timeseries), spec);
    }
  });

  it('has no form for an index that somebody made on the buckets themselves', () => {
    assert.equal(
      indexOfBuckets(bson({ v: 2, key: { 'control.count': 1 }, name: 'n' }), timeseries),
      undefined,
    );
    assert.equal(
      indexOfBuckets(bson({ v: 2, key: { 'control.min.ts': 1 }, name: 'n' }), timeseries),
      undefined,
    );
  });
});
