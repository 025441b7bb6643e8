import assert from 'node:assert/strict';
import fc from 'fast-check';
import { prettyArray, prettyJson } from '../../../src/host/prettyJson';

describe('prettyJson', () => {
  it('indents objects and arrays, and keeps typed values on their line', () => {
    const text =
      '{"_id":{"$oid":"65f0"},"tags":["a",{"b":[]}],"n":{"$numberLong":"9007199254740993"},"e":{}}';
    assert.equal(
      prettyJson(text),
      [
        '{',
        '  "_id": {"$oid": "65f0"},',
        '  "tags": [',
        '    "a",',
        '    {',
        '      "b": []',
        '    }',
        '  ],',
        '  "n": {"$numberLong": "9007199254740993"},',
        '  "e": {}',
        '}',
      ].join('\n'),
    );
  });

  it('keeps the order of number-like keys, twin keys and quoted punctuation', () => {
    const text = '{"2":"{,}:[]","1":"\\"\\\\","1":-1.50e+10}';
    assert.equal(prettyJson(text).replaceAll(/\n */g, '').replaceAll('": ', '":'), text);
  });

  it('changes nothing of any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.equal(JSON.stringify(JSON.parse(prettyJson(text))), JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

describe('prettyArray', () => {
  it('is a JSON array, also when empty', () => {
    assert.equal(prettyArray([]), '[]\n');
    assert.equal(prettyArray(['{"a":1}', '{}']), '[\n  {\n    "a": 1\n  },\n  {}\n]\n');
  });
});
