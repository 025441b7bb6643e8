/** `cancelling` is asked for but not yet obeyed; the last three are final. */
export type JobState = 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';

export type JobEvent = 'cancel' | 'done' | 'failed' | 'cancelled' | 'windowClosed';

const next: Readonly<Record<JobState, Partial<Record<JobEvent, JobState>>>> = {
  running: {
    cancel: 'cancelling',
    done: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
    windowClosed: 'cancelled',
  },
  cancelling: { done: 'done', failed: 'failed', cancelled: 'cancelled', windowClosed: 'cancelled' },
  done: {},
  failed: {},
  cancelled: {},
};

/** The one way a job's state changes. What has ended stays as it ended. */
export function nextState(state: JobState, event: JobEvent): JobState {
  return next[state][event] ?? state;
}

export function hasEnded(state: JobState): boolean {
  return state !== 'running' && state !== 'cancelling';
}
