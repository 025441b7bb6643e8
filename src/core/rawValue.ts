import type { ClusterTime } from './time';
import { BsonType, readInt32, writeDocument, writeInt32 } from './rawDocument';
import type { RawElement } from './rawDocument';
import { decodeText, encodeText } from './text';

const NO_BYTES = new Uint8Array(0);

export function int32Element(name: string, value: number): RawElement {
  const bytes = new Uint8Array(4);
  writeInt32(bytes, 0, value);
  return { name, type: BsonType.int32, value: bytes };
}

export function int64Element(name: string, value: bigint): RawElement {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return { name, type: BsonType.int64, value: bytes };
}

export function doubleElement(name: string, value: number): RawElement {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return { name, type: BsonType.double, value: bytes };
}

export function stringElement(name: string, value: string): RawElement {
  const text = encodeText(value);
  const bytes = new Uint8Array(text.length + 5);
  writeInt32(bytes, 0, text.length + 1);
  bytes.set(text, 4);
  return { name, type: BsonType.string, value: bytes };
}

export function booleanElement(name: string, value: boolean): RawElement {
  return { name, type: BsonType.boolean, value: Uint8Array.of(value ? 1 : 0) };
}

export function nullElement(name: string): RawElement {
  return { name, type: BsonType.null, value: NO_BYTES };
}

export function documentElement(name: string, document: Uint8Array): RawElement {
  return { name, type: BsonType.document, value: document };
}

/** An array of whole documents. */
export function arrayElement(name: string, documents: readonly Uint8Array[]): RawElement {
  const items = documents.map((document, index) => documentElement(String(index), document));
  return { name, type: BsonType.array, value: writeDocument(items) };
}

/** The same value under another name. */
export function renamed(element: RawElement, name: string): RawElement {
  return { name, type: element.type, value: element.value };
}

/** The text of a string or symbol. */
export function stringOf(element: RawElement | undefined): string | undefined {
  if (element?.type !== BsonType.string && element?.type !== BsonType.symbol) return undefined;
  return decodeText(element.value, 4, element.value.length - 1);
}

/** The number in an int32, int64 or double; a long beyond 2^53 is rounded. */
export function numberOf(element: RawElement | undefined): number | undefined {
  switch (element?.type) {
    case BsonType.int32:
      return readInt32(element.value, 0);
    case BsonType.int64:
      return Number(bigintOf(element));
    case BsonType.double:
      return new DataView(element.value.buffer, element.value.byteOffset, 8).getFloat64(0, true);
    default:
      return undefined;
  }
}

/** The signed 64-bit value of an int64 or a date, or that of an int32. */
export function bigintOf(element: RawElement | undefined): bigint | undefined {
  switch (element?.type) {
    case BsonType.int32:
      return BigInt(readInt32(element.value, 0));
    case BsonType.int64:
    case BsonType.date:
      return BigInt.asIntN(64, unsigned64(element.value));
    default:
      return undefined;
  }
}

/** Milliseconds since 1970 of a date. */
export function dateOf(element: RawElement | undefined): number | undefined {
  return element?.type === BsonType.date ? dateAt(element.value, 0) : undefined;
}

/** Milliseconds since 1970 of the date at an offset; the caller has checked the bounds. */
export function dateAt(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + 4) * 0x1_0000_0000 + (readInt32(bytes, at) >>> 0);
}

export function timestampOf(element: RawElement | undefined): ClusterTime | undefined {
  return element?.type === BsonType.timestamp ? (unsigned64(element.value) as ClusterTime) : undefined;
}

export function documentOf(element: RawElement | undefined): Uint8Array | undefined {
  return element?.type === BsonType.document ? element.value : undefined;
}

/** What the server takes for true: any number but zero, `true`, and anything that is not null or undefined. */
export function isTrue(element: RawElement | undefined): boolean {
  switch (element?.type) {
    case undefined:
    case BsonType.null:
    case BsonType.undefined:
      return false;
    case BsonType.boolean:
      return element.value[0] !== 0;
    default: {
      const number = numberOf(element);
      return number === undefined || number !== 0;
    }
  }
}

/** The 16 bytes of a UUID, or `undefined` for anything else. */
export function uuidOf(element: RawElement | undefined): Uint8Array | undefined {
  if (element?.type !== BsonType.binary || element.value[4] !== 4 || element.value.length !== 21)
    return undefined;
  return element.value.subarray(5);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Little-endian unsigned 64-bit value; the caller has checked the bounds. */
export function unsigned64(bytes: Uint8Array, at = 0): bigint {
  scratch.setInt32(0, readInt32(bytes, at + 4));
  scratch.setInt32(4, readInt32(bytes, at));
  return scratch.getBigUint64(0);
}
