import assert from 'node:assert/strict';
import { Turns } from '../../../src/host/turns';

describe('Turns', () => {
  it('lets no more at once than it was told, in their order, and goes on after a failure', async () => {
    const turns = new Turns(3);
    const begun: number[] = [];
    let atOnce = 0;
    let most = 0;
    const work = async (n: number): Promise<number> => {
      begun.push(n);
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      if (n % 4 === 0) throw new Error(String(n));
      return n;
    };
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const ended = await Promise.allSettled(numbers.map((n) => turns.take(() => work(n))));
    assert.equal(most, 3);
    assert.deepEqual(begun, numbers);
    const failed = numbers.filter((n) => ended[n]?.status === 'rejected');
    assert.deepEqual(failed, [0, 4, 8, 12, 16]);
    assert.equal(await turns.take(() => work(21)), 21);
  });
});
