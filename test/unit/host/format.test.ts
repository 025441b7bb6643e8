import assert from 'node:assert/strict';
import {
  clusterTimeMs,
  formatBytes,
  formatCount,
  formatElapsed,
  formatClusterMoment,
  formatMoment,
  formatNearby,
  formatNumbersIn,
  formatSpan,
} from '../../../src/host/format';

describe('formatMoment', () => {
  it('names the local time and its offset, which read back to the same moment', () => {
    const ms = Date.UTC(2026, 10, 25, 13, 31, 7);
    const text = formatMoment(ms);
    assert.match(text, /^2026-11-2[456] \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
    assert.equal(Date.parse(text.replace(' ', 'T').replace(' ', '')), ms);
  });
});

describe('formatNearby', () => {
  it('leaves out the day when it is today', () => {
    const now = new Date(2026, 10, 25, 20).getTime();
    assert.equal(formatNearby(new Date(2026, 10, 25, 8, 5, 9).getTime(), now), '08:05:09');
    assert.equal(formatNearby(new Date(2026, 10, 24, 8, 5, 9).getTime(), now), '2026-11-24 08:05:09');
  });
});

describe('formatSpan', () => {
  const spans: readonly (readonly [number, string])[] = [
    [-5, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [150, '2 min 30 s'],
    [750, '12 min'],
    [12_000, '3 h 20 min'],
    [7200, '2 h'],
    [187_200, '2 d 4 h'],
  ];
  for (const [seconds, text] of spans)
    it(`writes ${seconds} s as ${text}`, () => {
      assert.equal(formatSpan(seconds * 1000), text);
    });
});

describe('formatElapsed', () => {
  it('is finer the shorter the time was', () => {
    assert.deepEqual([0.4, 320, 1430, 9949, 9950, 90_000].map(formatElapsed), [
      '0 ms',
      '320 ms',
      '1.4 s',
      '9.9 s',
      '10 s',
      '1 min 30 s',
    ]);
  });
});

describe('formatBytes', () => {
  const sizes: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_999, '1.00 MB'],
    [123_456_789, '123 MB'],
    [5e15, '5,000 TB'],
  ];
  for (const [bytes, text] of sizes)
    it(`writes ${bytes} as ${text}`, () => {
      assert.equal(formatBytes(bytes), text);
    });
});

describe('clusterTimeMs', () => {
  it('is the second of a cluster time, and nothing of anything else', () => {
    assert.equal(clusterTimeMs('1764077467:3'), 1_764_077_467_000);
    assert.equal(clusterTimeMs('latest'), undefined);
    assert.equal(formatClusterMoment('latest'), 'latest');
  });
});

describe('formatNumbersIn', () => {
  afterEach(() => formatNumbersIn('en'));

  it('writes numbers as the language does, and as in English where it is unknown', () => {
    formatNumbersIn('de');
    assert.deepEqual(
      [formatCount(1203), formatBytes(1_400_000), formatElapsed(1400)],
      ['1.203', '1,40 MB', '1,4 s'],
    );
    formatNumbersIn('qps-ploc');
    assert.equal(formatCount(1203), '1,203');
  });
});
