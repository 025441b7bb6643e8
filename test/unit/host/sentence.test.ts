import assert from 'node:assert/strict';
import { formatMoment } from '../../../src/host/format';
import { sentence } from '../../../src/host/sentence';

describe('sentence', () => {
  it('begins with a capital and ends with a full stop', () => {
    assert.equal(sentence('the server does not answer'), 'The server does not answer.');
    assert.equal(sentence('über 3 Dokumente'), 'Über 3 Dokumente.');
  });

  it('leaves the ends of others as they are', () => {
    assert.equal(sentence('what is to be restored in place?'), 'What is to be restored in place?');
    assert.equal(sentence('Reading…'), 'Reading…');
  });

  it('leaves names as they are, since case matters in them', () => {
    assert.equal(sentence('shop.orders is a view now'), 'shop.orders is a view now.');
    assert.equal(sentence('shop__at_1 is there'), 'shop__at_1 is there.');
  });

  it('tells times as a person reads them', () => {
    assert.equal(sentence('1700000000:3 lies in a gap'), `${formatMoment(1_700_000_000_000)} lies in a gap.`);
  });
});
