import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { RecorderReport, StatusReport } from '../../src/protocol/job';
import { isGrowing } from '../../src/host/restorable';
import { emptyStatus } from '../../src/host/statuses';
import { careItem } from '../../src/host/trees/careItem';
import { restorableItem } from '../../src/host/trees/clusterItems';

const nowMs = Date.UTC(2026, 10, 27, 10);
const secondsAgo = (seconds: number) => `${nowMs / 1000 - seconds}:1`;

function aStatus(endedSecondsAgo: number, positionSecondsAgo: number): StatusReport {
  return {
    ...emptyStatus,
    ranges: [{ from: secondsAgo(3600), to: secondsAgo(endedSecondsAgo) }],
    recorder: { state: 'recording', position: secondsAgo(positionSecondsAgo), lagMs: 0 },
  };
}

function on(state: RecorderReport['state'], facts: Partial<RecorderReport> = {}) {
  return { kind: 'on', report: { state, position: undefined, lagMs: 0, ...facts } } as const;
}

describe('what a row of the tree says is restorable', () => {
  it('goes on to now while a recorder keeps up', () => {
    assert.ok(isGrowing(on('recording'), aStatus(5, 5)));
    assert.ok(isGrowing(on('waiting'), aStatus(5, 5)));
    const { description } = restorableItem('c', aStatus(5, 5), true, nowMs);
    assert.match(String(description), /^since /);
  });

  it('ends where it ends while none does, or in a gap', () => {
    for (const recorder of [
      { kind: 'off' } as const,
      on('stopped'),
      on('stalled', { lagMs: undefined, stalledSinceMs: nowMs - 90_000 }),
      on('catchingUp', { lagMs: 3_600_000 }),
    ])
      assert.equal(isGrowing(recorder, aStatus(5, 5)), false);
    assert.equal(isGrowing(on('recording'), aStatus(600, 5)), false);
    assert.match(String(restorableItem('c', aStatus(600, 5), false, nowMs).description), / – /);
  });

  it('names itself to screen readers where there is nothing yet', () => {
    const { accessibilityInformation } = restorableItem('c', emptyStatus, false, nowMs);
    assert.equal(accessibilityInformation?.label, 'Restorable, nothing yet');
  });
});

describe('what a row of the tree says of a repository', () => {
  const at = { atMs: nowMs - 60_000 };
  const item = (ok: boolean, restored?: boolean) => {
    const tested = restored === undefined ? {} : { restored: { ...at, ok: restored } };
    return careItem('c', { verified: { ...at, ok, ...tested } }, nowMs);
  };

  it('tells damage from a test restore that differs', () => {
    const shown = [item(true), item(true, true), item(true, false), item(false, false)];
    assert.deepEqual(
      shown.map(({ label, command }) => [label, command?.command]),
      [
        ['Verified', undefined],
        ['Verified', undefined],
        ['Test restore differs', 'mongoRewind.testRestore'],
        ['Damaged', 'mongoRewind.verifyRepository'],
      ],
    );
    const { tooltip } = item(true, false);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    assert.match(tooltip.value, /All files were intact[^]*gave back something else/);
  });
});
