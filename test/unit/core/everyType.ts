import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { readElements, writeDocument } from '../../../src/core/rawDocument';
import { bson } from './builders';

const id = new ObjectId('0123456789abcdef01234567');
const modern = bson({
  double: new Double(1.5),
  string: 'text',
  document: { a: 1 },
  array: [1, 'two'],
  binary: new Binary(Uint8Array.of(1, 2, 3), 0),
  oldBinary: new Binary(Uint8Array.of(1, 2, 3), 2),
  objectId: id,
  boolean: true,
  date: new Date(-1),
  null: null,
  regex: new BSONRegExp('a.*b', 'im'),
  code: new Code('f()'),
  scoped: new Code('f()', { x: 1 }),
  symbol: new BSONSymbol('sym'),
  int32: new Int32(-5),
  timestamp: new Timestamp({ t: 0xffff_ffff, i: 2 }),
  int64: Long.MAX_VALUE,
  decimal: Decimal128.fromString('1.10'),
  min: new MinKey(),
  max: new MaxKey(),
  reference: new DBRef('c', id),
});

/** A document with every BSON type, the two that nobody writes any more too. */
export const everyType = writeDocument([
  ...readElements(modern),
  { name: 'undefined', type: 0x06, value: new Uint8Array(0) },
  { name: 'dbPointer', type: 0x0c, value: Uint8Array.of(2, 0, 0, 0, 0x63, 0, ...id.id) },
]);
