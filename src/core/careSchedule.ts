const dayMs = 86_400_000;

/** What the last prune noted, and the newest snapshot then and now. */
export interface PruneFacts {
  readonly prunedAtMs: number | undefined;
  readonly snapshotThen: string | undefined;
  readonly snapshotNow: string | undefined;
}

/** After each new base, and once a day. A clock that was set back makes it due too. */
export function pruneDue({ prunedAtMs, snapshotThen, snapshotNow }: PruneFacts, nowMs: number): boolean {
  if (snapshotNow === undefined) return false;
  return prunedAtMs === undefined || snapshotThen !== snapshotNow || !isRecent(prunedAtMs, dayMs, nowMs);
}

/** `everyMs` after the last verify, or after the first snapshot where there was none. */
export function verifyDue(
  verifiedAtMs: number | undefined,
  firstSnapshotMs: number | undefined,
  everyMs: number,
  nowMs: number,
): boolean {
  const sinceMs = verifiedAtMs ?? firstSnapshotMs;
  return sinceMs !== undefined && !isRecent(sinceMs, everyMs, nowMs);
}

function isRecent(ms: number, spanMs: number, nowMs: number): boolean {
  return ms <= nowMs + dayMs && nowMs - ms < spanMs;
}
