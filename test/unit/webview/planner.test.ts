import assert from 'node:assert/strict';
import type { PlanReport } from '../../../src/protocol/job';
import { Planner } from '../../../webview/timeline/planner';

const plan = { target: '5:1', next: undefined } as PlanReport;
const moment = (ms: number): { at: string; ms: number } => ({ at: `${ms / 1000}:1`, ms });

/** A planner whose clock stands still until `ring` is called. */
function aPlanner(): { planner: Planner; asked: string[]; ring: () => void } {
  const asked: string[] = [];
  const waiting = new Set<() => void>();
  const planner = new Planner({
    ask: (request, at, scope) => asked.push(`${request} ${at} ${scope ?? '-'}`),
    changed: () => undefined,
    after: (_ms, call) => {
      waiting.add(call);
      return () => waiting.delete(call);
    },
  });
  const ring = (): void => {
    for (const call of waiting) {
      waiting.delete(call);
      call();
    }
  };
  return { planner, asked, ring };
}

describe('Planner', () => {
  it('asks once for a drag, about its last moment', () => {
    const { planner, asked, ring } = aPlanner();
    for (const ms of [1000, 2000, 3000]) planner.choose(moment(ms), undefined, 'soon');
    assert.deepEqual(asked, []);
    ring();
    assert.deepEqual(asked, ['3 3:1 -']);
  });

  it('asks at once when the choice is final, and not again for the same', () => {
    const { planner, asked, ring } = aPlanner();
    planner.choose(moment(1000), 'shop', 'soon');
    planner.choose(moment(1000), 'shop', 'now');
    ring();
    planner.choose(moment(1000), 'shop', 'now');
    assert.deepEqual(asked, ['1 1:1 shop']);
  });

  it('asks again for another scope', () => {
    const { planner, asked } = aPlanner();
    planner.choose(moment(1000), undefined, 'now');
    planner.choose(moment(1000), 'shop', 'now');
    assert.deepEqual(asked, ['1 1:1 -', '2 1:1 shop']);
  });

  it('drops answers to earlier requests', () => {
    const { planner } = aPlanner();
    planner.choose(moment(1000), undefined, 'now');
    planner.choose(moment(2000), undefined, 'now');
    assert.equal(planner.accept(1, plan), false);
    assert.equal(planner.refuse(1, 'no', undefined), false);
    assert.equal(planner.planned.kind, 'asking');
    assert.equal(planner.accept(2, plan), true);
    assert.deepEqual(planner.planned, { kind: 'ready', moment: moment(2000), plan });
  });

  it('keeps the plan before in view while it asks for the next', () => {
    const { planner } = aPlanner();
    planner.choose(moment(1000), undefined, 'now');
    planner.accept(1, plan);
    planner.choose(moment(2000), undefined, 'soon');
    planner.choose(moment(3000), undefined, 'soon');
    assert.deepEqual(planner.planned, { kind: 'asking', moment: moment(3000), before: plan });
  });

  it('asks again about a refused moment', () => {
    const { planner, asked } = aPlanner();
    planner.choose(moment(1000), undefined, 'now');
    planner.refuse(1, 'not yet', 'wait');
    planner.choose(moment(1000), undefined, 'now');
    assert.deepEqual(asked, ['1 1:1 -', '2 1:1 -']);
  });

  it('refreshes a plan without taking it away', () => {
    const { planner, asked } = aPlanner();
    planner.choose(moment(1000), undefined, 'now');
    planner.accept(1, plan);
    planner.refresh();
    assert.deepEqual(asked, ['1 1:1 -', '2 1:1 -']);
    assert.equal(planner.planned.kind, 'ready');
  });

  it('plans a restored choice when it is chosen', () => {
    const { planner, asked } = aPlanner();
    planner.restore(moment(1000));
    assert.deepEqual(asked, []);
    planner.choose(moment(1000), undefined, 'now');
    assert.deepEqual(asked, ['1 1:1 -']);
  });
});
