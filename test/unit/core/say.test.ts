import assert from 'node:assert/strict';
import { say, useTranslations } from '../../../src/core/say';

describe('say', () => {
  afterEach(() => useTranslations({}));

  it('speaks English by itself', () => {
    assert.equal(say`there is no event ${'e1'} of ${2}`, 'there is no event e1 of 2');
  });

  it('speaks the language in use, whatever order its values have there', () => {
    useTranslations({ '{0} has {1} documents': '{1} Dokumente sind in {0}' });
    assert.equal(say`${'shop.orders'} has ${7} documents`, '7 Dokumente sind in shop.orders');
  });

  it('says in English what is not translated', () => {
    useTranslations({ 'it is missing': 'fehlt' });
    assert.equal(say`it cannot be read`, 'it cannot be read');
  });

  it('repeats values as they are, braces and all', () => {
    assert.equal(say`not an _id: ${'{0} {1}'} in ${'x'}`, 'not an _id: {0} {1} in x');
  });
});
