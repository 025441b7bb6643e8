import assert from 'node:assert/strict';
import { indexSteps } from '../../../src/core/indexSteps';
import { bson, json } from './builders';

const plain = bson({});

describe('indexSteps', () => {
  it('builds ordinary definitions as they are', () => {
    const specs = [
      bson({ v: 2, key: { a: 1 }, name: 'a' }),
      bson({ v: 2, key: { a: 1 }, name: 'u', unique: true }),
    ];
    assert.deepEqual(indexSteps(specs, plain, 'typed'), { built: specs, changes: [] });
  });

  it('makes the second of two unique indexes on one key unique afterwards', () => {
    const one = bson({ v: 2, key: { a: 1 }, name: 'one', unique: true });
    const two = bson({ v: 2, key: { a: 1 }, name: 'two', unique: true });
    const { built, changes } = indexSteps([one, two], plain, 'typed');
    assert.deepEqual(built.map(json), [one, bson({ v: 2, key: { a: 1 }, name: 'two' })].map(json));
    assert.deepEqual(
      changes.map(json),
      [bson({ name: 'two', prepareUnique: true }), bson({ name: 'two', unique: true })].map(json),
    );
  });

  it('tells keys apart that differ in order, collation or filter', () => {
    const unique = (fields: object): Uint8Array =>
      bson({ v: 2, key: { a: 1, b: 1 }, unique: true, ...fields });
    const specs = [
      unique({ name: '1' }),
      unique({ name: '2', key: { b: 1, a: 1 } }),
      unique({ name: '3', collation: { locale: 'de' } }),
      unique({ name: '4', partialFilterExpression: { a: 1 } }),
      unique({ name: '5', sparse: true }),
    ];
    assert.deepEqual(indexSteps(specs, plain, 'typed').changes, []);
  });

  it('hides afterwards what a 4.4 lists as hidden afterwards', () => {
    const later = bson({ v: 2, key: { a: 1 }, name: 'a', hidden: true });
    const atOnce = bson({ v: 2, hidden: true, key: { b: 1 }, name: 'b' });
    const { built, changes } = indexSteps([later, atOnce], plain, 'stored');
    assert.deepEqual(built.map(json), [bson({ v: 2, key: { a: 1 }, name: 'a' }), atOnce].map(json));
    assert.deepEqual(changes.map(json), [json(bson({ name: 'a', hidden: true }))]);
    assert.deepEqual(indexSteps([later], plain, 'typed').built, [later]);
  });

  it('asks for the simple collation where the collection has another one', () => {
    const options = bson({ collation: { locale: 'sv' } });
    const simple = bson({ v: 2, key: { a: 1 }, name: 'a' });
    const swedish = bson({ v: 2, key: { a: 1 }, name: 's', collation: { locale: 'sv' } });
    assert.deepEqual(indexSteps([simple, swedish], options, 'typed').built.map(json), [
      json(bson({ v: 2, key: { a: 1 }, name: 'a', collation: { locale: 'simple' } })),
      json(swedish),
    ]);
  });

  it('asks for no collation for an index of version 1, which knows none', () => {
    const old = bson({ v: 1, key: { a: 1 }, name: 'old' });
    assert.deepEqual(indexSteps([old], bson({ collation: { locale: 'sv' } }), 'typed').built, [old]);
  });
});
