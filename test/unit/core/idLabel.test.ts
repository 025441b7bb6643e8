import assert from 'node:assert/strict';
import { idLabel } from '../../../src/core/idLabel';

describe('idLabel', () => {
  it('leaves the wrapping of extended JSON out', () => {
    assert.equal(idLabel('{"$oid":"67450c1b9f1c2a0001aa0001"}'), '67450c1b9f1c2a0001aa0001');
    assert.equal(idLabel('{"$numberInt":"17"}'), '17');
    assert.equal(idLabel('"ann@example.com"'), 'ann@example.com');
    assert.equal(idLabel('{"a":1}'), '{"a":1}');
  });

  it('cuts what is too long to read', () => {
    assert.equal(idLabel(`"${'x'.repeat(100)}"`).length, 60);
  });
});
