import assert from 'node:assert/strict';
import { trimCapped } from '../../../src/core/capped';

const documents = [30, 20, 10, 10].map((length) => new Uint8Array(length));

describe('trimCapped', () => {
  it('keeps the newest documents that fit', () => {
    assert.deepEqual(trimCapped(documents, { bytes: 40, documents: undefined }), documents.slice(1));
    assert.deepEqual(trimCapped(documents, { bytes: 39, documents: undefined }), documents.slice(2));
  });

  it('keeps the newest documents up to their number', () => {
    assert.deepEqual(trimCapped(documents, { bytes: 1000, documents: 1 }), documents.slice(3));
  });

  it('keeps the newest document, however large', () => {
    assert.deepEqual(trimCapped(documents, { bytes: 5, documents: undefined }), documents.slice(3));
  });

  it('keeps all documents within the limits or without any', () => {
    assert.deepEqual(trimCapped(documents, { bytes: 70, documents: 4 }), documents);
    assert.equal(trimCapped(documents, undefined), documents);
  });
});
