import assert from 'node:assert/strict';
import { literal } from '../../../src/host/markdown';

describe('literal', () => {
  for (const [text, markdown] of [
    ['connect ECONNREFUSED 127.0.0.1:27017', 'connect ECONNREFUSED 127.0.0.1:27017'],
    ['orders__before_2026 *all* [x](y)', 'orders\\_\\_before\\_2026 \\*all\\* \\[x\\]\\(y\\)'],
    ['<b> & &lt;', '&lt;b\\> &amp; &amp;lt;'],
    ['1. of 3', '1\\. of 3'],
    ['- a\n# b', '\\- a\n\n\\# b'],
  ] as const)
    it(`keeps ${JSON.stringify(text)}`, () => {
      assert.equal(literal(text), markdown);
    });
});
