import type { ExchangePart, RenamePart } from './undoPart';

/** A name that another of them gives up is taken after that; those that wait for each other in a circle are one part. */
export function renamesInOrder(renames: readonly RenamePart[]): (RenamePart | ExchangePart)[] {
  const left = new Map(renames.map((rename) => [rename.from, rename]));
  const ordered: (RenamePart | ExchangePart)[] = [];
  while (left.size > 0) {
    const waiting = [...left.values()];
    const free = waiting.find(({ to }) => !left.has(to));
    const next = free ? [free] : circleOf(waiting[0], left);
    for (const { from } of next) left.delete(from);
    ordered.push(...(free ? [free] : [{ kind: 'exchange' as const, renames: next }]));
  }
  return ordered;
}

/** Each takes the name of the one after it. */
function circleOf(first: RenamePart | undefined, byName: ReadonlyMap<string, RenamePart>): RenamePart[] {
  const circle: RenamePart[] = [];
  for (let next = first; next && !circle.includes(next); next = byName.get(next.to)) circle.push(next);
  return circle;
}
