import assert from 'node:assert/strict';
import { Memo } from '../../../src/core/memo';
import { decodeText, encodeText } from '../../../src/core/text';

function counting(): { readonly read: (text: string) => string; readonly made: string[] } {
  const made: string[] = [];
  const memo = new Memo((bytes, start, end) => {
    const text = decodeText(bytes, start, end);
    made.push(text);
    return text;
  });
  const read = (text: string): string => {
    const bytes = encodeText(`<${text}>`);
    return memo.read(bytes, 1, bytes.length - 1);
  };
  return { read, made };
}

describe('Memo', () => {
  it('makes each thing once, however often its bytes come', () => {
    const { read, made } = counting();
    const texts = ['', 'a', 'ab', 'ba', 'shop.orders', 'x'.repeat(160)];
    for (let i = 0; i < 3; i++) for (const text of texts) assert.equal(read(text), text);
    assert.deepEqual(made, texts);
  });

  it('keeps the names of an oplog entry beside each other', () => {
    const { read, made } = counting();
    const names = [
      'lsid',
      'txnNumber',
      'op',
      'ns',
      'ui',
      'o',
      'o2',
      'stmtId',
      'ts',
      't',
      'v',
      'wall',
      'prevOpTime',
    ];
    const rare = ['fromMigrate', 'multiOpType', 'preImageOpTime', 'postImageOpTime', 'needsRetryImage'];
    const all = [...names, ...rare, 'i', 'u', 'd', 'c', 'n'];
    for (let i = 0; i < 3; i++) for (const name of all) assert.equal(read(name), name);
    assert.equal(made.length, all.length);
  });

  it('gives the right thing for any number of others', () => {
    const { read } = counting();
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 5000; i++)
        assert.equal(read(`database.collection${String(i)}`), `database.collection${String(i)}`);
  });

  it('tells long ones apart that differ in one byte, and does not keep the longest', () => {
    const { read, made } = counting();
    const long = 'y'.repeat(100);
    for (let i = 0; i < 100; i++) {
      const other = `${long.slice(0, i)}z${long.slice(i + 1)}`;
      assert.equal(read(other), other);
    }
    const longest = 'x'.repeat(161);
    made.length = 0;
    for (let i = 0; i < 2; i++) assert.equal(read(longest), longest);
    assert.equal(made.length, 2);
  });
});
