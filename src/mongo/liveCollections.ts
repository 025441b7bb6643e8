import type { MongoClient } from 'mongodb';
import { formatNamespace } from '../core/namespace';
import { findElement, writeDocument } from '../core/rawDocument';
import { documentOf, stringOf, uuidOf } from '../core/rawValue';
import { say } from '../core/say';
import { hexOf } from '../core/text';
import type { LiveCollection, LiveCollections, LiveRename } from '../engine/portsLive';
import { explain, serverCode, serverCodes } from './serverErrors';

/** The collections of a deployment, renamed and dropped while it goes on. */
export function liveCollections(client: MongoClient): LiveCollections {
  return {
    async list(database, signal) {
      signal.throwIfAborted();
      const listed = await client.db(database).listCollections({}, { nameOnly: false, raw: true }).toArray();
      return listed.map((document) => liveCollection(document as unknown as Uint8Array));
    },
    async rename(renames) {
      const [only] = renames;
      try {
        if (renames.length === 1 && only) await renameOne(client, only);
        else if (renames.length > 1) await renameAll(client, renames);
      } catch (error) {
        throw explain(
          error,
          say`renaming ${renames.map((r) => formatNamespace(r.from)).join(', ')}`,
          'restore',
        );
      }
    },
    async drop(ns) {
      try {
        await client.db(ns.database).command({ drop: ns.collection, writeConcern: { w: 'majority' } });
      } catch (error) {
        if (serverCode(error) === serverCodes.namespaceNotFound) return;
        throw explain(error, say`dropping ${formatNamespace(ns)}`, 'restore');
      }
    },
    async dropIndexes(ns, names, signal) {
      signal.throwIfAborted();
      await client.db(ns.database).command({ dropIndexes: ns.collection, index: [...names] });
    },
    count: async (ns, signal) => {
      signal.throwIfAborted();
      return client.db(ns.database).collection(ns.collection).countDocuments({}, { limit: 1 });
    },
  };
}

function liveCollection(listed: Uint8Array): LiveCollection {
  const type = stringOf(findElement(listed, 'type'));
  const info = documentOf(findElement(listed, 'info'));
  const uuid = info && uuidOf(findElement(info, 'uuid'));
  return {
    name: stringOf(findElement(listed, 'name')) ?? '',
    type: type === 'view' || type === 'timeseries' ? type : 'collection',
    uuid: uuid && hexOf(uuid),
    options: documentOf(findElement(listed, 'options')) ?? writeDocument([]),
  };
}

async function renameOne(client: MongoClient, { from, to }: LiveRename): Promise<void> {
  await client.db('admin').command({
    renameCollection: formatNamespace(from),
    to: formatNamespace(to),
    writeConcern: { w: 'majority' },
  });
}

/** With commands in it, the server runs applyOps under its global lock: all or nothing is seen. */
async function renameAll(client: MongoClient, renames: readonly LiveRename[]): Promise<void> {
  const applyOps = renames.map(({ from, to }) => ({
    op: 'c',
    ns: `${from.database}.$cmd`,
    o: { renameCollection: formatNamespace(from), to: formatNamespace(to), stayTemp: false },
  }));
  try {
    await client.db('admin').command({ applyOps, writeConcern: { w: 'majority' } });
  } catch (error) {
    if (serverCode(error) !== serverCodes.unauthorized) throw error;
    await oneByOne(client, renames);
  }
}

/** Where the role has no applyOps: one after the other, and back again when one fails. */
async function oneByOne(client: MongoClient, renames: readonly LiveRename[]): Promise<void> {
  const done: LiveRename[] = [];
  try {
    for (const rename of renames) {
      await renameOne(client, rename);
      done.push(rename);
    }
  } catch (error) {
    for (const { from, to } of done.reverse()) await renameOne(client, { from: to, to: from });
    throw error;
  }
}
