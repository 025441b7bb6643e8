import { equalBytes, findElement, type RawElement, splitDocuments } from '../core/rawDocument';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { RawBatch } from '../engine/ports';

/** What several collections have under one `_id`, in their order. */
export interface Step {
  readonly id: RawElement;
  readonly documents: readonly (Uint8Array | undefined)[];
}

/** Reads collections side by side that come with the greatest `_id` first; all of those are ObjectIds. */
export async function* inStep(
  sources: readonly (AsyncIterable<RawBatch> | undefined)[],
): AsyncGenerator<Step, void> {
  const readers = sources.map((source) => (source ? documentsOf(source) : undefined));
  try {
    const heads: (Head | undefined)[] = [];
    for (const reader of readers) heads.push(await next(reader)); // a transaction takes one command at a time
    for (;;) {
      const id = greatest(heads.flatMap((head) => head?.id ?? []));
      if (!id) return;
      const isHere = heads.map((head) => head !== undefined && equalBytes(head.id.value, id.value));
      yield { id, documents: heads.map((head, index) => (isHere[index] ? head?.document : undefined)) };
      for (const [index, reader] of readers.entries()) if (isHere[index]) heads[index] = await next(reader);
    }
  } finally {
    for (const reader of readers) await reader?.return();
  }
}

interface Head {
  readonly id: RawElement;
  readonly document: Uint8Array;
}

async function next(reader: AsyncGenerator<Uint8Array, void> | undefined): Promise<Head | undefined> {
  const { value: document } = (await reader?.next()) ?? {};
  if (!document) return undefined;
  const id = findElement(document, '_id');
  if (id?.type === objectId) return { id, document };
  throw new BackupError('serverFailed', say`measurements are stored in a form that is not known`);
}

const objectId = 0x07;

async function* documentsOf(batches: AsyncIterable<RawBatch>): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes } of batches) yield* splitDocuments(bytes);
}

function greatest(ids: readonly RawElement[]): RawElement | undefined {
  return ids.reduce<RawElement | undefined>(
    (most, id) => (most && Buffer.compare(most.value, id.value) >= 0 ? most : id),
    undefined,
  );
}
