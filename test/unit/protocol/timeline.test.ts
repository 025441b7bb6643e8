import assert from 'node:assert/strict';
import { readTimelineIntent, type TimelineIntent } from '../../../src/protocol/timeline';

const intents: readonly TimelineIntent[] = [
  { kind: 'ready' },
  { kind: 'takeSnapshot' },
  { kind: 'density', fromMs: 1, toMs: 2, buckets: 3 },
  { kind: 'plan', request: 1, at: '5:1', scope: undefined },
  { kind: 'preview', at: '5:1', scope: 'shop' },
  { kind: 'compare', at: '5:1', scope: 'shop.orders' },
  { kind: 'restore', at: '5:1', scope: undefined },
  { kind: 'undo', event: '5.1-delete' },
  { kind: 'compareSpan', from: '5:1', to: '6:1', scope: 'shop' },
  { kind: 'undoSpan', from: '5:1', to: '6:1', scope: undefined },
  { kind: 'open', at: '5:1', ns: 'shop.orders' },
  { kind: 'mark', at: '5:1' },
];

describe('readTimelineIntent', () => {
  it('reads every intent, and nothing beside what it has', () => {
    for (const intent of intents)
      assert.deepEqual(readTimelineIntent({ ...intent, command: 'anything' }), intent, intent.kind);
  });

  it('refuses an intent that lacks a part, or has one of another kind', () => {
    for (const intent of intents) {
      for (const part of Object.keys(intent).filter((key) => key !== 'kind')) {
        for (const wrong of [7n, {}, null, ['5:1'], 'x'.repeat(1025)])
          assert.equal(readTimelineIntent({ ...intent, [part]: wrong }), undefined, `${intent.kind} ${part}`);
        if (part !== 'scope')
          assert.equal(
            readTimelineIntent({ ...intent, [part]: undefined }),
            undefined,
            `${intent.kind} ${part}`,
          );
      }
    }
  });

  it('refuses what is no intent, and more bars than can be counted', () => {
    for (const message of [undefined, null, 'ready', 7, {}, { kind: 'eval' }, { kind: ['ready'] }])
      assert.equal(readTimelineIntent(message), undefined);
    for (const buckets of [0, -1, 4097, NaN, Infinity])
      assert.equal(readTimelineIntent({ kind: 'density', fromMs: 1, toMs: 2, buckets }), undefined);
    assert.equal(readTimelineIntent({ kind: 'density', fromMs: 2, toMs: 2, buckets: 1 }), undefined);
  });
});
