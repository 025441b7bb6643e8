/** Works through the items, `lanes` at once. When one fails it throws, once all lanes are done; other lanes go on. */
export async function eachInLanes<Item>(
  lanes: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = [...items].values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of ended) if (result.status === 'rejected') throw result.reason as Error;
}
