/** Limits of a capped collection. */
export interface CappedLimits {
  readonly bytes: number;
  readonly documents: number | undefined;
}

/**
 * How many of the oldest documents a capped collection has given up, given the lengths of all in their order. It keeps
 * the newest one, however large that is.
 */
export function trimmedCount(lengths: readonly number[], limits: CappedLimits): number {
  let bytes = 0;
  let first = lengths.length;
  for (const length of lengths.toReversed()) {
    bytes += length;
    const count = lengths.length - first + 1;
    const exceeds = bytes > limits.bytes || (limits.documents !== undefined && count > limits.documents);
    if (exceeds && count > 1) break;
    first -= 1;
  }
  return first;
}

/**
 * The documents that a capped collection still holds, given all that went into it in order. 4.4 does not log what it
 * trims, later versions do, and then there is nothing left to trim here. No limits, no trimming.
 */
export function trimCapped<Document extends Uint8Array>(
  documents: readonly Document[],
  limits: CappedLimits | undefined,
): readonly Document[] {
  if (!limits) return documents;
  return documents.slice(
    trimmedCount(
      documents.map((document) => document.length),
      limits,
    ),
  );
}

/** From 5.0 on each document that an insert pushes out is logged as a delete; 4.4 logs nothing of it. */
export function logsTrimming(serverVersion: string): boolean {
  return Number.parseInt(serverVersion, 10) >= 5;
}
