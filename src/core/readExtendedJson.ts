import { Decimal128 } from 'bson';
import { BsonType, type RawElement, writeDocument, writeInt32 } from './rawDocument';
import {
  booleanElement,
  documentElement,
  doubleElement,
  int32Element,
  int64Element,
  nullElement,
  stringElement,
} from './rawValue';
import { encodeText } from './text';

/*
 * Extended JSON, canonical and relaxed, to BSON: fields keep their order even where names look like numbers, which
 * no object of the language does.
 */

type Json =
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Json])[] }
  | { readonly kind: 'array'; readonly items: readonly Json[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: boolean | undefined };

/** The document's bytes. Throws SyntaxError. */
export function readExtendedJson(text: string): Uint8Array {
  const reader = new JsonReader(text);
  const json = reader.value();
  reader.end();
  if (json.kind !== 'object') throw new SyntaxError('not a document');
  return documentOf(json.fields);
}

/** One value, as a field of that name. Throws SyntaxError. */
export function readExtendedJsonValue(name: string, text: string): RawElement {
  const reader = new JsonReader(text);
  const json = reader.value();
  reader.end();
  return elementOf(name, json);
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  value(): Json {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return { kind: 'object', fields: this.#list('}', () => this.#field()) };
    if (first === '[') return { kind: 'array', items: this.#list(']', () => this.value()) };
    if (first === '"') return { kind: 'string', text: this.#string() };
    const word = /[-+.\w]+/y;
    word.lastIndex = this.#at;
    const [text] = word.exec(this.#text) ?? [''];
    this.#at += text.length;
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' };
    if (text === 'null') return { kind: 'literal', value: undefined };
    if (/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return { kind: 'number', text };
    throw this.#unexpected();
  }

  #field(): readonly [string, Json] {
    this.#space();
    const name = this.#string();
    this.#space();
    if (this.#text[this.#at] !== ':') throw this.#unexpected();
    this.#at += 1;
    return [name, this.value()];
  }

  #list<Item>(close: string, read: () => Item): Item[] {
    this.#at += 1;
    const items: Item[] = [];
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(read());
      this.#space();
      const next = this.#text[this.#at++];
      if (next === close) return items;
      if (next !== ',') throw this.#unexpected();
    }
  }

  #string(): string {
    const quoted = /"(?:[^"\\]|\\.)*"/y;
    quoted.lastIndex = this.#at;
    const [text] = quoted.exec(this.#text) ?? [];
    if (text === undefined) throw this.#unexpected();
    this.#at += text.length;
    return JSON.parse(text) as string;
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at += 1;
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`unexpected text at ${String(this.#at)}`);
  }
}

function documentOf(fields: readonly (readonly [string, Json])[]): Uint8Array {
  return writeDocument(fields.map(([name, json]) => elementOf(name, json)));
}

function elementOf(name: string, json: Json): RawElement {
  switch (json.kind) {
    case 'string':
      return stringElement(name, json.text);
    case 'number':
      return numberElement(name, json.text);
    case 'literal':
      return json.value === undefined ? nullElement(name) : booleanElement(name, json.value);
    case 'array': {
      const items = json.items.map((item, index) => elementOf(String(index), item));
      return { name, type: BsonType.array, value: writeDocument(items) };
    }
    case 'object':
      return typedElement(name, json.fields) ?? documentElement(name, documentOf(json.fields));
  }
}

function numberElement(name: string, text: string): RawElement {
  if (!/^-?\d+$/.test(text)) return doubleElement(name, Number(text));
  const value = BigInt(text);
  if (value === BigInt.asIntN(32, value) && text !== '-0') return int32Element(name, Number(value));
  return value === BigInt.asIntN(64, value) && text !== '-0'
    ? int64Element(name, value)
    : doubleElement(name, Number(text));
}

/** A value written as `{"$type": …}`; `undefined` for a plain document. */
function typedElement(name: string, fields: readonly (readonly [string, Json])[]): RawElement | undefined {
  const [first, second] = fields;
  if (!first?.[0].startsWith('$') || fields.length > 2) return undefined;
  const json = first[1];
  const text = json.kind === 'string' || json.kind === 'number' ? json.text : undefined;
  const raw = (type: number, value: Uint8Array): RawElement => ({ name, type, value });
  switch (first[0]) {
    case '$numberInt':
      return text === undefined ? undefined : int32Element(name, int32Of(text));
    case '$numberLong':
      return text === undefined ? undefined : int64Element(name, int64Of(text));
    case '$numberDouble':
      return text === undefined ? undefined : doubleElement(name, doubleOf(text));
    case '$numberDecimal':
      return text === undefined ? undefined : raw(BsonType.decimal128, decimalOf(text));
    case '$oid':
      return text === undefined ? undefined : raw(BsonType.objectId, bytesOfHex(text, 12));
    case '$uuid':
      return text === undefined ? undefined : uuidElement(name, text);
    case '$date':
      return dateElement(name, json);
    case '$undefined':
      return raw(BsonType.undefined, new Uint8Array(0));
    case '$minKey':
      return raw(BsonType.minKey, new Uint8Array(0));
    case '$maxKey':
      return raw(BsonType.maxKey, new Uint8Array(0));
    case '$symbol':
      return text === undefined ? undefined : { ...stringElement(name, text), type: BsonType.symbol };
    case '$timestamp':
      return json.kind === 'object' ? timestampElement(name, json.fields) : undefined;
    case '$binary':
      return binaryElement(name, json, second?.[1]);
    case '$regularExpression':
      return json.kind === 'object' ? regexElement(name, json.fields) : undefined;
    case '$dbPointer':
      return json.kind === 'object' ? pointerElement(name, json.fields) : undefined;
    case '$code':
      return text === undefined ? undefined : codeElement(name, text, second);
    default:
      return undefined;
  }
}

function textField(fields: readonly (readonly [string, Json])[], name: string): string | undefined {
  const json = fields.find(([field]) => field === name)?.[1];
  return json?.kind === 'string' || json?.kind === 'number' ? json.text : undefined;
}

function dateElement(name: string, json: Json): RawElement | undefined {
  const long = json.kind === 'object' ? textField(json.fields, '$numberLong') : undefined;
  const plain = json.kind === 'number' ? json.text : undefined;
  const parsed = json.kind === 'string' ? Date.parse(json.text) : Number.NaN;
  const ms = long ?? plain ?? (Number.isNaN(parsed) ? undefined : String(parsed));
  return ms === undefined ? undefined : { ...int64Element(name, int64Of(ms)), type: BsonType.date };
}

function timestampElement(
  name: string,
  fields: readonly (readonly [string, Json])[],
): RawElement | undefined {
  const [t, i] = [textField(fields, 't'), textField(fields, 'i')];
  if (t === undefined || i === undefined) return undefined;
  return { ...int64Element(name, (BigInt(t) << 32n) | BigInt(i)), type: BsonType.timestamp };
}

/** `{base64, subType}`, or the older pair of `$binary` and `$type`. */
function binaryElement(name: string, json: Json, type: Json | undefined): RawElement | undefined {
  const base64 =
    json.kind === 'string'
      ? json.text
      : json.kind === 'object'
        ? textField(json.fields, 'base64')
        : undefined;
  const subType =
    json.kind === 'object'
      ? textField(json.fields, 'subType')
      : type?.kind === 'string'
        ? type.text
        : undefined;
  if (base64 === undefined || subType === undefined) return undefined;
  const data = bytesOfBase64(base64);
  const kind = Number.parseInt(subType, 16);
  const old = kind === 2 ? 4 : 0;
  const value = new Uint8Array(5 + old + data.length);
  writeInt32(value, 0, data.length + old);
  value[4] = kind;
  if (old > 0) writeInt32(value, 5, data.length);
  value.set(data, 5 + old);
  return { name, type: BsonType.binary, value };
}

function regexElement(name: string, fields: readonly (readonly [string, Json])[]): RawElement | undefined {
  const [pattern, options] = [textField(fields, 'pattern'), textField(fields, 'options')];
  if (pattern === undefined || options === undefined) return undefined;
  return { name, type: BsonType.regex, value: encodeText(`${pattern}\0${options}\0`) };
}

function pointerElement(name: string, fields: readonly (readonly [string, Json])[]): RawElement | undefined {
  const ref = textField(fields, '$ref');
  const id = fields.find(([field]) => field === '$id')?.[1];
  const oid = id?.kind === 'object' ? textField(id.fields, '$oid') : undefined;
  if (ref === undefined || oid === undefined) return undefined;
  const text = stringElement('', ref).value;
  const value = new Uint8Array(text.length + 12);
  value.set(text, 0);
  value.set(bytesOfHex(oid, 12), text.length);
  return { name, type: BsonType.dbPointer, value };
}

function codeElement(
  name: string,
  code: string,
  scope: readonly [string, Json] | undefined,
): RawElement | undefined {
  const text = stringElement('', code).value;
  if (!scope) return { name, type: BsonType.code, value: text };
  if (scope[0] !== '$scope' || scope[1].kind !== 'object') return undefined;
  const document = documentOf(scope[1].fields);
  const value = new Uint8Array(4 + text.length + document.length);
  writeInt32(value, 0, value.length);
  value.set(text, 4);
  value.set(document, 4 + text.length);
  return { name, type: BsonType.codeWithScope, value };
}

/** The drivers' short form of a binary value. */
function uuidElement(name: string, text: string): RawElement {
  const value = new Uint8Array(21);
  writeInt32(value, 0, 16);
  value[4] = 4;
  value.set(bytesOfHex(text.replaceAll('-', ''), 16), 5);
  return { name, type: BsonType.binary, value };
}

function int64Of(text: string): bigint {
  const value = /^[-+]?\d+$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value !== BigInt.asIntN(64, value)) throw new SyntaxError('not an integer');
  return value;
}

function int32Of(text: string): number {
  const value = int64Of(text);
  if (value !== BigInt.asIntN(32, value)) throw new SyntaxError('not an integer of 32 bits');
  return Number(value);
}

function doubleOf(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value) && text !== 'NaN') throw new SyntaxError('not a number');
  return value;
}

function decimalOf(text: string): Uint8Array {
  try {
    return Decimal128.fromString(text).bytes;
  } catch (error) {
    throw new SyntaxError('not a decimal number', { cause: error });
  }
}

function bytesOfHex(text: string, length: number): Uint8Array {
  if (text.length !== 2 * length || !/^[0-9a-f]*$/i.test(text)) throw new SyntaxError('not hex digits');
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function bytesOfBase64(text: string): Uint8Array {
  const values = Array.from(text.replace(/=+$/, ''), (digit) => digits.indexOf(digit));
  if (values.includes(-1)) throw new SyntaxError('not base64');
  const bytes = new Uint8Array(Math.floor((values.length * 6) / 8));
  for (let index = 0; index < bytes.length; index++) {
    const at = Math.floor((index * 8) / 6);
    const pair = ((values[at] ?? 0) << 6) | (values[at + 1] ?? 0);
    bytes[index] = (pair >> (4 - ((index * 8) % 6))) & 0xff;
  }
  return bytes;
}
