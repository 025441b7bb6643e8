import { BSON } from 'bson';
import { firstElement } from '../../src/core/rawDocument';
import type { ClusterTime } from '../../src/core/time';
import { diffCollection } from '../../src/engine/diffCollection';
import { documentHistory } from '../../src/engine/documentHistory';
import { fileRepository } from '../../src/storage/fileRepository';

const never = new AbortController().signal;

/** What differs in a collection between two times: `added 1`, `removed 2`, `changed 3`, sorted. */
export function diffOf(
  folder: string,
  ns: string,
): (from: ClusterTime, to: ClusterTime) => Promise<string[]> {
  const reader = fileRepository(folder);
  return async (from, to) => {
    const lines: string[] = [];
    const { changes } = await diffCollection(reader, await reader.content(), { ns, from, to }, never);
    for await (const change of changes()) {
      const { _id } = BSON.deserialize(change.before ?? change.after ?? new Uint8Array());
      const what = !change.before ? 'added' : !change.after ? 'removed' : 'changed';
      lines.push(`${what} ${String(_id)}`);
    }
    return lines.sort();
  };
}

/** Every version of a document: `insert {"_id":1}`, `drop gone`. */
export function historyOf(folder: string, ns: string): (_id: unknown) => Promise<string[]> {
  const reader = fileRepository(folder);
  return async (_id) => {
    const id = firstElement(BSON.serialize({ _id }));
    if (!id) throw new Error('there is no _id');
    const versions: string[] = [];
    const all = documentHistory(reader, await reader.content(), { ns, id }, never);
    for await (const { op, document } of all) {
      versions.push(`${op} ${document ? JSON.stringify(BSON.deserialize(document)) : 'gone'}`);
    }
    return versions;
  };
}
