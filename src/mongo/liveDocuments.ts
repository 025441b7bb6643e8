import type { Document, MongoClient } from 'mongodb';
import { documentKey } from '../core/documentKey';
import { formatNamespace, type Namespace } from '../core/namespace';
import {
  BsonType,
  ElementCursor,
  equalBytes,
  findElement,
  splitDocuments,
  writeDocument,
} from '../core/rawDocument';
import type { RawElement } from '../core/rawDocument';
import {
  arrayElement,
  booleanElement,
  documentElement,
  int32Element,
  renamed,
  stringElement,
} from '../core/rawValue';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { LiveDocuments, LiveWrite, RefusedWrite } from '../engine/portsLive';
import { isOdd } from './insertParts';
import { documentSequence, RawValue } from './rawCommand';
import { readRaw } from './rawCursor';
import { explained } from './serverErrors';

/** Bounds of one command. */
const commandDocuments = 1000;
const commandBytes = 16 << 20;
/** A statement holds the expected document beside the new one; beyond this the two do not fit, and it goes by `_id`. */
const conditionBytes = 7 << 20;
/** `_id`s are equal by their bytes, whatever the collection's collation says. */
const collation = { locale: 'simple' };
const writeConcern = { w: 1 };
const duplicateKey = 11_000;

interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg: string;
}

/** The documents of a deployment, read and written while others do so. */
export function liveDocuments(client: MongoClient): LiveDocuments {
  return {
    read: (ns, ids, signal) =>
      explained(say`reading ${formatNamespace(ns)}`, signal, () => readByIds(client, ns, ids, signal)),
    write: (ns, writes, signal) =>
      explained(say`writing ${formatNamespace(ns)}`, signal, async () => {
        const misplaced = new Set(writes.filter(({ document }) => document && !isIdFirst(document)));
        const refused = [...misplaced].map(refusedForPlace);
        const rest = writes.filter((write) => !misplaced.has(write));
        for (const part of parts(rest)) refused.push(...(await writeSome(client, ns, part, signal)));
        return refused;
      }),
  };
}

function isIdFirst(document: Uint8Array): boolean {
  const cursor = new ElementCursor(document);
  return cursor.next() && cursor.name === '_id';
}

function refusedForPlace(write: LiveWrite): RefusedWrite {
  const message = say`its _id is not its first field, where servers would put it`;
  return { write, reason: 'refused', message };
}

async function readByIds(
  client: MongoClient,
  ns: Namespace,
  ids: readonly RawElement[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (let at = 0; at < ids.length; at += commandDocuments) {
    const some = ids.slice(at, at + commandDocuments);
    const list = writeDocument(some.map((id, index) => renamed(id, String(index))));
    const isIn = writeDocument([{ name: '$in', type: BsonType.array, value: list }]);
    const filter = new RawValue(BsonType.document, writeDocument([documentElement('_id', isIn)]));
    const session = client.startSession({ causalConsistency: false });
    const command: Document = { find: ns.collection, filter, collation, batchSize: commandDocuments };
    try {
      const reading = readRaw({ db: client.db(ns.database), session, command, readAhead: false }, signal);
      for await (const batch of reading) found.push(...splitDocuments(batch.bytes));
    } finally {
      await session.endSession().catch(() => undefined);
    }
  }
  return found;
}

/** In their order; those that servers would change are sent otherwise than the rest. */
function* parts(writes: readonly LiveWrite[]): Generator<LiveWrite[]> {
  let part: LiveWrite[] = [];
  let bytes = 0;
  let isOddPart = false;
  for (const write of writes) {
    const size = (write.expected?.length ?? 0) + (write.document?.length ?? 0);
    const isOddOne = write.document !== undefined && isOdd(write.document);
    const isFull = part.length >= commandDocuments || bytes + size > commandBytes;
    if (part.length > 0 && (isFull || isOddOne !== isOddPart)) {
      yield part;
      part = [];
      bytes = 0;
    }
    isOddPart = isOddOne;
    part.push(write);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

async function writeSome(
  client: MongoClient,
  ns: Namespace,
  writes: readonly LiveWrite[],
  signal: AbortSignal,
): Promise<RefusedWrite[]> {
  const reply = await client.db(ns.database).command(commandFor(ns, writes));
  const errors = (reply['writeErrors'] ?? []) as WriteError[];
  const told = errors.flatMap(({ index, code, errmsg }): RefusedWrite[] => {
    const write = writes[index];
    return write
      ? [{ write, reason: code === duplicateKey ? 'duplicateKey' : 'refused', message: errmsg }]
      : [];
  });
  const refused = await withWritten(client, ns, told, signal);
  const done = Number(reply['n'] ?? 0);
  if (done + refused.length >= writes.length) return refused;
  const failed = new Set(refused.map((r) => r.write));
  const rest = writes.filter((write) => !failed.has(write));
  return [...refused, ...(await notAsExpected(client, ns, rest, signal))];
}

/**
 * An insert that finds its own `_id` is no conflict of values: somebody has written the document. By a collation of the
 * collection it may have met another `_id`, which is one.
 */
async function withWritten(
  client: MongoClient,
  ns: Namespace,
  refused: readonly RefusedWrite[],
  signal: AbortSignal,
): Promise<RefusedWrite[]> {
  const isMet = ({ write, reason, message }: RefusedWrite): boolean =>
    reason === 'duplicateKey' && write.expected === undefined && /index: _id_/.test(message);
  const met = refused.filter(isMet).map(({ write }) => write.id);
  const there = met.length > 0 ? idsOf(await readByIds(client, ns, met, signal)) : new Set<string>();
  return refused.map((one) =>
    isMet(one) && there.has(documentKey(one.write.id)) ? { ...one, reason: 'changed' } : one,
  );
}

function idsOf(documents: readonly Uint8Array[]): Set<string> {
  return new Set(
    documents.flatMap((document) => {
      const id = findElement(document, '_id');
      return id ? [documentKey(id)] : [];
    }),
  );
}

/** The reply tells how many were done, not which ones. */
async function notAsExpected(
  client: MongoClient,
  ns: Namespace,
  writes: readonly LiveWrite[],
  signal: AbortSignal,
): Promise<RefusedWrite[]> {
  const ids = writes.map((write) => write.id);
  const now = new Map<string, Uint8Array>();
  for (const document of await readByIds(client, ns, ids, signal)) {
    const id = findElement(document, '_id');
    if (id) now.set(documentKey(id), document);
  }
  return writes.flatMap((write): RefusedWrite[] => {
    const document = now.get(documentKey(write.id));
    const isDone =
      document && write.document ? equalBytes(document, write.document) : document === write.document;
    return isDone ? [] : [{ write, reason: 'changed', message: say`it changed in this moment` }];
  });
}

function commandFor({ collection }: Namespace, writes: readonly LiveWrite[]): Document {
  const [first] = writes;
  if (!first) throw new BackupError('internal', say`a write of nothing`);
  if (!first.document) {
    const deletes = writes.map((write) =>
      writeDocument([documentElement('q', condition(write)), int32Element('limit', 1), simple()]),
    );
    return { delete: collection, ordered: false, writeConcern, deletes: sequence('deletes', deletes) };
  }
  const more = { ordered: false, bypassDocumentValidation: true, writeConcern };
  const isExact = isOdd(first.document);
  if (!first.expected && !isExact) {
    const documents = writes.map((write) => write.document ?? new Uint8Array(0));
    return { insert: collection, ...more, documents: sequence('documents', documents) };
  }
  const updates = writes.map(({ document = new Uint8Array(0), ...write }) =>
    writeDocument([
      documentElement('q', write.expected ? condition({ ...write, document }) : absent(write)),
      isExact ? arrayElement('u', [exactly(document)]) : documentElement('u', document),
      ...(write.expected ? [] : [booleanElement('upsert', true)]),
      simple(),
    ]),
  );
  return { update: collection, ...more, updates: sequence('updates', updates) };
}

/** Found by nothing, so that an upsert inserts, and fails where the `_id` is there. */
function absent({ id }: Pick<LiveWrite, 'id'>): Uint8Array {
  return writeDocument([renamed(id, '_id'), int32Element('$alwaysFalse', 1)]);
}

/** Of a document as it is: `insert` puts the time into empty timestamps, older servers in replacements too. */
function exactly(document: Uint8Array): Uint8Array {
  const literal = writeDocument([documentElement('$literal', document)]);
  return writeDocument([documentElement('$replaceWith', literal)]);
}

/** `{_id, $expr: {$eq: [<the whole document>, <the expected one>]}}` */
function condition({ id, expected, document }: LiveWrite): Uint8Array {
  const own = renamed(id, '_id');
  if (!expected || expected.length + (document?.length ?? 0) > 2 * conditionBytes)
    return writeDocument([own]);
  // 4.4 cannot compare $$ROOT itself.
  const root = stringElement('0', '$$ROOT');
  const whole = writeDocument([
    { name: '$mergeObjects', type: BsonType.array, value: writeDocument([root]) },
  ]);
  const literal = writeDocument([documentElement('$literal', expected)]);
  const equal = writeDocument([arrayElement('$eq', [whole, literal])]);
  return writeDocument([own, documentElement('$expr', equal)]);
}

function simple(): RawElement {
  return documentElement('collation', writeDocument([stringElement('locale', collation.locale)]));
}

function sequence(field: string, documents: readonly Uint8Array[]): unknown {
  return documentSequence(field, Buffer.concat(documents));
}
