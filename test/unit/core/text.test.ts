import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeText, encodedLength, encodeText, hexOf } from '../../../src/core/text';

describe('decodeText', () => {
  it('reads well-formed UTF-8 as everybody does', () => {
    for (const text of ['', 'plain', 'größe', '日本', '👩‍🚀', '\u{10ffff}', '\0inside', '\ufeffmark']) {
      assert.equal(decodeText(new TextEncoder().encode(text)), text);
    }
  });

  it('keeps each byte that is no UTF-8 as a lone surrogate', () => {
    assert.equal(decodeText(Uint8Array.of(0x61, 0xff, 0x62)), 'a\udcffb');
    assert.equal(decodeText(Uint8Array.of(0xc3)), '\udcc3');
  });

  it('does not take overlong forms, surrogates and too great code points for characters', () => {
    for (const bytes of [
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
    ]) {
      assert.equal(decodeText(Uint8Array.from(bytes)).length, bytes.length);
    }
  });

  it('reads between the offsets given', () => {
    assert.equal(decodeText(new TextEncoder().encode('xabcx'), 1, 4), 'abc');
  });
});

describe('encodeText', () => {
  it('gives back any bytes that were decoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = decodeText(bytes);
        assert.deepEqual(encodeText(text), bytes);
        assert.equal(encodedLength(text), bytes.length);
      }),
    );
  });

  it('gives back any text that is UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.deepEqual(encodeText(text), new TextEncoder().encode(text));
      }),
    );
  });

  it('gives back texts longer than one chunk', () => {
    const text = 'é'.repeat(20_000);
    assert.equal(decodeText(encodeText(text)), text);
  });

  it('writes a surrogate that no bytes give as the replacement character', () => {
    assert.deepEqual(encodeText('\ud800'), Uint8Array.of(0xef, 0xbf, 0xbd));
  });
});

describe('hexOf', () => {
  it('writes two lower-case digits a byte', () => {
    assert.equal(hexOf(Uint8Array.of(0, 10, 255)), '000aff');
  });
});
