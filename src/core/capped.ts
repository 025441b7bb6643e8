/** Limits of a capped collection. */
export interface CappedLimits {
  readonly bytes: number;
  readonly documents: number | undefined;
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
  let bytes = 0;
  let first = documents.length;
  for (const document of documents.toReversed()) {
    bytes += document.length;
    const count = documents.length - first + 1;
    if (bytes > limits.bytes || (limits.documents !== undefined && count > limits.documents)) break;
    first -= 1;
  }
  return documents.slice(first);
}
