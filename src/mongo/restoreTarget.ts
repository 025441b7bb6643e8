import type { MongoClient, MongoServerError } from 'mongodb';
import { isUsualIdIndex } from '../core/indexSpec';
import { formatNamespace, type Namespace } from '../core/namespace';
import { cappedLimits, isTemporary } from '../core/collectionOptions';
import { BsonType, findElement, readElements, writeDocument } from '../core/rawDocument';
import { arrayElement, booleanElement, documentElement, nullElement, stringElement } from '../core/rawValue';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { RenamedOperation, TargetCatalogue, TargetData } from '../engine/ports';
import { readPosition } from './inspectSource';
import { insertParts } from './insertParts';
import { documentSequence, rawArray, rawFields, RawValue } from './rawCommand';
import { explained, serverCode, serverCodes } from './serverErrors';
import { checkWriteErrors } from './writeErrors';

/** Acknowledged by the primary; {@link TargetData.settle} waits for the majority once, at the end. */
const writeConcern = { w: 1 };
const unknownErrorWithResults = 8;
const updateOfMissing = 218;

export function targetCatalogue(client: MongoClient): TargetCatalogue {
  return {
    databases: (signal) =>
      explained(say`listing databases`, signal, async () => {
        const reply = await client.db('admin').command({ listDatabases: 1, nameOnly: true });
        return (reply['databases'] as { name: string }[]).map((d) => d.name);
      }),
    collections: (database, signal) =>
      explained(say`listing ${database}`, signal, async () => {
        const listed = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
        return listed.map((c) => c.name);
      }),
    create: (ns, options, idIndex, signal) =>
      explained(say`creating ${formatNamespace(ns)}`, signal, async () => {
        if (isTemporary(options) || isClusteredAndCapped(options)) {
          await createByOperation(client, ns, options, idIndex);
          return;
        }
        const isUsual = idIndex === undefined || isUsualIdIndex(idIndex);
        const index = isUsual ? {} : { idIndex: new RawValue(BsonType.document, idIndex) };
        await client
          .db(ns.database)
          .command({ create: ns.collection, ...rawFields(options), ...index, writeConcern });
      }),
    createIndexes: (ns, specs, signal) =>
      explained(say`building the indexes of ${formatNamespace(ns)}`, signal, async () => {
        await client
          .db(ns.database)
          .command({ createIndexes: ns.collection, indexes: rawArray(specs), writeConcern });
      }),
    modify: (ns, fields, signal) =>
      explained(say`changing ${formatNamespace(ns)}`, signal, async () => {
        await client.db(ns.database).command({ collMod: ns.collection, ...rawFields(fields), writeConcern });
      }),
    dropDatabase: (database) =>
      explained(say`dropping ${database}`, undefined, async () => {
        try {
          await client.db(database).command({ dropDatabase: 1, writeConcern: { w: 'majority' } });
        } catch (error) {
          if (serverCode(error) !== serverCodes.unauthorized) throw error;
          await dropCollections(client, database);
        }
      }),
  };
}

/** What a user without the right to drop a database can do; of views their empty catalogue stays. */
async function dropCollections(client: MongoClient, database: string): Promise<void> {
  const listed = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
  for (const { name } of listed.filter((c) => !c.name.startsWith('system.')))
    await client.db(database).command({ drop: name, writeConcern: { w: 'majority' } });
}

export function targetData(client: MongoClient): TargetData {
  return {
    insert: (ns, batch, options, signal) =>
      explained(say`inserting into ${formatNamespace(ns)}`, signal, async () => {
        for (const part of insertParts(batch, options.ordered)) {
          if (part.kind === 'plain') await insert(client, ns, part.bytes, options);
          else await insertOdd(client, ns, part.documents);
        }
      }),
    mayApply: (namespaces, signal) =>
      explained(say`replaying the oplog`, signal, () => mayApply(client, namespaces)),
    apply: (operations, signal) =>
      explained(say`replaying the oplog`, signal, () => applyOps(client, operations)),
    count: (ns, { exact }, signal) =>
      explained(say`counting ${formatNamespace(ns)}`, signal, async () => {
        const db = client.db(ns.database);
        if (exact) return db.collection(ns.collection).countDocuments();
        return Number((await db.command({ count: ns.collection }))['n']);
      }),
    settle: (signal) =>
      explained(say`waiting for the majority`, signal, async () => {
        const { newest } = await readPosition(client);
        while ((await readPosition(client)).committed < newest) {
          signal.throwIfAborted();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }),
  };
}

/** What cloneCollectionAsCapped makes of a clustered collection. */
function isClusteredAndCapped(options: Uint8Array): boolean {
  return cappedLimits(options) !== undefined && findElement(options, 'clusteredIndex') !== undefined;
}

/** Users may make some collections only as an operation of the log. */
async function createByOperation(
  client: MongoClient,
  ns: Namespace,
  options: Uint8Array,
  idIndex: Uint8Array | undefined,
): Promise<void> {
  const o = writeDocument([
    stringElement('create', ns.collection),
    ...readElements(options),
    ...(idIndex ? [documentElement('idIndex', idIndex)] : []),
  ]);
  await applyOps(client, [{ op: 'c', ns: `${ns.database}.$cmd`, o, o2: undefined }]);
}

async function insert(
  client: MongoClient,
  ns: Namespace,
  documents: Uint8Array,
  options: { readonly ordered: boolean; readonly tolerateDuplicates: boolean },
): Promise<void> {
  const reply = await client.db(ns.database).command({
    insert: ns.collection,
    ordered: options.ordered,
    bypassDocumentValidation: true,
    writeConcern,
    documents: documentSequence('documents', documents),
  });
  checkWriteErrors(reply['writeErrors'], options.tolerateDuplicates);
}

/** Inserts documents that the command `insert` would change: as operations, or by ordinary rights in two steps. */
async function insertOdd(
  client: MongoClient,
  ns: Namespace,
  documents: readonly Uint8Array[],
): Promise<void> {
  try {
    await applyOps(
      client,
      documents.map((o) => ({ op: 'i', ns: formatNamespace(ns), o, o2: undefined })),
    );
  } catch (error) {
    if (serverCode(error) !== serverCodes.unauthorized) throw error;
    for (const document of documents) await insertInTwoSteps(client, ns, document);
  }
}

/** An update by pipeline leaves a document's fields as they are, an insert does not. */
async function insertInTwoSteps(client: MongoClient, ns: Namespace, document: Uint8Array): Promise<void> {
  const [id] = readElements(document);
  if (id?.name !== '_id') {
    throw new BackupError(
      'unauthorized',
      say`a document of ${formatNamespace(ns)} does not begin with its _id`,
      {
        hint: say`Only applyOps writes such a document: grant the cluster action applyOps (and, before 5.0, dbAdmin).`,
      },
    );
  }
  await insert(client, ns, document, { ordered: true, tolerateDuplicates: true });
  const stage = writeDocument([
    documentElement('$replaceWith', writeDocument([documentElement('$literal', document)])),
  ]);
  const update = writeDocument([documentElement('q', writeDocument([id])), arrayElement('u', [stage])]);
  const reply = await client.db(ns.database).command({
    update: ns.collection,
    bypassDocumentValidation: true,
    writeConcern,
    updates: rawArray([update]),
  });
  checkWriteErrors(reply['writeErrors'], false);
}

/** Operations that find nothing, and do nothing: what counts is whether they are refused. */
async function mayApply(client: MongoClient, namespaces: readonly Namespace[]): Promise<boolean> {
  const id = writeDocument([nullElement('_id')]);
  const set = writeDocument([documentElement('$set', writeDocument([nullElement('nothing')]))]);
  const operations = namespaces.map(formatNamespace).flatMap((ns): RenamedOperation[] => [
    { op: 'u', ns, o: set, o2: id },
    { op: 'd', ns, o: id, o2: undefined },
  ]);
  try {
    await applyOps(client, operations);
    return true;
  } catch (error) {
    if (serverCode(error) === serverCodes.unauthorized) return false;
    throw error;
  }
}

async function applyOps(client: MongoClient, operations: readonly RenamedOperation[]): Promise<number[]> {
  if (operations.length === 0) return [];
  try {
    await client.db('admin').command({
      applyOps: rawArray(operations.map(entry)),
      allowAtomic: false,
      alwaysUpsert: false,
      bypassDocumentValidation: true,
      writeConcern,
    });
    return [];
  } catch (error) {
    return missingUpdates(error, operations);
  }
}

function entry({ op, ns, o, o2, upsert }: RenamedOperation): Uint8Array {
  return writeDocument([
    stringElement('op', op),
    ...(upsert ? [booleanElement('b', true)] : []),
    stringElement('ns', ns),
    documentElement('o', o),
    ...(op === 'u' && o2 ? [documentElement('o2', o2)] : []),
  ]);
}

/** Updates of missing documents fail one by one while the batch goes on; any other failure ends it. */
function missingUpdates(error: unknown, operations: readonly RenamedOperation[]): number[] {
  const code = serverCode(error);
  if (code === updateOfMissing && operations.length === 1) return [0];
  if (code !== unknownErrorWithResults) throw error;
  const results = ((error as MongoServerError).errorResponse['results'] ?? []) as boolean[];
  const failed = results.flatMap((ok, position) => (ok ? [] : [position]));
  const onlyUpdates = failed.every((position) => operations[position]?.op === 'u');
  if (results.length !== operations.length || failed.length === 0 || !onlyUpdates) throw error;
  return failed;
}
