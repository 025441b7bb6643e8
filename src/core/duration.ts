const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads `90m`, `24h`, `30d`, `2w`, `45s`; `undefined` when malformed or zero. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : unitMs[match[2]];
  const ms = unit === undefined ? 0 : Number(match?.[1]) * unit;
  return ms > 0 ? ms : undefined;
}
