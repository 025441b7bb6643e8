import { concatenated } from '../core/concatenated';
import { documentLength } from '../core/rawDocument';
import { releaseBytes } from '../core/releaseBytes';
import type { RawBatch } from './ports';

/**
 * A batch of the base as folded operations leave it; the same one where they change nothing of it. `mayChange` tells by a
 * document's place in the batch whether any operation is about it: the others are copied as they lie together.
 */
export function changedBatch(
  batch: RawBatch,
  mayChange: (index: number) => boolean,
  apply: (document: Uint8Array) => Uint8Array | undefined,
): RawBatch {
  const { bytes } = batch;
  const pieces: Uint8Array[] = [];
  let documents = 0;
  let length = 0;
  let copied = 0;
  const take = (piece: Uint8Array): void => {
    pieces.push(piece);
    length += piece.length;
  };
  for (let index = 0, at = 0; index < batch.documents; index++) {
    const end = at + documentLength(bytes, at);
    const document = mayChange(index) ? bytes.subarray(at, end) : undefined;
    const now = document && apply(document);
    if (now !== document) {
      take(bytes.subarray(copied, at));
      if (now) take(now);
      copied = end;
    }
    if (now || !document) documents += 1;
    at = end;
  }
  if (copied === 0) return batch;
  take(bytes.subarray(copied));
  const changed = concatenated(pieces, length);
  batch.release?.();
  return { bytes: changed, documents, release: () => releaseBytes(changed) };
}
