import assert from 'node:assert/strict';
import { documentIdAt, readTypedId } from '../../../src/host/documentId';
import { prettyArray } from '../../../src/host/prettyJson';

describe('readTypedId', () => {
  it('takes bare hex digits for an ObjectId, in the shell’s form too', () => {
    const id = '{"$oid":"67450c1b9f1c2a0001aa0001"}';
    assert.equal(readTypedId('67450C1B9f1c2a0001aa0001'), id);
    assert.equal(readTypedId('ObjectId("67450c1b9f1c2a0001aa0001")'), id);
    assert.equal(readTypedId(id), id);
  });

  it('takes JSON as it is and other words for text', () => {
    assert.equal(readTypedId(' 17 '), '17');
    assert.equal(readTypedId('"17"'), '"17"');
    assert.equal(readTypedId('ann@example.com'), '"ann@example.com"');
  });
});

describe('documentIdAt', () => {
  const page = prettyArray([
    '{"_id":{"$oid":"67450c1b9f1c2a0001aa0001"},"lines":[{"_id":1}]}',
    '{"_id":{"a":1,"b":{"c":2}},"x":1}',
    '{"x":{"_id":5},"_id":"last"}',
  ]);

  it('finds the _id of the document around the cursor, not one inside it', () => {
    assert.equal(documentIdAt(page, page.indexOf('lines')), '{"$oid": "67450c1b9f1c2a0001aa0001"}');
    assert.equal(documentIdAt(page, page.indexOf('"x": 1')), '{"a": 1,"b": {"c": 2}}');
    assert.equal(documentIdAt(page, page.indexOf('"last"')), '"last"');
  });

  it('finds none outside of the documents', () => {
    assert.equal(documentIdAt(page, 0), undefined);
    assert.equal(documentIdAt('[]\n', 1), undefined);
  });
});
