import assert from 'node:assert/strict';
import {
  exchangeName,
  exchangeOf,
  safetyCopyOf,
  safetyName,
  temporaryName,
  temporaryOf,
} from '../../../src/core/rewindNames';

describe('names of restores in place and undos', () => {
  const stamp = '20260102_030405';

  for (const name of ['orders', 'two\nlines', '__rewind_', 'ünï😀\u2028']) {
    it(`tell what they are made of: ${JSON.stringify(name)}`, () => {
      for (const end of ['', '_2']) {
        const temporary = temporaryName(name, stamp) + end;
        const safety = safetyName(name, stamp) + end;
        assert.equal(temporaryOf(temporary), name);
        assert.equal(safetyCopyOf(safety), name);
        assert.equal(safetyCopyOf(temporary), undefined);
        assert.equal(temporaryOf(safety), undefined);
        assert.equal(exchangeOf(exchangeName(name, stamp) + end), name);
        assert.equal(exchangeOf(temporary), undefined);
      }
      assert.equal(temporaryOf(name), undefined);
    });
  }
});
