import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  documentLength,
  ElementCursor,
  findElement,
  firstElement,
  lastDocument,
  readElements,
  splitDocuments,
  writeDocument,
} from '../../../src/core/rawDocument';
import { encodeText } from '../../../src/core/text';
import { CORPUS_VERSIONS, readCorpus } from '../corpus/corpus';
import { everyType } from './everyType';
import { bson } from './builders';

/** Reads nested documents too, so that every length in the bytes is used. */
function walk(document: Uint8Array): number {
  let count = 0;
  for (const { type, value } of readElements(document)) count += type === 3 || type === 4 ? walk(value) : 1;
  return count;
}

describe('readElements', () => {
  it('gives the same bytes when written again, whatever the types', () => {
    assert.deepEqual(writeDocument(readElements(everyType)), everyType);
  });

  it('keeps order, duplicates and names that look like numbers', () => {
    const elements = readElements(
      bson(
        new Map([
          ['2', 1],
          ['1', 2],
        ]),
      ),
    );
    const document = writeDocument([...elements, ...elements]);
    assert.deepEqual(
      readElements(document).map(({ name }) => name),
      ['2', '1', '2', '1'],
    );
    assert.deepEqual(writeDocument(readElements(document)), document);
  });

  it('gives back names that are not UTF-8', () => {
    const document = Uint8Array.of(9, 0, 0, 0, 0x0a, 0xff, 0x80, 0, 0);
    assert.deepEqual(writeDocument(readElements(document)), document);
  });

  it('gives views, not copies', () => {
    const document = bson({ a: 'text' });
    assert.equal(readElements(document)[0]?.value.buffer, document.buffer);
  });

  it('gives back every entry of recorded logs and the documents in them', () => {
    for (const version of CORPUS_VERSIONS) {
      for (const { bytes, o } of readCorpus(version).scenarios.flatMap((scenario) => scenario.entries)) {
        assert.deepEqual(writeDocument(readElements(bytes)), bytes);
        assert.deepEqual(writeDocument(readElements(o)), o);
      }
    }
  });

  it('throws RangeError on any cut document, and nothing else', () => {
    for (let length = 0; length < everyType.length; length++) {
      assert.throws(() => readElements(everyType.subarray(0, length)), RangeError);
    }
  });

  it('never reads out of bounds of spoilt documents', () => {
    fc.assert(
      fc.property(fc.nat(everyType.length - 1), fc.nat(255), (position, byte) => {
        const spoilt = everyType.slice();
        spoilt[position] = byte;
        try {
          walk(spoilt);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('never reads out of bounds of noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (noise) => {
        const document = new Uint8Array(noise.length + 5);
        document.set(noise, 4);
        document[0] = document.length;
        try {
          walk(document);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('refuses a document that claims another length than it has', () => {
    const document = bson({ a: 1 });
    assert.throws(() => readElements(Uint8Array.of(...document, 0)), RangeError);
  });
});

describe('findElement', () => {
  it('gives the first element of that name', () => {
    assert.deepEqual(findElement(bson({ x: 1, y: true }), 'y')?.value, Uint8Array.of(1));
    const twice = writeDocument([...readElements(bson({ x: 1 })), ...readElements(bson({ x: 2 }))]);
    assert.deepEqual(findElement(twice, 'x')?.value, Uint8Array.of(1, 0, 0, 0));
  });

  it('does not take a name that begins alike', () => {
    assert.equal(findElement(bson({ ab: 1 }), 'a'), undefined);
    assert.equal(findElement(bson({ a: 1 }), 'ab'), undefined);
    assert.equal(findElement(bson({ a: 1 }), 'a\0'), undefined);
  });

  it('finds names that are not ASCII, or begin so', () => {
    for (const name of ['ä', 'größe', 'a€', '😀'])
      assert.deepEqual(findElement(bson({ a: 0, gr: 0, [name]: true }), name)?.value, Uint8Array.of(1), name);
    assert.equal(findElement(bson({ größe: 1 }), 'grösse'), undefined);
  });
});

describe('firstElement', () => {
  it('names the command', () => {
    assert.equal(firstElement(bson({ create: 'c', capped: true }))?.name, 'create');
    assert.equal(firstElement(bson({})), undefined);
  });
});

describe('ElementCursor', () => {
  it('walks the top level only', () => {
    const cursor = new ElementCursor(bson({ a: { b: 1 }, c: 2 }));
    const names: string[] = [];
    while (cursor.next()) names.push(cursor.name);
    assert.deepEqual(names, ['a', 'c']);
  });
});

describe('writeDocument', () => {
  it('refuses a name with a NUL in it', () => {
    assert.throws(() => writeDocument([{ name: 'a\0b', type: 10, value: new Uint8Array(0) }]), RangeError);
  });

  it('writes names beyond ASCII', () => {
    const document = writeDocument([{ name: 'größe', type: 10, value: new Uint8Array(0) }]);
    assert.deepEqual(document, bson({ größe: null }));
    assert.equal(document.length, 4 + 1 + encodeText('größe').length + 1 + 1);
  });
});

describe('splitDocuments', () => {
  it('gives each document of concatenated ones', () => {
    const documents = [bson({ a: 1 }), bson({}), bson({ b: 'two' })];
    const joined = Uint8Array.from(documents.flatMap((document) => [...document]));
    assert.deepEqual([...splitDocuments(joined)], documents);
  });

  it('gives what is whole before it throws for what is cut off', () => {
    const joined = Uint8Array.of(...bson({ a: 1 }), ...bson({ b: 1 }).subarray(0, 7));
    const documents = splitDocuments(joined);
    assert.deepEqual(documents.next().value, bson({ a: 1 }));
    assert.throws(() => documents.next(), RangeError);
  });

  it('throws for a document without an end', () => {
    assert.throws(() => [...splitDocuments(Uint8Array.of(5, 0, 0, 0, 1))], RangeError);
  });
});

describe('lastDocument', () => {
  it('gives the last of concatenated ones', () => {
    assert.deepEqual(
      lastDocument(Uint8Array.of(...bson({ a: 1 }), ...bson({ b: 'two' }))),
      bson({ b: 'two' }),
    );
    assert.deepEqual(lastDocument(bson({ a: 1 })), bson({ a: 1 }));
    assert.equal(lastDocument(new Uint8Array(0)), undefined);
  });

  it('throws for what is cut off or has no end', () => {
    assert.throws(
      () => lastDocument(Uint8Array.of(...bson({ a: 1 }), ...bson({ b: 1 }).subarray(0, 7))),
      RangeError,
    );
    assert.throws(() => lastDocument(Uint8Array.of(...bson({ a: 1 }), 5, 0)), RangeError);
    for (const rest of [[], bson({ a: 1 })])
      assert.throws(() => lastDocument(Uint8Array.of(5, 0, 0, 0, 1, ...rest)), RangeError);
  });
});

describe('documentLength', () => {
  it('is what the first four bytes say', () => {
    assert.equal(documentLength(bson({ a: 1 }), 0), 12);
  });

  it('throws RangeError when they are cut off or say too little', () => {
    assert.throws(() => documentLength(Uint8Array.of(5, 0, 0), 0), RangeError);
    assert.throws(() => documentLength(Uint8Array.of(4, 0, 0, 0), 0), RangeError);
    assert.throws(() => documentLength(Uint8Array.of(0, 0, 0, 0x80), 0), RangeError);
    assert.throws(() => documentLength(Uint8Array.of(5, 0, 0, 0, 0), -1), RangeError);
  });
});
