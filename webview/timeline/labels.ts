/** A flag on the axis and the length of its text, in pixels. */
export interface Flag {
  readonly x: number;
  readonly width: number;
}

/** Where a flag's text goes: its row, and the side of the pole it hangs on; without a row there is no room for it. */
export interface PlacedFlag {
  readonly row: number | undefined;
  readonly side: 'right' | 'left';
}

/** Places texts so that none touches another or an end; flags are in order of x, and the first to come has the place. */
export function placeFlags(
  flags: readonly Flag[],
  width: number,
  rows: number,
  spacing = 6,
): readonly PlacedFlag[] {
  const reached = new Array<number>(rows).fill(-Infinity);
  return flags.map((flag) => {
    if (flag.x < 0 || flag.x > width) return { row: undefined, side: 'right' as const };
    const side = flag.x + flag.width > width ? 'left' : 'right';
    const start = side === 'right' ? flag.x : flag.x - flag.width;
    const end = start + flag.width;
    if (start < 0) return { row: undefined, side };
    const row = reached.findIndex((x) => x + spacing <= start);
    if (row < 0) return { row: undefined, side };
    reached[row] = Math.max(end, flag.x);
    return { row, side };
  });
}
