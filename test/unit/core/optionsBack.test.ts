import assert from 'node:assert/strict';
import type { Document } from 'bson';
import { isSameOption, optionsBack } from '../../../src/core/optionsBack';
import { bson, json } from './builders';

const back = (was: Document, is: Document): unknown => {
  const { names, fields, impossible } = optionsBack(bson(was), bson(is));
  return [names, json(fields), impossible];
};

describe('optionsBack', () => {
  it('sets what was there', () => {
    const [was, is] = [{ validator: { a: 1 }, validationLevel: 'moderate' }, { validator: { a: 2 } }];
    assert.deepEqual(back(was, is), [['validator', 'validationLevel'], json(bson(was)), []]);
  });

  it('takes out what was not there', () => {
    const is = {
      changeStreamPreAndPostImages: { enabled: true },
      validator: { a: 1 },
      expireAfterSeconds: 5,
    };
    const fields = {
      changeStreamPreAndPostImages: { enabled: false },
      validator: {},
      expireAfterSeconds: 'off',
    };
    assert.deepEqual(back({}, is), [Object.keys(fields), json(bson(fields)), []]);
  });

  it('leaves defaults that the server wrote out', () => {
    assert.deepEqual(back({}, { validationLevel: 'strict', validationAction: 'error' }), [[], {}, []]);
    assert.equal(isSameOption(bson({ validationLevel: 'off' }), bson({}), 'validationLevel'), false);
  });

  it('says what no collMod changes back', () => {
    const [was, is] = [
      { capped: true, size: 8192 },
      { capped: true, size: 4096, max: 5 },
    ];
    assert.deepEqual(back(was, is), [[], {}, ['size', 'max']]);
  });
});
