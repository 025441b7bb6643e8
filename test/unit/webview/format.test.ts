import assert from 'node:assert/strict';
import {
  formatBytes,
  formatDuration,
  formatMoment,
  formatOffset,
  formatTick,
  type Reader,
} from '../../../webview/timeline/format';
import { dayMs, hourMs, minuteMs, secondMs } from '../../../webview/timeline/scale';

const berlin: Reader = { locale: 'en-GB', timeZone: 'Europe/Berlin' };
const winter = Date.parse('2026-11-25T14:31:07+01:00');

describe('formatMoment', () => {
  it('says day, time and offset', () => {
    assert.equal(formatMoment(berlin, winter), 'Wed, 25 Nov 2026, 14:31:07 UTC+01:00');
  });

  it('has milliseconds where there are any', () => {
    assert.match(formatMoment(berlin, winter + 40), /14:31:07\.040 UTC/);
  });
});

describe('formatOffset', () => {
  it('is that of the moment, not of today', () => {
    assert.equal(formatOffset(berlin, Date.parse('2026-07-01T00:00:00Z')), 'UTC+02:00');
    assert.equal(formatOffset({ locale: 'de', timeZone: 'UTC' }, winter), 'UTC+00:00');
    assert.equal(formatOffset({ locale: 'en', timeZone: 'Asia/Kolkata' }, winter), 'UTC+05:30');
  });
});

describe('formatTick', () => {
  it('names the day at its start', () => {
    assert.equal(formatTick(berlin, Date.parse('2026-11-25T00:00:00+01:00'), hourMs), '25 Nov');
  });

  it('has seconds only between ticks closer than a minute', () => {
    assert.equal(formatTick(berlin, winter, 5 * secondMs), '14:31:07');
    assert.equal(formatTick(berlin, winter - 7 * secondMs, minuteMs), '14:31');
  });
});

describe('formatDuration', () => {
  const plain = (ms: number): string => formatDuration({ locale: 'en' }, ms).replaceAll('\u00a0', ' ');

  it('gives the two largest units', () => {
    assert.equal(plain(3 * hourMs + 20 * minuteMs + 5 * secondMs), '3 h 20 min');
    assert.equal(plain(2 * dayMs + 4 * hourMs), '2 d 4 h');
    assert.equal(plain(5 * minuteMs), '5 min');
    assert.equal(plain(dayMs + 5 * minuteMs), '1 d');
  });

  it('gives tenths of few seconds', () => {
    assert.equal(plain(400), '0.4 s');
    assert.equal(plain(-3), '0 s');
    assert.equal(plain(59_600), '1 min');
  });
});

describe('formatBytes', () => {
  it('keeps two or three digits', () => {
    assert.equal(formatBytes({ locale: 'en' }, 999), '999 bytes');
    assert.equal(formatBytes({ locale: 'en' }, 2_710_000), '2.7 MB');
    assert.equal(formatBytes({ locale: 'en' }, 256_900_000), '257 MB');
  });
});
