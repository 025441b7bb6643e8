/** Works through the items with at most `lanes` at once; the first failure aborts the others and is thrown. */
export async function inLanes<Item>(
  lanes: number,
  items: Iterable<Item>,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const queue = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && !either.aborted; next = queue.next()) {
      try {
        await work(next.value, either);
      } catch (error) {
        failure ??= { error };
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure) throw failure.error;
  signal.throwIfAborted();
}

/** {@link inLanes} over items that come one by one; never more of them in memory than lanes. */
export async function inLanesAsync<Item>(
  lanes: number,
  items: AsyncIterable<Item>,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    const one = work(item, either).catch((error: unknown) => {
      failure ??= { error };
      failed.abort();
    });
    running.add(one);
    void one.then(() => running.delete(one));
    if (running.size >= lanes) await Promise.race(running);
    if (failure) break;
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}
