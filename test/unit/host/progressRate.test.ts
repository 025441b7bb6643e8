import assert from 'node:assert/strict';
import { ProgressRate } from '../../../src/host/progressRate';
import type { CopyProgress } from '../../../src/protocol/job';

const at = (documents: number, bytes: number, more: Partial<CopyProgress> = {}): CopyProgress => ({
  phase: 'copy',
  namespace: 'shop.orders',
  documents,
  totalDocuments: 1000,
  bytes,
  ...more,
});

describe('ProgressRate', () => {
  it('says neither speed nor time left before it has seen enough', () => {
    const rate = new ProgressRate();
    assert.deepEqual(rate.next(at(0, 0), 0), { bytesPerSecond: undefined, leftMs: undefined });
    assert.deepEqual(rate.next(at(500, 100), 900), { bytesPerSecond: undefined, leftMs: undefined });
    assert.deepEqual(rate.next(at(10, 5000), 5000), { bytesPerSecond: 1000, leftMs: undefined });
  });

  it('tells the time left by what was done so far', () => {
    const rate = new ProgressRate();
    rate.next(at(0, 0), 0);
    assert.deepEqual(rate.next(at(250, 8000), 4000), { bytesPerSecond: 2000, leftMs: 12_000 });
  });

  it('begins anew with each phase', () => {
    const rate = new ProgressRate();
    rate.next(at(0, 0), 0);
    rate.next(at(900, 9000), 9000);
    rate.next(at(900, 9000, { phase: 'replay' }), 10_000);
    assert.deepEqual(rate.next(at(950, 9500, { phase: 'replay' }), 15_000), {
      bytesPerSecond: 100,
      leftMs: 5000,
    });
  });

  it('says nothing of what has no end in sight', () => {
    const rate = new ProgressRate();
    rate.next(at(0, 0, { totalDocuments: undefined }), 0);
    assert.equal(rate.next(at(500, 1, { totalDocuments: undefined }), 9000).leftMs, undefined);
    assert.equal(rate.next(at(2000, 1), 19_000).leftMs, undefined);
  });
});
