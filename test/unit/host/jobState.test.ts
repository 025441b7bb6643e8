import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hasEnded, nextState, type JobEvent, type JobState } from '../../../src/host/jobState';

const events: readonly JobEvent[] = ['cancel', 'done', 'failed', 'cancelled', 'windowClosed'];
const from = (state: JobState, story: readonly JobEvent[]) => story.reduce(nextState, state);

describe('nextState', () => {
  it('ends every job that says how it ended, whatever came before', () => {
    const endings = fc.constantFrom<JobEvent>('done', 'failed', 'cancelled', 'windowClosed');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), endings, (story, ending) =>
        hasEnded(from('running', [...story, ending])),
      ),
    );
  });

  it('never changes what has ended', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<JobState>('done', 'failed', 'cancelled'),
        fc.array(fc.constantFrom(...events)),
        (end, story) => from(end, story) === end,
      ),
    );
  });

  it('waits for the engine after a cancel, which may still finish or fail', () => {
    assert.equal(from('running', ['cancel']), 'cancelling');
    assert.equal(from('running', ['cancel', 'cancel']), 'cancelling');
    assert.equal(from('running', ['cancel', 'cancelled']), 'cancelled');
    assert.equal(from('running', ['cancel', 'done']), 'done');
    assert.equal(from('running', ['cancel', 'failed']), 'failed');
  });
});
