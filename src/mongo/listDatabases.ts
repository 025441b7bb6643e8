import type { MongoClient } from 'mongodb';

export interface ListedDatabase {
  readonly name: string;
  readonly collections: readonly {
    readonly name: string;
    readonly type: 'collection' | 'view' | 'timeseries';
    readonly documents: number | undefined;
    readonly bytes: number | undefined;
  }[];
}

const hidden = /^system\./;
/** Beyond so many collections in a database their counts cost more than they tell. */
const mostCounted = 1000;

/** The databases and collections a person knows, with estimated sizes; nothing of admin, config and local. */
export async function listDatabases(client: MongoClient, signal: AbortSignal): Promise<ListedDatabase[]> {
  const { databases } = (await client.db('admin').command({ listDatabases: 1, nameOnly: true })) as {
    databases: { name: string }[];
  };
  const names = databases.map((d) => d.name).filter((name) => !['admin', 'config', 'local'].includes(name));
  const listed: ListedDatabase[] = [];
  for (const name of names.sort()) {
    signal.throwIfAborted();
    const db = client.db(name);
    const infos = (await db.listCollections({}, { nameOnly: true }).toArray()).filter(
      (c) => !hidden.test(c.name),
    );
    const collections = await Promise.all(
      infos.map(async (info) => {
        const type = info.type as 'collection' | 'view' | 'timeseries' | undefined;
        const documents =
          type === 'view' || type === 'timeseries' || infos.length > mostCounted
            ? undefined
            : await db
                .collection(info.name)
                .estimatedDocumentCount()
                .catch(() => undefined); // dropped since it was listed
        return { name: info.name, type: type ?? 'collection', documents, bytes: undefined };
      }),
    );
    listed.push({ name, collections: collections.sort((a, b) => (a.name < b.name ? -1 : 1)) });
  }
  return listed;
}
