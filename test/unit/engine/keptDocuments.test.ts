import assert from 'node:assert/strict';
import { KeptDocuments } from '../../../src/engine/keptDocuments';
import { inParts, isOver } from '../../../src/engine/partitions';
import { bson } from '../core/builders';

const aDocument = (n: number, length = 1000): Uint8Array => bson({ _id: n, text: 'x'.repeat(length) });

describe('KeptDocuments', () => {
  it('gives back what it was given, however large', () => {
    const kept = new KeptDocuments();
    const documents = Array.from({ length: 3000 }, (_, n) =>
      aDocument(n, n % 500 === 0 ? 3_000_000 : n % 1000),
    );
    const places = documents.map((document) => kept.put(document));
    places.forEach((place, n) => assert.equal(Buffer.compare(kept.get(place), documents[n]!), 0));
  });

  it('holds no more than what was not given up, when one document is replaced over and over', () => {
    const kept = new KeptDocuments();
    const constant = kept.put(aDocument(0));
    let last = kept.put(aDocument(1));
    let most = 0;
    for (let n = 2; n < 10_000; n++) {
      const next = kept.put(aDocument(n));
      kept.drop(last);
      last = next;
      most = Math.max(most, kept.bytes);
    }
    assert.equal(Buffer.compare(kept.get(constant), aDocument(0)), 0);
    assert.equal(Buffer.compare(kept.get(last), aDocument(9_999)), 0);
    assert.equal(most <= 3 << 20, true, `${String(most)} bytes`);
    kept.clear();
    assert.equal(kept.bytes, 0);
  });
});

describe('inParts', () => {
  it('divides a part that takes too much, and meets each key once', async () => {
    const keys = Array.from({ length: 10_000 }, (_, n) => `n${String(n)}`);
    const sizes: number[] = [];
    const met: string[] = [];
    const gather = (isMine: (key: string) => boolean): Promise<string[] | undefined> => {
      const mine = keys.filter(isMine);
      return Promise.resolve(isOver(400_000, mine.length * 100, mine.length) ? undefined : mine);
    };
    for await (const part of inParts(3, gather)) {
      sizes.push(part.length);
      met.push(...part);
    }
    assert.deepEqual(met.sort(), [...keys].sort());
    assert.equal(sizes.length > 9, true);
    assert.equal(Math.max(...sizes) * 350 <= 400_000, true);
  });
});
