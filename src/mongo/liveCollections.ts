import type { MongoClient } from 'mongodb';
import { formatNamespace } from '../core/namespace';
import { findElement, readElements, writeDocument } from '../core/rawDocument';
import {
  booleanElement,
  documentElement,
  documentOf,
  stringElement,
  stringOf,
  uuidOf,
} from '../core/rawValue';
import { say } from '../core/say';
import { hexOf } from '../core/text';
import type { LiveChange, LiveCollection, LiveCollections } from '../engine/portsLive';
import { rawArray, rawFields } from './rawCommand';
import { explain, serverCode, serverCodes } from './serverErrors';

/** The collections of a deployment, renamed and dropped while it goes on. */
export function liveCollections(client: MongoClient): LiveCollections {
  return {
    async list(database, signal) {
      signal.throwIfAborted();
      const listed = await client.db(database).listCollections({}, { nameOnly: false, raw: true }).toArray();
      return listed.map((document) => liveCollection(document as unknown as Uint8Array));
    },
    async rename(changes) {
      const [only] = changes;
      try {
        if (changes.length === 1 && only) await carryOut(client, only);
        else if (changes.length > 1) await renameAll(client, changes);
      } catch (error) {
        const names = changes.map((change) => (change.kind === 'rename' ? change.from : change.ns));
        throw explain(error, say`renaming ${names.map(formatNamespace).join(', ')}`, 'restore');
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
    count: async (ns, most, signal) => {
      signal.throwIfAborted();
      return client.db(ns.database).collection(ns.collection).countDocuments({}, { limit: most });
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

/** With commands in it, the server runs applyOps under its global lock: all or nothing is seen. */
async function renameAll(client: MongoClient, changes: readonly LiveChange[]): Promise<void> {
  const operations = changes.map((change) =>
    writeDocument([
      stringElement('op', 'c'),
      stringElement('ns', `${(change.kind === 'rename' ? change.from : change.ns).database}.$cmd`),
      documentElement('o', commandOf(change)),
    ]),
  );
  try {
    await client.db('admin').command({ applyOps: rawArray(operations), writeConcern: { w: 'majority' } });
  } catch (error) {
    if (serverCode(error) !== serverCodes.unauthorized) throw error;
    await oneByOne(client, changes);
  }
}

/** As the log would have it. */
function commandOf(change: LiveChange): Uint8Array {
  switch (change.kind) {
    case 'rename':
      return writeDocument([
        stringElement('renameCollection', formatNamespace(change.from)),
        stringElement('to', formatNamespace(change.to)),
        booleanElement('stayTemp', false),
      ]);
    case 'dropView':
      return writeDocument([stringElement('drop', change.ns.collection)]);
    case 'createView':
      return writeDocument([stringElement('create', change.ns.collection), ...readElements(change.options)]);
  }
}

/** Where the role has no applyOps: one after the other, and back again when one fails. */
async function oneByOne(client: MongoClient, changes: readonly LiveChange[]): Promise<void> {
  const done: LiveChange[] = [];
  try {
    for (const change of changes) if (await isCarriedOut(client, change)) done.push(change);
  } catch (error) {
    for (const change of done.reverse()) await carryOut(client, turnedBack(change));
    throw error;
  }
}

/** `false` where there is nothing to rename, which applyOps passes over as well. */
async function isCarriedOut(client: MongoClient, change: LiveChange): Promise<boolean> {
  try {
    await carryOut(client, change);
    return true;
  } catch (error) {
    if (change.kind === 'rename' && serverCode(error) === serverCodes.namespaceNotFound) return false;
    throw error;
  }
}

async function carryOut(client: MongoClient, change: LiveChange): Promise<void> {
  const writeConcern = { w: 'majority' };
  switch (change.kind) {
    case 'rename': {
      const [from, to] = [formatNamespace(change.from), formatNamespace(change.to)];
      await client.db('admin').command({ renameCollection: from, to, writeConcern });
      break;
    }
    case 'dropView':
      await client.db(change.ns.database).command({ drop: change.ns.collection, writeConcern });
      break;
    case 'createView': {
      const { ns, options } = change;
      await client.db(ns.database).command({ create: ns.collection, ...rawFields(options), writeConcern });
    }
  }
}

function turnedBack(change: LiveChange): LiveChange {
  switch (change.kind) {
    case 'rename':
      return { ...change, from: change.to, to: change.from };
    case 'dropView':
      return { ...change, kind: 'createView' };
    case 'createView':
      return { ...change, kind: 'dropView' };
  }
}
