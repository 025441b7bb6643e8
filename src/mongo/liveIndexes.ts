import type { MongoClient } from 'mongodb';
import { isClustered } from '../core/indexSpec';
import { formatNamespace, type Namespace } from '../core/namespace';
import { readElements, writeDocument } from '../core/rawDocument';
import { say } from '../core/say';
import type { LiveIndexes } from '../engine/portsLive';
import { explained, serverCode, serverCodes } from './serverErrors';

/** The indexes of a deployment that others use at the same time. */
export function liveIndexes(client: MongoClient): LiveIndexes {
  return {
    list: (ns, signal) =>
      explained(say`listing the indexes of ${formatNamespace(ns)}`, signal, () => listIndexes(client, ns)),
    drop: (ns, names, signal) =>
      explained(say`dropping indexes of ${formatNamespace(ns)}`, signal, async () => {
        for (const name of names) await dropIndex(client, ns, name);
      }),
  };
}

/** Without the one that a collection is stored by; none where there is no collection. */
export async function listIndexes(client: MongoClient, ns: Namespace): Promise<Uint8Array[]> {
  try {
    const cursor = client.db(ns.database).collection(ns.collection).listIndexes({ raw: true });
    const specs = (await cursor.toArray()) as unknown as Uint8Array[];
    return specs
      .filter((spec) => !isClustered(spec))
      .map((spec) => writeDocument(readElements(spec).filter(({ name }) => name !== 'ns')));
  } catch (error) {
    if (serverCode(error) === serverCodes.namespaceNotFound) return [];
    throw error;
  }
}

async function dropIndex(
  client: MongoClient,
  { database, collection }: Namespace,
  name: string,
): Promise<void> {
  try {
    await client.db(database).command({ dropIndexes: collection, index: name });
  } catch (error) {
    if (serverCode(error) !== serverCodes.indexNotFound) throw error;
  }
}
