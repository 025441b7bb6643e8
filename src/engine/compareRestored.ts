import { findElement, splitDocuments } from '../core/rawDocument';
import { isTrue } from '../core/rawValue';
import { type Said, say } from '../core/say';
import { documentsAt } from './documentsAt';
import type { RawBatch, RepositoryReader, TargetReader } from './ports';
import type { RestorePlan } from './restorePlan';

export interface Compared {
  readonly collections: number;
  readonly documents: number;
  readonly differences: readonly { readonly ns: string; readonly reason: Said }[];
}

/** 32 bytes that stand for the bytes given. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/**
 * Compares what a restore wrote with what the repository says, collection by collection, by two ways that share
 * nothing: the server that replayed the log, and the log folded here. Order counts in capped collections only.
 */
export async function compareRestored(
  plan: RestorePlan,
  repository: RepositoryReader,
  target: TargetReader,
  hash: Hash,
  onProgress: (facts: { namespace: string; documents: number; bytes: number }) => void,
  signal: AbortSignal,
): Promise<Compared> {
  const differences: { ns: string; reason: Said }[] = [];
  let documents = 0;
  for (const collection of plan.collections) {
    const ordered = isTrue(findElement(collection.options, 'capped'));
    const expected = await digest(documentsAt(repository, plan, collection, signal), hash, ordered);
    const found = await digest(target.read(collection.to, signal), hash, ordered);
    documents += found.documents;
    onProgress({ namespace: collection.ns, documents, bytes: 0 });
    const { ns } = collection;
    if (expected.documents !== found.documents) {
      const reason = say`${String(found.documents)} documents instead of ${String(expected.documents)}`;
      differences.push({ ns, reason });
    } else if (expected.text !== found.text) {
      differences.push({ ns, reason: say`as many documents, but not the same ones` });
    }
  }
  return { collections: plan.collections.length, documents, differences };
}

/** Hashes are added up where order does not count: no document can hide another one. */
async function digest(
  batches: AsyncIterable<RawBatch>,
  hash: Hash,
  ordered: boolean,
): Promise<{ documents: number; text: string }> {
  let sum = new Uint32Array(8);
  let documents = 0;
  for await (const batch of batches) {
    for (const document of splitDocuments(batch.bytes)) {
      documents += 1;
      const words = new DataView(hash(document).slice().buffer);
      const next = new Uint32Array(sum.length);
      for (const index of next.keys()) next[index] = (sum[index] as number) + words.getUint32(index * 4);
      sum = ordered ? wordsOf(hash(new Uint8Array(next.buffer))) : next;
    }
  }
  return { documents, text: sum.join() };
}

function wordsOf(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  return new Uint32Array(bytes.slice().buffer);
}
