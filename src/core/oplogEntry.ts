import { BsonType, ElementCursor, findElement, readElements } from './rawDocument';
import type { RawElement } from './rawDocument';
import { bigintOf, dateOf, documentOf, isTrue, numberOf, stringOf, timestampOf, uuidOf } from './rawValue';
import { hexOf } from './text';
import type { ClusterTime } from './time';

/** The envelope of one oplog entry; documents are views into `bytes`. */
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
  const ts = timestampOf(fields.ts);
  if (ts === undefined) throw new RangeError('An oplog entry has no ts');
  const { op, ns, ui, o, o2, fromMigrate } = innerOf(fields);
  return {
    bytes,
    ts,
    term: bigintOf(fields.t),
    op,
    ns,
    ui,
    o,
    o2,
    wallMs: dateOf(fields.wall),
    lsid: documentOf(fields.lsid),
    txnNumber: bigintOf(fields.txnNumber),
    prevOpTime: previousOf(fields.prevOpTime),
    multiOpType: numberOf(fields.multiOpType),
    fromMigrate,
  };
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
    return innerOf(readFields(document));
  });
}

/** The fields in use, by name. An object of one shape: this runs for every entry. */
interface Fields {
  ts: RawElement | undefined;
  t: RawElement | undefined;
  op: RawElement | undefined;
  ns: RawElement | undefined;
  ui: RawElement | undefined;
  o: RawElement | undefined;
  o2: RawElement | undefined;
  wall: RawElement | undefined;
  lsid: RawElement | undefined;
  txnNumber: RawElement | undefined;
  prevOpTime: RawElement | undefined;
  multiOpType: RawElement | undefined;
  fromMigrate: RawElement | undefined;
}

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = {
    ts: undefined,
    t: undefined,
    op: undefined,
    ns: undefined,
    ui: undefined,
    o: undefined,
    o2: undefined,
    wall: undefined,
    lsid: undefined,
    txnNumber: undefined,
    prevOpTime: undefined,
    multiOpType: undefined,
    fromMigrate: undefined,
  };
  const cursor = new ElementCursor(bytes);
  while (cursor.next()) {
    const name = cursor.name;
    switch (name) {
      case 'ts':
      case 't':
      case 'op':
      case 'ns':
      case 'ui':
      case 'o':
      case 'o2':
      case 'wall':
      case 'lsid':
      case 'txnNumber':
      case 'prevOpTime':
      case 'multiOpType':
      case 'fromMigrate':
        fields[name] = { name, type: cursor.type, value: cursor.value };
        break;
      default:
    }
  }
  return fields;
}

function innerOf(fields: Fields): InnerOperation {
  const op = stringOf(fields.op);
  const o = documentOf(fields.o);
  if (op === undefined || o === undefined) throw new RangeError('An oplog entry has no op or no o');
  const ui = uuidOf(fields.ui);
  return {
    op,
    ns: stringOf(fields.ns) ?? '',
    ui: ui && hexOf(ui),
    o,
    o2: documentOf(fields.o2),
    fromMigrate: isTrue(fields.fromMigrate),
  };
}

function previousOf(element: RawElement | undefined): ClusterTime | undefined {
  const document = documentOf(element);
  return document && timestampOf(findElement(document, 'ts'));
}
