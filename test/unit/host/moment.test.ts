import assert from 'node:assert/strict';
import { parseMoment } from '../../../src/host/moment';

const now = new Date(2026, 10, 25, 14, 31, 7);
const parse = (text: string) => parseMoment(text, now.getTime());

describe('parseMoment', () => {
  for (const time of ['latest', 'mark:before the migration', 'before:shop.orders/3', '1764077467:12'])
    it(`hands ${time} to the engine as it is`, () => {
      assert.equal(parse(` ${time} `), time);
    });

  it('reads ISO 8601 with an offset', () => {
    assert.equal(parse('2026-11-25T14:31:07+01:00'), '2026-11-25T13:31:07.000Z');
    assert.equal(parse('2026-11-25 13:31:07.250Z'), '2026-11-25T13:31:07.250Z');
    assert.equal(parse('2026-11-25 14:31 +0100'), '2026-11-25T13:31:00.000Z');
  });

  it('takes a day and clock without an offset for local time', () => {
    assert.equal(parse('2026-11-25 14:31:07'), now.toISOString());
    assert.equal(parse('2026-11-25T14:31'), new Date(2026, 10, 25, 14, 31).toISOString());
  });

  it('takes a clock for the last time it showed', () => {
    assert.equal(parse('14:31:07'), now.toISOString());
    assert.equal(parse('9:05'), new Date(2026, 10, 25, 9, 5).toISOString());
    assert.equal(parse('14:31:08'), new Date(2026, 10, 24, 14, 31, 8).toISOString());
  });

  it('counts back from now', () => {
    for (const text of ['5m ago', '-5m', '5 min ago', '5 minutes ago', '300 s ago'])
      assert.equal(parse(text), new Date(2026, 10, 25, 14, 26, 7).toISOString(), text);
    assert.equal(parse('2 hours ago'), new Date(2026, 10, 25, 12, 31, 7).toISOString());
  });

  for (const text of [
    '',
    'yesterday',
    '25:00',
    '14:61',
    '2026-13-01 10:00',
    '2026-11-25',
    '5m',
    'mark:',
    '1:2:3:4',
  ])
    it(`has no moment for ${JSON.stringify(text)}`, () => {
      assert.equal(parse(text), undefined);
    });
});
