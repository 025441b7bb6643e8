import { engine } from './engine.mjs';
import { fillBytes, fillMixed } from './datasets.mjs';
import { withClient } from './server.mjs';

/** A database with one collection of so many bytes. */
export async function makeBig(uri, database, bytes) {
  return withClient(uri, async (client) => {
    const data = engine().targetData(client);
    const ns = { database, collection: 'orders' };
    const how = { ordered: false, tolerateDuplicates: false };
    const signal = new AbortController().signal;
    const made = await fillBytes(
      (run, documents) => data.insert(ns, { bytes: run, documents }, how, signal),
      bytes,
    );
    return made;
  });
}

/** A collection of about 10 MB whose documents can be changed; gives their ids. */
export async function makeSmall(uri, database, name, seed) {
  return withClient(uri, (client) => fillMixed(client.db(database).collection(name), 25_000, seed));
}
