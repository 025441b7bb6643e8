import {
  Binary,
  Code,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import type { Random } from './random';

/** Random documents, `_id`s, filters and updates that often meet each other. */

export function randomId(r: Random): unknown {
  if (r.chance(0.85)) return r.int(80);
  const n = r.int(6);
  return r.pick<() => unknown>([
    () => Long.fromString('9007199254740993').add(n),
    () => new Double(n + 0.5),
    () => Decimal128.fromString(`${n}.10`),
    () => `s${n}`,
    () => '',
    () => null,
    () => n % 2 === 0,
    () => new Date(1_600_000_000_000 + n),
    () => new UUID(`0123456789abcdef0123456789abcd0${n}`),
    () => new Binary(Uint8Array.of(n, 0, 255), 0x80),
    () => new ObjectId(`5f000000000000000000000${n}`),
    () => new Timestamp({ t: 5, i: n }),
    () => new MinKey(),
    () => new MaxKey(),
    () => NaN,
    () => ({ a: n, b: { c: 'x' } }),
    () =>
      new Map<string, unknown>([
        ['2', n],
        ['1', 'reversed'],
      ]),
    () => new Code('return 1'),
  ])();
}

export function randomValue(r: Random, depth = 0): unknown {
  const n = r.int(1_000);
  const values: (() => unknown)[] = [
    () => new Int32(n),
    () => new Double(n),
    () => n / 8,
    () => Long.fromNumber(n),
    () => Long.fromString('9223372036854775807'),
    () => Decimal128.fromString(`${n}E+3`),
    () => r.text(n % 40),
    () => `ünï😀${n}`,
    () => new Date(n * 1e9),
    () => new Date(-n),
    () => null,
    () => n % 2 === 0,
    () => /^a.b/i,
    () => new Binary(Buffer.from(r.text(n % 20)), 0),
    () => new Timestamp({ t: n, i: 1 }),
    () => new MinKey(),
    () => new Code('f', { scope: n }),
    () => ObjectId.createFromTime(r.int(0x7fff_ffff)),
    () => NaN,
    () => -0,
    () => Infinity,
  ];
  if (depth < 3) {
    values.push(
      () => Array.from({ length: r.int(6) }, () => randomValue(r, depth + 1)),
      () => ({ x: randomValue(r, depth + 1), y: randomValue(r, depth + 1) }),
      () =>
        new Map([
          ['10', randomValue(r, depth + 1)],
          ['9', randomValue(r, depth + 1)],
          ['z', n],
        ]),
    );
  }
  return r.pick(values)();
}

export function randomDocument(r: Random, major: number): Document {
  const n = r.int(100);
  const document: Document = {
    _id: randomId(r),
    n,
    s: `${r.pick(['red', 'green', 'blue'])} ${r.text(r.int(60))}`,
    arr: Array.from({ length: r.int(8) }, () => r.int(20)),
    items: Array.from({ length: r.int(5) }, (_, i) => ({ k: i, q: r.int(10), tags: [r.text(2)] })),
    sub: { x: r.int(10), y: { z: r.text(3) } },
  };
  if (r.chance(0.5)) document['u'] = r.int(400);
  if (r.chance(0.3)) document['loc'] = { type: 'Point', coordinates: [r.int(360) - 180, r.int(160) - 80] };
  if (r.chance(0.3)) document['xy'] = [r.int(100), r.int(100)];
  if (r.chance(0.4)) document[r.pick(['v', 'w', 'd', 'i', 'l', 'a'])] = randomValue(r);
  if (r.chance(0.1)) document[r.pick(['a.b', '', '__proto__x', 'ünï', ' ', 'x$y'])] = randomValue(r);
  if (major >= 5 && r.chance(0.1)) document[r.pick(['$price', '$v', '$set', 'diff'])] = randomValue(r);
  if (r.chance(0.01)) document['big'] = 'x'.repeat(200_000 + r.int(400_000));
  return document;
}

export function randomFilter(r: Random): Document {
  return r.weighted<() => Document>([
    [6, () => ({ _id: randomId(r) })],
    [2, () => ({ n: { $gte: r.int(100) } })],
    [1, () => ({ arr: r.int(20) })],
    [1, () => ({ 'items.q': r.int(10) })],
    [1, () => ({ s: /^red/ })],
  ])();
}

interface RandomUpdate {
  readonly update: Document | Document[];
  readonly arrayFilters?: Document[];
}

export function randomUpdate(r: Random, major: number): RandomUpdate {
  const n = r.int(100);
  const field = r.pick([
    'v',
    'w',
    'd',
    'i',
    'l',
    'a',
    'sub.x',
    'sub.y.z',
    'sub.new',
    'deep.er.still',
    'arr.1',
    'items.0.q',
    'items.2',
  ]);
  const operators: readonly (readonly [number, () => RandomUpdate])[] = [
    [6, () => ({ update: { $set: { [field]: randomValue(r), n } } })],
    [
      2,
      () => ({
        update: {
          $set: Object.fromEntries(Array.from({ length: 8 }, () => [`f${r.int(30)}`, randomValue(r)])),
        },
      }),
    ],
    [3, () => ({ update: { $unset: { [field]: 1 } } })],
    [2, () => ({ update: { $inc: { n: 1, 'sub.x': Long.fromNumber(n), count: new Double(0.5) } } })],
    [1, () => ({ update: { $mul: { n: 2 }, $set: { mul: n } } })],
    [1, () => ({ update: { $min: { n }, $max: { 'sub.x': n } } })],
    [2, () => ({ update: { $rename: { [r.pick(['v', 'w', 's'])]: r.pick(['renamed', 'sub.renamed']) } } })],
    [3, () => ({ update: { $push: { arr: n } } })],
    [2, () => ({ update: { $push: { arr: { $each: [n, n + 1], $slice: -6 } } } })],
    [2, () => ({ update: { $push: { arr: { $each: [n], $position: 0 } } } })],
    [1, () => ({ update: { $push: { arr: { $each: [n, 3], $sort: 1, $slice: 5 } } } })],
    [1, () => ({ update: { $push: { items: { k: n, q: 1 } } } })],
    [2, () => ({ update: { $pull: { arr: { $gte: n % 20 } } } })],
    [1, () => ({ update: { $pullAll: { arr: [1, 2, 3, n % 20] } } })],
    [2, () => ({ update: { $pop: { arr: r.pick([1, -1]) } } })],
    [2, () => ({ update: { $addToSet: { arr: { $each: [n, 7] } } } })],
    [1, () => ({ update: { $bit: { bits: { or: 5 } } } })],
    [1, () => ({ update: { $currentDate: { at: true, ts: { $type: 'timestamp' } } } })],
    [2, () => ({ update: { $inc: { 'items.$[big].q': 1 } }, arrayFilters: [{ 'big.q': { $gte: 5 } }] })],
    [2, () => ({ update: { $set: { 'arr.$[]': n } } })],
    [1, () => ({ update: { $set: { 'items.$[].seen': true, [`items.${r.int(7)}.deep.q`]: n } } })],
    [
      2,
      () => ({ update: [{ $set: { total: { $size: '$arr' }, n: { $add: ['$n', 1] } } }, { $unset: 'v' }] }),
    ],
    [
      1,
      () => ({
        update: [
          { $set: { arr: { $reverseArray: '$arr' }, sub: { x: '$n', w: { $literal: randomValue(r) } } } },
        ],
      }),
    ],
    [
      1,
      () => ({
        update: [{ $replaceWith: { $mergeObjects: ['$$ROOT', { replaced: n, sub: { only: 1 } }] } }],
      }),
    ],
    [1, () => ({ update: { $set: { zero: new Timestamp({ t: 0, i: 0 }), n } } })],
    [1, () => ({ update: { $unset: { sub: 1 }, $set: { w: n } } })],
    [1, () => ({ update: { $set: { sub: n } } })],
    [1, () => ({ update: { $set: { arr: { not: 'an array' } } } })],
    [1, () => ({ update: { $set: { arr: [n] } } })],
  ];
  const dollars: readonly (readonly [number, () => RandomUpdate])[] = [
    [
      1,
      () => ({
        update: [
          { $replaceWith: { $setField: { field: { $literal: '$price' }, input: '$$ROOT', value: n } } },
        ],
      }),
    ],
    [
      1,
      () => ({
        update: [
          {
            $replaceWith: {
              $setField: { field: 'a.b', input: '$$ROOT', value: randomValue(r, 3) as number },
            },
          },
        ],
      }),
    ],
    [1, () => ({ update: [{ $replaceWith: { $unsetField: { field: 'a.b', input: '$$ROOT' } } }] })],
  ];
  return r.weighted([...operators, ...(major >= 5 ? dollars : [])])();
}

/** A whole document for replaceOne, without an `_id`. */
export function randomReplacement(r: Random, major: number): Document {
  const { _id: _, ...rest } = randomDocument(r, major);
  // A replacement cannot begin with a dollar or hold `$v`.
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('$')));
}
