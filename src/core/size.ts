const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
};

/** Reads `500MB`, `1.5GB`, `20gb`, `20G`, or a number of bytes; `undefined` when malformed or zero. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?)b?$/i.exec(text);
  const unit = units[`${match?.[2] ?? ''}B`.toUpperCase()] ?? 0;
  const bytes = Math.round(Number(match?.[1] ?? 0) * unit);
  return bytes > 0 ? bytes : undefined;
}
