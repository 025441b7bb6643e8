import type { LiveCollection } from './portsLive';

/** A name made of the stamp that nothing has; the stamp gets a number where it must. */
export function freeName(
  named: (stamp: string) => string,
  stamp: string,
  live: readonly LiveCollection[],
): string {
  const taken = new Set(live.map((c) => c.name));
  let name = named(stamp);
  for (let n = 2; taken.has(name); n++) name = named(`${stamp}_${n}`);
  return name;
}
