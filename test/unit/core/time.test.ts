import assert from 'node:assert/strict';
import { clusterTime, formatClusterTime, parseClusterTime } from '../../../src/core/time';

describe('parseClusterTime', () => {
  it('reads what formatClusterTime writes', () => {
    for (const time of [clusterTime(0, 0), clusterTime(1795608000, 7), clusterTime(0xffffffff, 0xffffffff)])
      assert.equal(parseClusterTime(formatClusterTime(time)), time);
  });

  it('refuses everything else', () => {
    for (const text of ['', ':', '1', '1:', ':1', '1:2:3', ' 1:2', '1:2 ', '-1:2', '1.5:2', '1e3:2', '１:2'])
      assert.equal(parseClusterTime(text), undefined, text);
  });

  it('refuses numbers beyond 32 bits', () => {
    for (const text of ['4294967296:0', '0:4294967296', '00000000001:1'])
      assert.equal(parseClusterTime(text), undefined, text);
  });
});
