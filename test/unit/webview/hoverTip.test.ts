import assert from 'node:assert/strict';
import { barTime } from '../../../webview/timeline/hoverTip';
import { dayMs, hourMs, minuteMs, secondMs } from '../../../webview/timeline/scale';

const reader = { locale: 'en-GB', timeZone: 'UTC' };
const start = Date.UTC(2026, 10, 25, 22, 30);

describe('barTime', () => {
  const told = (lengthMs: number): string =>
    barTime(reader, { fromMs: start, toMs: start + lengthMs }).replaceAll('\u202f', ' ');

  it('is a second, or from when to when', () => {
    assert.equal(told(secondMs), '25 Nov, 22:30:00');
    assert.equal(told(10 * secondMs), '25 Nov, 22:30:00 – 22:30:10');
    assert.equal(told(5 * minuteMs), '25 Nov, 22:30 – 22:35');
  });

  it('tells both days where they differ', () => {
    assert.equal(told(6 * hourMs), '25 Nov, 22:30 – 26 Nov, 04:30');
    assert.equal(told(7 * dayMs), '25 Nov, 22:30 – 2 Dec, 22:30');
  });
});
