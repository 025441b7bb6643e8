import assert from 'node:assert/strict';
import { BSON, Binary, Decimal128, Double, EJSON, Int32, Long } from 'bson';
import fc from 'fast-check';
import { canonicalExtendedJson, extendedJsonOf, relaxedExtendedJson } from '../../../src/core/extendedJson';
import { findElement, readElements, writeDocument } from '../../../src/core/rawDocument';
import { everyType } from './everyType';
import { bson } from './builders';

describe('canonicalExtendedJson', () => {
  it('writes every type as the specification has it', () => {
    const document = writeDocument(
      readElements(everyType).filter(({ name }) => name !== 'undefined' && name !== 'dbPointer'),
    );
    const parsed = BSON.deserialize(document, { promoteValues: false, bsonRegExp: true });
    assert.deepEqual(
      JSON.parse(canonicalExtendedJson(document)),
      JSON.parse(EJSON.stringify(parsed, { relaxed: false })),
    );
  });

  it('writes the two types that the library does not keep', () => {
    const { length } = everyType;
    assert.ok(
      canonicalExtendedJson(everyType).endsWith(
        ',"undefined":{"$undefined":true},"dbPointer":{"$dbPointer":{"$ref":"c","$id":{"$oid":"0123456789abcdef01234567"}}}}',
      ),
    );
    assert.equal(everyType.length, length);
  });

  it('gives back the same bytes when it is parsed', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
          {
            maxKeys: 6,
          },
        ),
        (fields) => {
          const names = Object.keys(fields).filter((name) => !name.includes('\0') && !name.startsWith('$'));
          const document = bson(new Map(names.map((name) => [name, fields[name]])));
          const parsed = EJSON.parse(canonicalExtendedJson(document), { relaxed: false }) as Record<
            string,
            unknown
          >;
          const written = bson(new Map(readElements(document).map(({ name }) => [name, parsed[name]])));
          assert.deepEqual(written, document);
        },
      ),
    );
  });

  it('keeps order and duplicates of names', () => {
    const one = readElements(
      bson(
        new Map<string, unknown>([
          ['2', true],
          ['1', 'x'],
        ]),
      ),
    );
    assert.equal(
      canonicalExtendedJson(writeDocument([...one, ...one])),
      '{"2":true,"1":"x","2":true,"1":"x"}',
    );
  });

  it('keeps numbers to the last digit and their types', () => {
    const document = bson({
      a: Long.fromString('9007199254740993'),
      b: new Double(1),
      c: new Double(-0),
      d: new Double(Number.NaN),
      e: Decimal128.fromString('1.10'),
      f: new Double(1e300),
      g: new Int32(1),
    });
    assert.equal(
      canonicalExtendedJson(document),
      '{"a":{"$numberLong":"9007199254740993"},"b":{"$numberDouble":"1.0"},"c":{"$numberDouble":"-0.0"},' +
        '"d":{"$numberDouble":"NaN"},"e":{"$numberDecimal":"1.10"},"f":{"$numberDouble":"1e+300"},"g":{"$numberInt":"1"}}',
    );
  });

  it('is JSON for texts that are not UTF-8', () => {
    const document = Uint8Array.of(14, 0, 0, 0, 0x02, 0xff, 0, 2, 0, 0, 0, 0xfe, 0, 0);
    assert.deepEqual(JSON.parse(canonicalExtendedJson(document)), { '\udcff': '\udcfe' });
  });

  it('writes binary data of any length', () => {
    for (const length of [0, 1, 2, 3, 4]) {
      const bytes = Uint8Array.from({ length }, (_, i) => 250 + i);
      const text = canonicalExtendedJson(bson({ b: new Binary(bytes, 0) }));
      assert.equal(
        text,
        `{"b":{"$binary":{"base64":"${Buffer.from(bytes).toString('base64')}","subType":"00"}}}`,
      );
    }
  });
});

describe('relaxedExtendedJson', () => {
  it('writes numbers and dates for people', () => {
    const document = bson({
      i: 1,
      l: Long.fromString('9007199254740993'),
      d: new Double(1.5),
      no: false,
      w: new Double(2),
      n: new Double(Number.POSITIVE_INFINITY),
      at: new Date(1_700_000_000_000),
      ms: new Date(1_700_000_000_120),
      old: new Date(-1),
    });
    assert.equal(
      relaxedExtendedJson(document),
      '{"i":1,"l":9007199254740993,"d":1.5,"no":false,"w":2.0,"n":{"$numberDouble":"Infinity"},"at":{"$date":"2023-11-14T22:13:20Z"},' +
        '"ms":{"$date":"2023-11-14T22:13:20.120Z"},"old":{"$date":{"$numberLong":"-1"}}}',
    );
  });
});

describe('extendedJsonOf', () => {
  it('writes one value', () => {
    const id = findElement(bson({ _id: { a: 1 } }), '_id');
    assert.ok(id);
    assert.equal(extendedJsonOf(id), '{"a":{"$numberInt":"1"}}');
    assert.equal(extendedJsonOf(id, 'relaxed'), '{"a":1}');
  });

  it('refuses a type that does not exist', () => {
    assert.throws(() => extendedJsonOf({ name: 'a', type: 0x20, value: new Uint8Array(0) }), RangeError);
  });
});
