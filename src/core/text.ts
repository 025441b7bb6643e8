/*
 * Lossless text. BSON names and strings should be UTF-8, yet the server stores any bytes. A byte that is not
 * part of well-formed UTF-8 becomes the lone surrogate U+DC00 + byte (0x80-0xFF give U+DC80-U+DCFF), which
 * well-formed UTF-8 never decodes to, so `encodeText(decodeText(bytes))` gives the same bytes always.
 */

const ESCAPE = 0xdc00;
const CHUNK = 4096;

/** Decodes UTF-8 between two offsets; what is not UTF-8 survives as lone surrogates. */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return text + decodeRest(bytes, at, end);
    text += String.fromCharCode(byte);
    at++;
  }
  return text;
}

function decodeRest(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    const length = byte < 0x80 ? 1 : sequenceLength(bytes, at, end);
    if (length === 0) {
      units.push(ESCAPE + byte);
      at++;
    } else {
      pushCodePoint(units, codePointAt(bytes, at, length));
      at += length;
    }
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** Length of the well-formed sequence at `at`, 0 when there is none (overlong forms, surrogates, > U+10FFFF). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  if (length === 0 || at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] as number;
  if (length === 1) return lead;
  let point = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f);
  return point;
}

function pushCodePoint(units: number[], point: number): void {
  if (point < 0x10000) {
    units.push(point);
  } else {
    units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
}

/** The exact inverse of `decodeText`; a lone surrogate that it never gives is encoded as U+FFFD. */
export function encodeText(text: string): Uint8Array {
  const length = encodedLength(text);
  const bytes = new Uint8Array(length);
  if (length === text.length) encodeAscii(text, bytes);
  else encodeInto(text, bytes);
  return bytes;
}

function encodeAscii(text: string, target: Uint8Array): void {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    target[i] = isEscape(unit) ? unit - ESCAPE : unit;
  }
}

function encodeInto(text: string, target: Uint8Array): void {
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const point = isPairAt(text, i) ? (text.codePointAt(i) as number) : unit;
    if (point > 0xffff) {
      i++;
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
      target[at++] = 0x80 | (point & 0x3f);
    } else if (isEscape(unit)) {
      target[at++] = unit - ESCAPE;
    } else if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      const safe = unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit;
      target[at++] = 0xe0 | (safe >> 12);
      target[at++] = 0x80 | ((safe >> 6) & 0x3f);
      target[at++] = 0x80 | (safe & 0x3f);
    }
  }
}

/** Bytes that `encodeText` gives for `text`. */
export function encodedLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      length++;
    } else if (isPairAt(text, i)) {
      length += 4;
      i++;
    } else if (isEscape(unit)) {
      length++;
    } else {
      length += unit < 0x800 ? 2 : 3;
    }
  }
  return length;
}

function isEscape(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff;
}

function isPairAt(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdbff) return false;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal digits of the bytes. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] as string;
  return text;
}
