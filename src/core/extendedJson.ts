import { Decimal128 } from 'bson';
import { BsonType, readElements, readInt32 } from './rawDocument';
import type { RawElement } from './rawDocument';
import { bigintOf, dateOf, numberOf } from './rawValue';
import { decodeText, hexOf } from './text';

/** Canonical Extended JSON (v2) on one line; fields keep their order, duplicates stay. */
export function canonicalExtendedJson(document: Uint8Array): string {
  return documentText(document, true);
}

/** Relaxed Extended JSON: for people. Numbers keep all their digits. */
export function relaxedExtendedJson(document: Uint8Array): string {
  return documentText(document, false);
}

/** Extended JSON of one value, such as an `_id`. */
export function extendedJsonOf(element: RawElement, form: 'canonical' | 'relaxed' = 'canonical'): string {
  return valueText(element, form === 'canonical');
}

function documentText(document: Uint8Array, canonical: boolean): string {
  const fields = readElements(document).map((e) => `${JSON.stringify(e.name)}:${valueText(e, canonical)}`);
  return `{${fields.join(',')}}`;
}

function arrayText(array: Uint8Array, canonical: boolean): string {
  return `[${readElements(array)
    .map((element) => valueText(element, canonical))
    .join(',')}]`;
}

function valueText(element: RawElement, canonical: boolean): string {
  const { type, value } = element;
  switch (type) {
    case BsonType.double:
      return doubleText(numberOf(element) as number, canonical);
    case BsonType.string:
      return textOf(value);
    case BsonType.document:
      return documentText(value, canonical);
    case BsonType.array:
      return arrayText(value, canonical);
    case BsonType.binary:
      return binaryText(value);
    case BsonType.undefined:
      return '{"$undefined":true}';
    case BsonType.objectId:
      return `{"$oid":"${hexOf(value)}"}`;
    case BsonType.boolean:
      return value[0] === 0 ? 'false' : 'true';
    case BsonType.date:
      return dateText(element, canonical);
    case BsonType.null:
      return 'null';
    case BsonType.int32:
      return canonical ? `{"$numberInt":"${readInt32(value, 0)}"}` : String(readInt32(value, 0));
    case BsonType.int64: {
      const digits = (bigintOf(element) as bigint).toString();
      return canonical ? `{"$numberLong":"${digits}"}` : digits;
    }
    case BsonType.decimal128:
      return `{"$numberDecimal":"${new Decimal128(value.slice()).toString()}"}`;
    default:
      return rareText(element, canonical);
  }
}

function rareText(element: RawElement, canonical: boolean): string {
  const { type, value } = element;
  switch (type) {
    case BsonType.regex: {
      const end = value.indexOf(0);
      const pattern = JSON.stringify(decodeText(value, 0, end));
      const options = JSON.stringify(decodeText(value, end + 1, value.length - 1));
      return `{"$regularExpression":{"pattern":${pattern},"options":${options}}}`;
    }
    case BsonType.dbPointer: {
      const end = value.length - 12;
      const id = hexOf(value.subarray(end));
      return `{"$dbPointer":{"$ref":${textOf(value.subarray(0, end))},"$id":{"$oid":"${id}"}}}`;
    }
    case BsonType.code:
      return `{"$code":${textOf(value)}}`;
    case BsonType.symbol:
      return `{"$symbol":${textOf(value)}}`;
    case BsonType.codeWithScope: {
      const scopeAt = 8 + readInt32(value, 4);
      const code = textOf(value.subarray(4, scopeAt));
      return `{"$code":${code},"$scope":${documentText(value.subarray(scopeAt), canonical)}}`;
    }
    case BsonType.timestamp:
      return `{"$timestamp":{"t":${readInt32(value, 4) >>> 0},"i":${readInt32(value, 0) >>> 0}}}`;
    case BsonType.minKey:
      return '{"$minKey":1}';
    case BsonType.maxKey:
      return '{"$maxKey":1}';
    default:
      throw new RangeError(`Malformed BSON document: a value has the unknown type ${type}`);
  }
}

/** The text of a length-prefixed string, quoted. */
function textOf(value: Uint8Array): string {
  return JSON.stringify(decodeText(value, 4, value.length - 1));
}

function doubleText(value: number, canonical: boolean): string {
  const text = Number.isInteger(value) && Math.abs(value) < 1e21 ? integerText(value) : String(value);
  return canonical || !Number.isFinite(value) ? `{"$numberDouble":"${text}"}` : text;
}

function integerText(value: number): string {
  return `${Object.is(value, -0) ? '-0' : String(value)}.0`;
}

const YEAR_10000 = 253_402_300_800_000;

function dateText(element: RawElement, canonical: boolean): string {
  const ms = dateOf(element);
  if (!canonical && ms !== undefined && ms >= 0 && ms < YEAR_10000) {
    return `{"$date":"${new Date(ms).toISOString().replace('.000Z', 'Z')}"}`;
  }
  return `{"$date":{"$numberLong":"${(bigintOf(element) as bigint).toString()}"}}`;
}

function binaryText(value: Uint8Array): string {
  const subType = value[4] as number;
  // The old form of generic data repeats its length.
  const data = value.subarray(subType === 2 && value.length >= 9 ? 9 : 5);
  return `{"$binary":{"base64":"${base64(data)}","subType":"${subType.toString(16).padStart(2, '0')}"}}`;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += DIGITS.charAt(group >> 18) + DIGITS.charAt((group >> 12) & 63);
    text += left > 1 ? DIGITS.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? DIGITS.charAt(group & 63) : '=';
  }
  return text;
}
