import assert from 'node:assert/strict';
import { Pace } from '../../../src/core/pace';

function heard(pace: Pace, latencies: readonly number[]): number {
  for (const latency of latencies) pace.heard(latency);
  return pace.pauseMs;
}

describe('Pace', () => {
  it('leaves no pause while the source answers as when it was calm', () => {
    assert.equal(heard(new Pace(), [1, 1.2, 0.9, 3, 1]), 0);
  });

  it('leaves longer and longer pauses while the source is slow, up to a bound', () => {
    const pace = new Pace();
    assert.equal(heard(pace, [1, 40]), 10);
    assert.equal(heard(pace, [40, 40]), 40);
    assert.equal(heard(pace, Array<number>(20).fill(40)), 400);
  });

  it('goes back to none when the source is calm again', () => {
    const pace = new Pace();
    heard(pace, [1, 40, 40, 40, 40]);
    assert.equal(heard(pace, [1, 1, 1, 1, 1]), 0);
  });

  it('takes a network that stays slow for calm in the end', () => {
    const pace = new Pace();
    heard(pace, [1, ...Array<number>(1000).fill(40)]);
    assert.equal(pace.pauseMs, 0);
  });
});
