import type { MongoClient } from 'mongodb';
import { INTERNAL_DATABASES } from '../core/catalogue';
import { say } from '../core/say';
import { explain } from './serverErrors';

export interface ShownCollection {
  readonly name: string;
  readonly type: 'collection' | 'view' | 'timeseries';
  readonly documents: number | undefined;
  readonly bytes: number | undefined;
}

const hidden = /^system\./;
/** Beyond so many collections in a database their counts cost more than they tell. */
const mostCounted = 1000;

/** Names of the databases that this user may know of, sorted; without admin, config and local. */
export async function listDatabases(client: MongoClient): Promise<string[]> {
  try {
    const { databases } = (await client.db('admin').command({ listDatabases: 1, nameOnly: true })) as {
      databases: { name: string }[];
    };
    return databases
      .map((d) => d.name)
      .filter((name) => !INTERNAL_DATABASES.has(name))
      .sort();
  } catch (error) {
    throw explain(error, say`listing databases`);
  }
}

/** The collections of a database that this user may know of, sorted, with estimated counts. */
export async function listCollections(client: MongoClient, database: string): Promise<ShownCollection[]> {
  const db = client.db(database);
  try {
    const listed = await db
      .listCollections({}, { nameOnly: true, authorizedCollections: true, batchSize: 10_000 })
      .toArray();
    const infos = listed.filter((c) => !hidden.test(c.name));
    const counted = infos.length <= mostCounted;
    const shown = infos.map(async ({ name, type: told }): Promise<ShownCollection> => {
      const type = told === 'view' || told === 'timeseries' ? told : 'collection';
      const documents =
        counted && type === 'collection'
          ? await db
              .collection(name)
              .estimatedDocumentCount()
              .catch(() => undefined) // dropped since it was listed, or not this user's to count
          : undefined;
      return { name, type, documents, bytes: undefined };
    });
    return (await Promise.all(shown)).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw explain(error, say`listing ${database}`);
  }
}
