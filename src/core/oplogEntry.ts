import { BsonType, ElementCursor, findElement, readElements } from './rawDocument';
import type { RawElement } from './rawDocument';
import { bigintOf, dateAt, documentOf, isTrue, numberOf, timestampOf, unsigned64 } from './rawValue';
import { decodeText, hexOf } from './text';
import { Memo } from './memo';
import type { ClusterTime } from './time';

/** The envelope of one oplog entry; `o` and `o2` are views into `bytes`. */
export interface OplogEntry {
  readonly bytes: Uint8Array;
  readonly ts: ClusterTime;
  /** Absent on the first entry of a replica set. */
  readonly term: bigint | undefined;
  readonly op: string;
  /** `""` for no-ops; `database.$cmd` for commands. */
  readonly ns: string;
  /** UUID of the collection as 32 lower-case hexadecimal digits. */
  readonly ui: string | undefined;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
  readonly wallMs: number | undefined;
  readonly lsid: Uint8Array | undefined;
  readonly txnNumber: bigint | undefined;
  /** 0 for the first entry of a transaction. */
  readonly prevOpTime: ClusterTime | undefined;
  /** 1 for a vectored retryable write, which is not a transaction. */
  readonly multiOpType: number | undefined;
  readonly fromMigrate: boolean;
}

/** One operation inside `applyOps`; it has no time of its own. */
export interface InnerOperation {
  readonly op: string;
  readonly ns: string;
  readonly ui: string | undefined;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
  readonly fromMigrate: boolean;
}

/** Reads the envelope only. Throws RangeError when the bytes are malformed or `ts`, `op` or `o` is missing. */
export function readOplogEntry(bytes: Uint8Array): OplogEntry {
  const fields = readFields(bytes);
  if (fields.ts === undefined) throw new RangeError('An oplog entry has no ts');
  if (fields.op === undefined || fields.o === undefined) throw incomplete();
  return fields as OplogEntry;
}

/** The cluster time of an entry alone: what a filter by time needs. */
export function readEntryTime(bytes: Uint8Array): ClusterTime {
  const ts = timestampOf(findElement(bytes, 'ts'));
  if (ts === undefined) throw new RangeError('An oplog entry has no ts');
  return ts;
}

/** The operations of an `applyOps` array, in order. */
export function readInnerOperations(array: RawElement): InnerOperation[] {
  if (array.type !== BsonType.array) throw new RangeError('applyOps is not an array');
  return readElements(array.value).map((element) => {
    const document = documentOf(element);
    if (document === undefined) throw new RangeError('applyOps holds something that is not an operation');
    const { op, ns, ui, o, o2, fromMigrate } = readFields(document);
    if (op === undefined || o === undefined) throw incomplete();
    return { op, ns, ui, o, o2, fromMigrate };
  });
}

function incomplete(): RangeError {
  return new RangeError('An oplog entry has no op or no o');
}

/** The fields in use. An object of one shape: this runs for every entry. */
interface Fields {
  readonly bytes: Uint8Array;
  ts: ClusterTime | undefined;
  term: bigint | undefined;
  op: string | undefined;
  ns: string;
  ui: string | undefined;
  o: Uint8Array | undefined;
  o2: Uint8Array | undefined;
  wallMs: number | undefined;
  lsid: Uint8Array | undefined;
  txnNumber: bigint | undefined;
  prevOpTime: ClusterTime | undefined;
  multiOpType: number | undefined;
  fromMigrate: boolean;
}

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = {
    bytes,
    ts: undefined,
    term: undefined,
    op: undefined,
    ns: '',
    ui: undefined,
    o: undefined,
    o2: undefined,
    wallMs: undefined,
    lsid: undefined,
    txnNumber: undefined,
    prevOpTime: undefined,
    multiOpType: undefined,
    fromMigrate: false,
  };
  const cursor = new ElementCursor(bytes);
  while (cursor.next()) readField(fields, bytes, cursor);
  return fields;
}

const names = new Memo(decodeText);
const namespaces = new Memo(decodeText);
const uuids = new Memo((bytes, start, end) => hexOf(bytes.subarray(start, end)));
const sessions = new Memo((bytes, start, end) => bytes.slice(start, end));

/** Reads in place: a view for each field would cost more than all the rest. */
function readField(fields: Fields, bytes: Uint8Array, cursor: ElementCursor): void {
  const { type, valueStart, valueEnd } = cursor;
  switch (names.read(bytes, cursor.nameStart, cursor.nameEnd)) {
    case 'ts':
      fields.ts = type === BsonType.timestamp ? (unsigned64(bytes, valueStart) as ClusterTime) : undefined;
      break;
    case 't':
      fields.term = integerOf(bytes, cursor);
      break;
    case 'op':
      fields.op = type === BsonType.string ? names.read(bytes, valueStart + 4, valueEnd - 1) : undefined;
      break;
    case 'ns':
      fields.ns = type === BsonType.string ? namespaces.read(bytes, valueStart + 4, valueEnd - 1) : '';
      break;
    case 'ui': {
      const isUuid = type === BsonType.binary && bytes[valueStart + 4] === 4 && valueEnd - valueStart === 21;
      fields.ui = isUuid ? uuids.read(bytes, valueStart + 5, valueEnd) : undefined;
      break;
    }
    case 'o':
      fields.o = type === BsonType.document ? cursor.value : undefined;
      break;
    case 'o2':
      fields.o2 = type === BsonType.document ? cursor.value : undefined;
      break;
    case 'wall':
      fields.wallMs = type === BsonType.date ? dateAt(bytes, valueStart) : undefined;
      break;
    case 'lsid':
      fields.lsid = type === BsonType.document ? sessions.read(bytes, valueStart, valueEnd) : undefined;
      break;
    case 'txnNumber':
      fields.txnNumber = integerOf(bytes, cursor);
      break;
    case 'prevOpTime':
      fields.prevOpTime = type === BsonType.document ? previousAt(bytes, valueStart, valueEnd) : undefined;
      break;
    case 'multiOpType':
      fields.multiOpType = numberOf(elementOf(cursor));
      break;
    case 'fromMigrate':
      fields.fromMigrate = isTrue(elementOf(cursor));
      break;
    default:
  }
}

function integerOf(bytes: Uint8Array, cursor: ElementCursor): bigint | undefined {
  if (cursor.type !== BsonType.int64) return bigintOf(elementOf(cursor));
  return BigInt.asIntN(64, unsigned64(bytes, cursor.valueStart));
}

function elementOf(cursor: ElementCursor): RawElement {
  return { name: '', type: cursor.type, value: cursor.value };
}

/** The `ts` of an optime, which every server writes first. */
function previousAt(bytes: Uint8Array, start: number, end: number): ClusterTime | undefined {
  const at = start + 4;
  const isFirst =
    bytes[at] === BsonType.timestamp &&
    bytes[at + 1] === 0x74 &&
    bytes[at + 2] === 0x73 &&
    bytes[at + 3] === 0 &&
    at + 12 < end;
  if (isFirst) return unsigned64(bytes, at + 4) as ClusterTime;
  return timestampOf(findElement(bytes.subarray(start, end), 'ts'));
}
