import { type Document, type MongoClient, type Timestamp } from 'mongodb';
import { canonicalExtendedJson } from '../../src/core/extendedJson';
import { equalBytes, findElement, readElements, writeDocument } from '../../src/core/rawDocument';
import { isTrue, stringOf } from '../../src/core/rawValue';
import { type ClusterTime, clusterTimeFrom } from '../../src/core/time';

/** What a deployment holds under one name; everything is bytes as the server gave them. */
export interface NamespaceTruth {
  readonly type: string;
  readonly options: Uint8Array;
  /** In the server's order; none of a view. */
  readonly indexes: readonly Uint8Array[];
  /** By `_id`, or in natural order for a capped collection; none of a view. */
  readonly documents: readonly Uint8Array[];
}

/** By namespace, of all databases but those of the server. */
export type Truth = ReadonlyMap<string, NamespaceTruth>;

const ownDatabases = new Set(['admin', 'config', 'local']);
/** What `system.views` holds is compared as views; `system.profile` is of one member. */
const ownCollections = new Set(['system.views', 'system.profile']);

/** Reads everything, or the databases that `wanted` accepts. Nobody may write meanwhile. */
export async function readTruth(
  client: MongoClient,
  wanted: (database: string) => boolean = () => true,
): Promise<Truth> {
  const { databases } = (await client.db('admin').command({ listDatabases: 1, nameOnly: true })) as {
    databases: { name: string }[];
  };
  const truth = new Map<string, NamespaceTruth>();
  for (const { name } of databases) {
    if (ownDatabases.has(name) || !wanted(name)) continue;
    for (const listed of await readAll(client, name, { listCollections: 1 })) {
      const collection = stringOf(findElement(listed, 'name')) ?? '';
      if (ownCollections.has(collection)) continue;
      truth.set(`${name}.${collection}`, await readNamespace(client, name, collection, listed));
    }
  }
  return truth;
}

async function readNamespace(
  client: MongoClient,
  database: string,
  collection: string,
  listed: Uint8Array,
): Promise<NamespaceTruth> {
  const type = stringOf(findElement(listed, 'type')) ?? '';
  const options = findElement(listed, 'options')?.value ?? writeDocument([]);
  if (type !== 'collection') return { type, options, indexes: [], documents: [] };
  const capped = isTrue(findElement(options, 'capped'));
  const order = capped ? { hint: { $natural: 1 } } : { sort: { _id: 1 } };
  return {
    type,
    options,
    indexes: await readAll(client, database, { listIndexes: collection, cursor: { batchSize: 1_000 } }),
    documents: await readAll(client, database, { find: collection, ...order, allowDiskUse: true }),
  };
}

async function readAll(client: MongoClient, database: string, command: Document): Promise<Uint8Array[]> {
  const cursor = client.db(database).runCursorCommand(command, { raw: true });
  const documents: Uint8Array[] = [];
  for await (const document of cursor) documents.push(document as Uint8Array);
  return documents;
}

/** The time of the newest write. */
export async function quietTime(client: MongoClient): Promise<ClusterTime> {
  const { lastWrite } = (await client.db('admin').command({ hello: 1 })) as {
    lastWrite: { opTime: { ts: Timestamp } };
  };
  return clusterTimeFrom(lastWrite.opTime.ts.toBigInt());
}

export interface ComparisonOptions {
  /** Capped collections may begin with documents that the source had given up: it is a 4.4, which does not log that. */
  readonly untoldTrims: boolean;
}

/**
 * The first thing in which `actual` is not what `expected` says, or `undefined`. `rename` gives the name that a
 * namespace must have now, or `undefined` where it must not be there.
 */
export function firstDifference(
  expected: Truth,
  actual: Truth,
  rename: (ns: string) => string | undefined,
  options: ComparisonOptions = { untoldTrims: false },
): string | undefined {
  const there = new Set<string>();
  for (const [ns, truth] of expected) {
    const name = rename(ns);
    if (name === undefined) continue;
    there.add(name);
    const found = actual.get(name);
    if (!found) return `${ns}: missing (as ${name})`;
    const difference = differenceOf(truth, found, options);
    if (difference !== undefined) return `${ns}: ${difference}`;
  }
  const extra = [...actual.keys()].find((name) => !there.has(name));
  return extra === undefined ? undefined : `${extra}: is there and should not be`;
}

function differenceOf(
  expected: NamespaceTruth,
  actual: NamespaceTruth,
  { untoldTrims }: ComparisonOptions,
): string | undefined {
  if (expected.type !== actual.type) return `is a ${actual.type} instead of a ${expected.type}`;
  if (!equalBytes(expected.options, actual.options)) {
    return `options differ${contrast(expected.options, actual.options)}`;
  }
  return (
    differenceOfLists('index', expected.indexes, actual.indexes) ??
    differenceOfLists(
      'document',
      expected.documents,
      actual.documents.slice(untoldTrims ? extra(expected, actual) : 0),
    )
  );
}

/** Documents more than expected, of a capped collection. */
function extra(expected: NamespaceTruth, actual: NamespaceTruth): number {
  const capped = isTrue(findElement(expected.options, 'capped'));
  return capped ? Math.max(0, actual.documents.length - expected.documents.length) : 0;
}

function differenceOfLists(
  what: string,
  expected: readonly Uint8Array[],
  actual: readonly Uint8Array[],
): string | undefined {
  const count = Math.max(expected.length, actual.length);
  for (let at = 0; at < count; at++) {
    const [wanted, found] = [expected[at], actual[at]];
    if (wanted && found && equalBytes(wanted, found)) continue;
    const counts = `${expected.length} expected, ${actual.length} there`;
    return `${what} ${at} differs (${counts})${contrast(wanted, found)}`;
  }
  return undefined;
}

function contrast(expected: Uint8Array | undefined, actual: Uint8Array | undefined): string {
  const [wanted, found] = [shown(expected), shown(actual)];
  const asBytes = wanted === found;
  return `\n    expected ${asBytes ? hexOf(expected) : wanted}\n    actual   ${asBytes ? hexOf(actual) : found}`;
}

function shown(document: Uint8Array | undefined): string {
  if (!document) return 'nothing';
  const text = canonicalExtendedJson(document);
  if (text.length <= 2_000) return text;
  const fields = readElements(document).map((e) => `${e.name}: type ${e.type}, ${e.value.length} bytes`);
  return `${document.length} bytes {${fields.join('; ').slice(0, 1_500)}}`;
}

function hexOf(document: Uint8Array | undefined): string {
  return document ? Buffer.from(document).toString('hex').slice(0, 2_000) : 'nothing';
}
