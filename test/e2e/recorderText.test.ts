import assert from 'node:assert/strict';
import { recorderText } from '../../src/host/recorderText';
import type { RecorderReport } from '../../src/protocol/job';

const nowMs = Date.UTC(2026, 0, 1);

describe('the words for a recorder', () => {
  const waiting = (more: Partial<RecorderReport>) => {
    const report: RecorderReport = { state: 'waiting', position: '1:1', lagMs: 0, holder: 'pid 7', ...more };
    return recorderText({ kind: 'on', report }, 10_000, nowMs);
  };

  it('say who records while another window does', () => {
    const { severity, reason } = waiting({ reason: 'another process records this repository' });
    assert.deepEqual([severity, reason], ['fine', 'Recorded by pid 7.']);
  });

  it('warn of a recorder elsewhere that stands still, and say why', () => {
    const reason = 'the server does not answer';
    const soon = waiting({ stalledSinceMs: nowMs - 60_000, reason });
    assert.deepEqual(
      [soon.severity, soon.reason],
      ['warning', 'The server does not answer. Recorded by pid 7.'],
    );
    assert.match(soon.short, /stalled/);
    assert.equal(waiting({ stalledSinceMs: nowMs - 600_000, reason }).severity, 'error');
  });

  it('warn of a recorder elsewhere that is behind', () => {
    assert.equal(waiting({ lagMs: 20_000 }).severity, 'warning');
  });
});
