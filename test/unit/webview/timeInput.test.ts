import assert from 'node:assert/strict';
import { readTimeInput, writeTimeInput } from '../../../webview/timeline/timeInput';
import { inZone } from './zone';

const nowMs = Date.parse('2026-11-25T14:42:00+01:00');

describe('readTimeInput', () => {
  inZone('Europe/Berlin');
  const at = (text: string): string | undefined => readTimeInput(text, nowMs)?.at;

  it('reads ISO times with an offset', () => {
    assert.equal(at('2026-11-25T14:31:07+01:00'), '2026-11-25T13:31:07.000Z');
    assert.equal(at('2026-11-25T13:31:07.25Z'), '2026-11-25T13:31:07.250Z');
    assert.equal(at('2026-11-25 14:31:07 +0100'), '2026-11-25T13:31:07.000Z');
  });

  it('takes a time without an offset as local', () => {
    assert.equal(at('2026-11-25 14:31'), '2026-11-25T13:31:00.000Z');
    assert.equal(at('2026-07-01'), '2026-06-30T22:00:00.000Z');
  });

  it('takes a time of day as the last that was', () => {
    assert.equal(at('14:31:07'), '2026-11-25T13:31:07.000Z');
    assert.equal(at('23:00'), '2026-11-24T22:00:00.000Z');
    assert.equal(at('14:31:07.5'), '2026-11-25T13:31:07.500Z');
  });

  it('counts back from now', () => {
    assert.equal(at('-10m'), '2026-11-25T13:32:00.000Z');
    assert.equal(at('- 2 h'), '2026-11-25T11:42:00.000Z');
  });

  it('passes a cluster time on as it is', () => {
    assert.deepEqual(readTimeInput(' 1795608065:3 ', nowMs), { at: '1795608065:3', ms: 1_795_608_065_000 });
  });

  it('refuses everything else', () => {
    const wrong = ['', 'soon', '2026-02-30', '2026-13-01', '2026-11-25 25:00', '1795608065', '99999999999:1'];
    for (const text of wrong) assert.equal(at(text), undefined, text);
  });
});

describe('writeTimeInput', () => {
  inZone('America/St_Johns');

  it('is read back as the same moment', () => {
    for (const ms of [nowMs, nowMs + 7, Date.parse('2026-07-01T00:00:00Z')]) {
      assert.equal(readTimeInput(writeTimeInput(ms), nowMs)?.ms, ms);
    }
  });

  it('shows the local offset', () => {
    assert.equal(writeTimeInput(Date.parse('2026-11-25T12:00:00Z')), '2026-11-25 08:30:00-03:30');
  });
});
