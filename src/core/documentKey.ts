import { Decimal128 } from 'bson';
import { BsonType, readElements, readInt32 } from './rawDocument';
import type { RawElement } from './rawDocument';
import { bigintOf, numberOf } from './rawValue';

/**
 * A Map key for an `_id`, equal exactly when the server takes two `_id`s for the same document: numbers compare by
 * value whatever their type, embedded documents field by field in order, everything else by type and bytes.
 */
export function documentKey(idElement: RawElement): string {
  switch (idElement.type) {
    case BsonType.int32:
      return `n${readInt32(idElement.value, 0)}`;
    case BsonType.int64:
      return `n${(bigintOf(idElement) as bigint).toString()}`;
    case BsonType.double:
      return `n${exactDouble(numberOf(idElement) as number)}`;
    case BsonType.decimal128:
      return `n${exactDecimal(idElement.value)}`;
    case BsonType.document:
    case BsonType.array:
      return nestedKey(idElement);
    default:
      return String.fromCharCode(idElement.type) + byteText(idElement.value);
  }
}

/** Each part says its length, so that no two documents give the same text. */
function nestedKey(element: RawElement): string {
  let key = element.type === BsonType.document ? '{' : '[';
  for (const field of readElements(element.value)) {
    const part = documentKey(field);
    key += `${field.name.length}:${field.name}${part.length}:${part}`;
  }
  return key;
}

function byteText(bytes: Uint8Array): string {
  if (bytes.length <= 1024) return String.fromCharCode(...bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += 1024)
    text += String.fromCharCode(...bytes.subarray(at, at + 1024));
  return text;
}

function exactDouble(value: number): string {
  if (Number.isSafeInteger(value)) return String(value + 0);
  if (!Number.isFinite(value)) return String(value);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  const significand = biased === 0 ? fraction : fraction | (1n << 52n);
  // m * 2^-k is m * 5^k * 10^-k: every double is a finite decimal.
  return exponent >= 0
    ? normalForm(value < 0, significand << BigInt(exponent), 0)
    : normalForm(value < 0, significand * 5n ** BigInt(-exponent), exponent);
}

function exactDecimal(bytes: Uint8Array): string {
  const text = new Decimal128(bytes.slice()).toString();
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text);
  if (!match) return text; // NaN, Infinity, -Infinity: the names that numbers have
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return normalForm(sign === '-', BigInt(whole + fraction), Number(exponent) - fraction.length);
}

/** Up to 40 digits of an integer are written out, as int32 and int64 are; all else is `digits e exponent`. */
function normalForm(negative: boolean, coefficient: bigint, exponent: number): string {
  if (coefficient === 0n) return '0';
  let digits = coefficient.toString();
  let power = exponent;
  const zeros = digits.length - digits.replace(/0+$/, '').length;
  digits = digits.slice(0, digits.length - zeros);
  power += zeros;
  const sign = negative ? '-' : '';
  if (power >= 0 && digits.length + power <= 40) return sign + digits + '0'.repeat(power);
  return `${sign}${digits}e${power}`;
}
