import { BsonType, type RawElement } from './rawDocument';
import { bigintOf, numberOf } from './rawValue';

/**
 * Which of two `_id`s of one type comes first: negative, zero or positive; `undefined` for types whose order does not
 * matter here. Enough to see whether a loop goes through a collection in its order.
 */
export function compareIds(a: RawElement, b: RawElement): number | undefined {
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return Math.sign(left - right);
  if (a.type !== b.type) return undefined;
  switch (a.type) {
    case BsonType.date: {
      const difference = (bigintOf(a) ?? 0n) - (bigintOf(b) ?? 0n);
      return difference < 0n ? -1 : difference > 0n ? 1 : 0;
    }
    case BsonType.objectId:
      return compareBytes(a.value, b.value);
    case BsonType.string:
      return compareBytes(a.value.subarray(4), b.value.subarray(4));
    case BsonType.binary:
      return compareBytes(a.value.subarray(5), b.value.subarray(5));
    default:
      return undefined;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}
