import { createHash } from 'node:crypto';
import { EJSON } from 'bson';
import type { Db } from 'mongodb';

/** What a database holds: a line for each namespace, with what must be equal after a restore. */
export async function databaseState(db: Db): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const info of await db.listCollections({}, { nameOnly: false }).toArray()) {
    if (info.name === 'system.views') continue;
    const capped = (info as { options?: { capped?: boolean } }).options?.capped === true;
    const sort = capped ? { $natural: 1 as const } : { _id: 1 as const };
    const hash = createHash('sha256');
    let count = 0;
    const isData = info.type === 'collection';
    if (isData) {
      for await (const document of db.collection(info.name).find({}, { raw: true }).sort(sort)) {
        hash.update(document as unknown as Uint8Array);
        count += 1;
      }
    }
    const indexes = info.type === 'view' ? [] : await db.collection(info.name).listIndexes().toArray();
    const named = indexes.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const listed = EJSON.stringify(
      { options: (info as { options?: object }).options, named },
      { relaxed: false },
    );
    state[`${info.type ?? ''} ${info.name}`] =
      `${String(count)} ${hash.digest('hex').slice(0, 16)} ${listed}`;
  }
  return state;
}

function nameOf(index: unknown): string {
  return (index as { name: string }).name;
}
