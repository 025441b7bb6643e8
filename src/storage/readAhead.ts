/** Reads that are under way at once, the one that is waited for among them. */
const readsAtOnce = 3;

/** What is read of each item, in their order, two reads ahead of whoever takes it. */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  read: (item: Item, index: number) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Result, void> {
  const ahead: Promise<Result>[] = [];
  let begun = 0;
  const begin = (): void => {
    for (const item of items.slice(begun, begun + readsAtOnce - ahead.length)) {
      const reading = read(item, begun++);
      reading.catch(() => undefined); // reported when it is its turn
      ahead.push(reading);
    }
  };
  try {
    for (let done = 0; done < items.length; done++) {
      begin();
      signal.throwIfAborted();
      yield await (ahead.shift() as Promise<Result>);
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}
