import { decodeText, encodedLength, encodeText } from './text';

/** One field of a BSON document; `value` is a view into the document, never a copy. */
export interface RawElement {
  readonly name: string;
  readonly type: number;
  readonly value: Uint8Array;
}

/** The BSON type bytes. */
export const BsonType = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  binary: 0x05,
  undefined: 0x06,
  objectId: 0x07,
  boolean: 0x08,
  date: 0x09,
  null: 0x0a,
  regex: 0x0b,
  dbPointer: 0x0c,
  code: 0x0d,
  symbol: 0x0e,
  codeWithScope: 0x0f,
  int32: 0x10,
  timestamp: 0x11,
  int64: 0x12,
  decimal128: 0x13,
  minKey: 0xff,
  maxKey: 0x7f,
} as const;

const FIXED_LENGTHS = new Map<number, number>([
  [BsonType.double, 8],
  [BsonType.undefined, 0],
  [BsonType.objectId, 12],
  [BsonType.boolean, 1],
  [BsonType.date, 8],
  [BsonType.null, 0],
  [BsonType.int32, 4],
  [BsonType.timestamp, 8],
  [BsonType.int64, 8],
  [BsonType.decimal128, 16],
  [BsonType.minKey, 0],
  [BsonType.maxKey, 0],
]);
const fixedLength = Array.from({ length: 256 }, (_, type) => FIXED_LENGTHS.get(type) ?? -1);

/** Walks the top level of one document; offsets are into `document`. Throws RangeError on malformed bytes. */
export class ElementCursor {
  type = 0;
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(document: Uint8Array) {
    const length = documentLength(document, 0);
    if (length !== document.length) throw malformed('its length does not match its bytes');
    this.#bytes = document;
    this.#end = length - 1;
    if (document[this.#end] !== 0) throw malformed('its end is missing');
    this.valueEnd = 4;
  }

  /** Moves to the next element; false after the last one. */
  next(): boolean {
    const bytes = this.#bytes;
    const start = this.valueEnd;
    if (start >= this.#end) return false;
    this.type = bytes[start] as number;
    this.nameStart = start + 1;
    this.nameEnd = endOfCString(bytes, start + 1, this.#end);
    this.valueStart = this.nameEnd + 1;
    this.valueEnd = this.valueStart + valueLength(bytes, this.type, this.valueStart, this.#end);
    return true;
  }

  get name(): string {
    return decodeText(this.#bytes, this.nameStart, this.nameEnd);
  }

  get value(): Uint8Array {
    return this.#bytes.subarray(this.valueStart, this.valueEnd);
  }
}

/** All elements of the top level, in order, duplicates included. Throws RangeError on malformed bytes. */
export function readElements(document: Uint8Array): RawElement[] {
  const elements: RawElement[] = [];
  const cursor = new ElementCursor(document);
  while (cursor.next()) elements.push({ name: cursor.name, type: cursor.type, value: cursor.value });
  return elements;
}

/** The first element of that name. Throws RangeError on malformed bytes before it. */
export function findElement(document: Uint8Array, name: string): RawElement | undefined {
  const cursor = new ElementCursor(document);
  while (cursor.next()) {
    if (isName(document, cursor.nameStart, cursor.nameEnd, name)) {
      return { name, type: cursor.type, value: cursor.value };
    }
  }
  return undefined;
}

/** The first element, which names the command in a command document. */
export function firstElement(document: Uint8Array): RawElement | undefined {
  const cursor = new ElementCursor(document);
  return cursor.next() ? { name: cursor.name, type: cursor.type, value: cursor.value } : undefined;
}

/** The document of these elements; reading it back gives the same elements. */
export function writeDocument(elements: readonly RawElement[]): Uint8Array {
  let length = 5;
  for (const element of elements) length += 2 + encodedLength(element.name) + element.value.length;
  const bytes = new Uint8Array(length);
  writeInt32(bytes, 0, length);
  let at = 4;
  for (const element of elements) {
    bytes[at++] = element.type;
    at = writeName(bytes, at, element.name);
    bytes.set(element.value, at);
    at += element.value.length;
  }
  return bytes;
}

function writeName(bytes: Uint8Array, start: number, name: string): number {
  let at = start;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit >= 0x80) {
      const encoded = encodeText(name);
      bytes.set(encoded, start);
      return start + encoded.length + 1;
    }
    if (unit === 0) throw new RangeError('A BSON field name cannot hold a NUL');
    bytes[at++] = unit;
  }
  return at + 1;
}

/** The length that the document at `offset` claims, at least 5; whether its bytes are all there is not checked. */
export function documentLength(bytes: Uint8Array, offset: number): number {
  if (offset < 0 || offset + 4 > bytes.length) throw malformed('its length is cut off');
  const length = readInt32(bytes, offset);
  if (length < 5) throw malformed(`its length is ${length}`);
  return length;
}

/** The documents of concatenated BSON, as views. Throws RangeError where one is malformed or cut off. */
export function* splitDocuments(concatenated: Uint8Array): Generator<Uint8Array> {
  // Views of a plain array are cheaper than those of a subclass such as Node's Buffer.
  const bytes = new Uint8Array(concatenated.buffer, concatenated.byteOffset, concatenated.byteLength);
  let offset = 0;
  while (offset < bytes.length) {
    const end = endOfDocument(bytes, offset);
    yield bytes.subarray(offset, end);
    offset = end;
  }
}

/** The last of {@link splitDocuments}, `undefined` where there is none. Throws RangeError as that does. */
export function lastDocument(concatenated: Uint8Array): Uint8Array | undefined {
  let start = 0;
  let end = 0;
  while (end < concatenated.length) {
    start = end;
    end = endOfDocument(concatenated, start);
  }
  return end > 0 ? concatenated.subarray(start, end) : undefined;
}

function endOfDocument(bytes: Uint8Array, start: number): number {
  const end = start + documentLength(bytes, start);
  if (end > bytes.length) throw malformed('its end is cut off');
  if (bytes[end - 1] !== 0) throw malformed('its end is missing');
  return end;
}

/** Little-endian signed 32-bit value; the caller has checked the bounds. */
export function readInt32(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  );
}

export function writeInt32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >> 8;
  bytes[offset + 2] = value >> 16;
  bytes[offset + 3] = value >> 24;
}

/** Whether two byte sequences are equal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && sameBytes(a, 0, a.length, b));
}

function sameBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (bytes[start + i] !== wanted[i]) return false;
  }
  return true;
}

/** Whether a name is this one, without making anything of it where it is in ASCII. */
function isName(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit >= 0x80) return sameBytes(bytes, start, end, encodeText(name));
    if (bytes[start + i] !== unit) return false;
  }
  return end - start === name.length;
}

function endOfCString(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  while (at < limit && bytes[at] !== 0) at++;
  if (at >= limit) throw malformed('a text in it has no end');
  return at;
}

function valueLength(bytes: Uint8Array, type: number, start: number, limit: number): number {
  const fixed = fixedLength[type] as number;
  const length = fixed >= 0 ? fixed : variableLength(bytes, type, start, limit);
  if (start + length > limit) throw malformed('a value is cut off');
  return length;
}

function variableLength(bytes: Uint8Array, type: number, start: number, limit: number): number {
  switch (type) {
    case BsonType.document:
    case BsonType.array:
    case BsonType.codeWithScope:
      return prefixed(bytes, start, limit, type === BsonType.codeWithScope ? 14 : 5, 0);
    case BsonType.string:
    case BsonType.code:
    case BsonType.symbol:
      return prefixed(bytes, start, limit, 1, 4);
    case BsonType.dbPointer:
      return prefixed(bytes, start, limit, 1, 4) + 12;
    case BsonType.binary:
      return prefixed(bytes, start, limit, 0, 5);
    case BsonType.regex: {
      const pattern = endOfCString(bytes, start, limit);
      return endOfCString(bytes, pattern + 1, limit) + 1 - start;
    }
    default:
      throw malformed(`a value has the unknown type ${type}`);
  }
}

function prefixed(bytes: Uint8Array, start: number, limit: number, least: number, overhead: number): number {
  if (start + 4 > limit) throw malformed('a value is cut off');
  const length = readInt32(bytes, start);
  if (length < least) throw malformed(`a value has the length ${length}`);
  const total = length + overhead;
  // All but binary data end with a NUL.
  if (overhead !== 5 && (start + total > limit || bytes[start + total - 1] !== 0)) {
    throw malformed('a value is cut off');
  }
  return total;
}

function malformed(why: string): RangeError {
  return new RangeError(`Malformed BSON document: ${why}`);
}
