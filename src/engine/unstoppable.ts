/** For what began and must be ended, or cleaned up, whatever is aborted meanwhile. */
export const unstoppable: AbortSignal = new AbortController().signal;
