import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalExtendedJson, extendedJsonOf, relaxedExtendedJson } from '../../../src/core/extendedJson';
import { readExtendedJson, readExtendedJsonValue } from '../../../src/core/readExtendedJson';
import { bson } from './builders';
import { everyType } from './everyType';

describe('readExtendedJson', () => {
  it('gives back every type from its canonical form, byte for byte', () => {
    assert.deepEqual(readExtendedJson(canonicalExtendedJson(everyType)), everyType);
  });

  it('keeps the order of fields whose names look like numbers, and fields that come twice', () => {
    const text = '{"b":{"$numberInt":"1"},"10":{"$numberInt":"2"},"2":{"$numberInt":"3"},"b":null}';
    assert.equal(canonicalExtendedJson(readExtendedJson(text)), text);
  });

  it('reads what older tools wrote', () => {
    const relaxed =
      '{ "v" : 2, "w": 1.5, "big": 5000000000, "d": {"$date": "2026-01-02T03:04:05.678Z"}, "u": {"$undefined": true}, "b": {"$binary": "AQI=", "$type": "00"} }';
    assert.equal(
      canonicalExtendedJson(readExtendedJson(relaxed)),
      '{"v":{"$numberInt":"2"},"w":{"$numberDouble":"1.5"},"big":{"$numberLong":"5000000000"},"d":{"$date":{"$numberLong":"1767323045678"}},"u":{"$undefined":true},"b":{"$binary":{"base64":"AQI=","subType":"00"}}}',
    );
  });

  it('reads one value alone, and the short form of a UUID', () => {
    const text = '{"b":{"$numberInt":"1"},"1":{"$date":{"$numberLong":"-9223372036854775808"}}}';
    assert.equal(extendedJsonOf(readExtendedJsonValue('_id', ` ${text} `)), text);
    const uuid = '{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}';
    assert.equal(
      extendedJsonOf(readExtendedJsonValue('_id', uuid)),
      '{"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}}',
    );
    for (const two of ['1,"x":2', '1}', '1 2', '']) {
      assert.throws(() => readExtendedJsonValue('_id', two), SyntaxError);
    }
  });

  it('takes an operator of a filter for a plain field', () => {
    const text = '{"a":{"$gt":{"$numberInt":"10"}},"$and":[{"b":{"$exists":true}}]}';
    assert.equal(canonicalExtendedJson(readExtendedJson(text)), text);
  });

  it('gives back any document from both forms of its text', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie('object'),
        fc.array(tie('any'), { maxLength: 3 }),
      ),
      object: fc.dictionary(
        fc.string().filter((s) => !s.includes('\0') && !s.startsWith('$')),
        tie('any'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    }));
    fc.assert(
      fc.property(value.object, (object) => {
        const document = bson(object);
        assert.deepEqual(readExtendedJson(canonicalExtendedJson(document)), document);
        assert.deepEqual(readExtendedJson(relaxedExtendedJson(document)), document);
      }),
      { seed: 7 },
    );
  });

  const malformed = [
    ...['{"a":{"$oid":"abc"}}', '{"a":{"$oid":"zzzzzzzzzzzzzzzzzzzzzzzz"}}', '{"a":{"$uuid":"00"}}'],
    ...['{"a":{"$numberInt":"x"}}', '{"a":{"$numberInt":"3000000000"}}', '{"a":{"$numberLong":"1.5"}}'],
    ...['{"a":{"$numberLong":"9223372036854775808"}}', '{"a":{"$numberDouble":""}}'],
    ...['{"a":{"$numberDecimal":"x"}}', '{"a":{"$date":{"$numberLong":"soon"}}}'],
  ];
  for (const text of [
    ...malformed,
    '',
    '[]',
    '{',
    '{"a"}',
    '{"a":1,}',
    '{"a":1} x',
    '{"a":01x}',
    '{a:1}',
    '{"a":"\\q"}',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => readExtendedJson(text), SyntaxError);
    });
  }
});
