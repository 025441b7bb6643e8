import assert from 'node:assert/strict';
import type { PlanReport, RecorderReport } from '../../src/protocol/job';
import { inPlaceDetail, isTouched } from '../../src/host/inPlaceText';

const nowMs = Date.UTC(2026, 10, 27, 10);
const secondsAgo = (seconds: number) => `${nowMs / 1000 - seconds}:1`;

function aPlan(...names: readonly string[]): PlanReport {
  return {
    target: secondsAgo(3600),
    snapshot: { id: 's', start: '1:1', consistentAt: '1:1', documents: 0, bytes: 0 },
    ...{ segments: 0, segmentBytes: 0, operations: 0, warnings: [] },
    ...{ last: undefined, previous: undefined, next: undefined },
    namespaces: names.map((ns) => ({ ns, to: ns, type: 'collection', baseDocuments: 1, operations: 0 })),
  };
}

function aRecorder(state: RecorderReport['state'], lagMs?: number): RecorderReport {
  return { state, lagMs, position: undefined };
}

describe('what is said before a restore in place', () => {
  const detail = (compared: string, recorder: RecorderReport, left: readonly string[] = []) => {
    const counts = { added: 0, removed: 0, changed: 0 };
    const rest = { changes: [], more: false, warnings: [] };
    const report = { ...counts, from: compared, to: secondsAgo(3600), ...rest };
    const plan = aPlan('shop.orders');
    return inPlaceDetail({ plan, diffs: [{ ns: 'shop.orders', report }], left, recorder }, nowMs);
  };

  it('names the last recorded moment where later writes are not known', () => {
    for (const recorder of [aRecorder('stopped'), aRecorder('stalled'), aRecorder('catchingUp', 90_000)])
      assert.match(detail(secondsAgo(90), recorder), /⚠ Compared with .*, the last recorded moment: later/);
  });

  it('does not where the recorder keeps up with a server that is idle, or the moment is now', () => {
    assert.doesNotMatch(detail(secondsAgo(90), aRecorder('recording', 0)), /Compared with/);
    assert.doesNotMatch(detail(secondsAgo(1), aRecorder('stopped')), /Compared with/);
  });

  it('names what has no documents of its own and came since', () => {
    assert.match(detail(secondsAgo(1), aRecorder('stopped'), ['shop.series']), /• shop\.series: came since/);
  });

  it('leaves alone other databases, and what earlier restores in place made', () => {
    const plan = aPlan('shop.orders');
    assert.deepEqual(
      [
        'shop.orders',
        'shop.later',
        'other.orders',
        'shop.orders__before_20261127_090000',
        'shop.orders__rewind_20261127_090000_2',
      ].filter((ns) => isTouched(plan, ns)),
      ['shop.orders', 'shop.later'],
    );
  });
});
