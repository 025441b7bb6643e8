import type { MongoClient, MongoServerError } from 'mongodb';
import { formatNamespace } from '../core/namespace';
import { splitDocuments, writeDocument } from '../core/rawDocument';
import { documentElement, stringElement } from '../core/rawValue';
import { BackupError, isAbort } from '../engine/errors';
import type { RawBatch, RenamedOperation, TargetCatalogue, TargetData } from '../engine/ports';
import { readPosition } from './inspectSource';
import { documentSequence, rawArray, rawFields } from './rawCommand';
import { explain, serverCode } from './serverErrors';

/** Limits of one insert command, with room: the server takes 100,000 documents and 48 MB. */
const insertDocuments = 90_000;
/** Acknowledged by the primary; {@link TargetData.settle} waits for the majority once, at the end. */
const writeConcern = { w: 1 };
const duplicateKey = 11_000;
const unknownErrorWithResults = 8;
const updateOfMissing = 218;

export function targetCatalogue(client: MongoClient): TargetCatalogue {
  return {
    databases: (signal) =>
      named('listing databases', signal, async () => {
        const reply = await client.db('admin').command({ listDatabases: 1, nameOnly: true });
        return (reply['databases'] as { name: string }[]).map((d) => d.name);
      }),
    collections: (database, signal) =>
      named(`listing ${database}`, signal, async () => {
        const listed = await client.db(database).listCollections({}, { nameOnly: true }).toArray();
        return listed.map((c) => c.name);
      }),
    create: (ns, options, signal) =>
      named(`creating ${formatNamespace(ns)}`, signal, async () => {
        await client.db(ns.database).command({ create: ns.collection, ...rawFields(options), writeConcern });
      }),
    createIndexes: (ns, specs, signal) =>
      named(`building the indexes of ${formatNamespace(ns)}`, signal, async () => {
        await client
          .db(ns.database)
          .command({ createIndexes: ns.collection, indexes: rawArray(specs), writeConcern });
      }),
    dropDatabase: (database) =>
      named(`dropping ${database}`, undefined, async () => {
        await client.db(database).command({ dropDatabase: 1, writeConcern: { w: 'majority' } });
      }),
  };
}

export function targetData(client: MongoClient): TargetData {
  return {
    insert: (ns, batch, options, signal) =>
      named(`inserting into ${formatNamespace(ns)}`, signal, async () => {
        for (const part of parts(batch)) {
          const reply = await client.db(ns.database).command({
            insert: ns.collection,
            ordered: options.ordered,
            bypassDocumentValidation: true,
            writeConcern,
            documents: documentSequence('documents', part),
          });
          checkWriteErrors(reply['writeErrors'], options.tolerateDuplicates);
        }
      }),
    apply: (operations, signal) => named('replaying the oplog', signal, () => applyOps(client, operations)),
    count: (ns, signal) =>
      named(`counting ${formatNamespace(ns)}`, signal, () =>
        client.db(ns.database).collection(ns.collection).countDocuments({}, { hint: '_id_' }),
      ),
    settle: (signal) =>
      named('waiting for the majority', signal, async () => {
        const { newest } = await readPosition(client);
        while ((await readPosition(client)).committed < newest) {
          signal.throwIfAborted();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }),
  };
}

async function named<T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    throw isAbort(error) ? error : explain(error, doing);
  }
}

function* parts(batch: RawBatch): Generator<Uint8Array> {
  if (batch.documents <= insertDocuments) {
    if (batch.documents > 0) yield batch.bytes;
    return;
  }
  let start = 0;
  let at = 0;
  let count = 0;
  for (const document of splitDocuments(batch.bytes)) {
    at += document.length;
    count += 1;
    if (count % insertDocuments === 0) {
      yield batch.bytes.subarray(start, at);
      start = at;
    }
  }
  if (at > start) yield batch.bytes.subarray(start, at);
}

function checkWriteErrors(errors: unknown, tolerateDuplicates: boolean): void {
  const writeErrors = (errors ?? []) as {
    code: number;
    errmsg: string;
    keyPattern?: Record<string, unknown>;
  }[];
  const failure = writeErrors.find(
    (e) =>
      !(tolerateDuplicates && e.code === duplicateKey && Object.keys(e.keyPattern ?? {}).join() === '_id'),
  );
  if (failure) throw new BackupError('serverFailed', `a document was refused: ${failure.errmsg}`);
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

function entry({ op, ns, o, o2 }: RenamedOperation): Uint8Array {
  return writeDocument([
    stringElement('op', op),
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
