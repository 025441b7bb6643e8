import { isEmptyTimestamp } from '../core/emptyTimestamp';
import { ElementCursor, splitDocuments } from '../core/rawDocument';
import type { RawBatch } from '../engine/ports';

/** Documents for one command: an insert of concatenated BSON, or operations for those that an insert would change. */
export type InsertPart =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  | { readonly kind: 'odd'; readonly documents: readonly Uint8Array[] };

/** Limits of one command, with room: the server takes 100,000 documents and 48 MB in an insert, 16 MB otherwise. */
const insertDocuments = 90_000;
const oddDocuments = 4_000;
const oddBytes = 8 << 20;

const dollar = 0x24;

/**
 * Whether the command `insert` would change or refuse a document that a server holds: it moves `_id` to the front,
 * puts the time into empty timestamps, and before 5.0 refuses field names with a dollar.
 */
export function isOdd(document: Uint8Array): boolean {
  const cursor = new ElementCursor(document);
  for (let first = true; cursor.next(); first = false) {
    if (first && cursor.name !== '_id') return true;
    if (document[cursor.nameStart] === dollar || (!first && isEmptyTimestamp(cursor))) return true;
  }
  return false;
}

/** Splits a batch; in the given order when `ordered`, else the odd ones last. */
export function* insertParts(batch: RawBatch, ordered: boolean): Generator<InsertPart> {
  const documents = [...splitDocuments(batch.bytes)];
  const odd = documents.filter(isOdd);
  if (odd.length === 0) {
    yield* plainParts(documents, batch.bytes);
  } else if (ordered) {
    for (const run of runsOf(documents, new Set(odd))) {
      if (run.odd) yield* oddParts(run.documents);
      else yield* plainParts(run.documents, Buffer.concat(run.documents));
    }
  } else {
    const rest = new Set(odd);
    const plain = documents.filter((document) => !rest.has(document));
    yield* plainParts(plain, Buffer.concat(plain));
    yield* oddParts(odd);
  }
}

function runsOf(
  documents: readonly Uint8Array[],
  odd: ReadonlySet<Uint8Array>,
): { readonly odd: boolean; readonly documents: Uint8Array[] }[] {
  const runs: { readonly odd: boolean; readonly documents: Uint8Array[] }[] = [];
  for (const document of documents) {
    const isOddOne = odd.has(document);
    const last = runs.at(-1);
    if (last?.odd === isOddOne) last.documents.push(document);
    else runs.push({ odd: isOddOne, documents: [document] });
  }
  return runs;
}

/** `bytes` are those of the documents, one after the other. */
function* plainParts(documents: readonly Uint8Array[], bytes: Uint8Array): Generator<InsertPart> {
  let start = 0;
  let at = 0;
  for (const [index, document] of documents.entries()) {
    at += document.length;
    if ((index + 1) % insertDocuments !== 0 && index + 1 !== documents.length) continue;
    yield { kind: 'plain', bytes: bytes.subarray(start, at) };
    start = at;
  }
}

function* oddParts(documents: readonly Uint8Array[]): Generator<InsertPart> {
  let pending: Uint8Array[] = [];
  let bytes = 0;
  for (const document of documents) {
    if (pending.length > 0 && (bytes + document.length > oddBytes || pending.length >= oddDocuments)) {
      yield { kind: 'odd', documents: pending };
      pending = [];
      bytes = 0;
    }
    pending.push(document);
    bytes += document.length;
  }
  if (pending.length > 0) yield { kind: 'odd', documents: pending };
}
