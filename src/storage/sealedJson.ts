import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { cipherFor, isEncrypted } from './encryption';
import { putFile } from './putFile';

const prefix = '{"sha256":"';
const middle = '","content":';
const closing = 0x7d;

/** `{"sha256", "content"}` as one line of JSON: a flipped, missing or added byte is found when it is read. */
export function sealedText(content: unknown): string {
  const text = JSON.stringify(content);
  return `${prefix}${sha256Of(text)}${middle}${text}}`;
}

/** What {@link sealedText} holds, in an object; `undefined` when it is damaged. */
export function openSealedText(sealed: string): { readonly content: unknown } | undefined {
  return openSealed(Buffer.from(sealed));
}

function openSealed(sealed: Buffer): { readonly content: unknown } | undefined {
  const start = prefix.length + 64 + middle.length;
  const text = sealed.subarray(start, -1);
  if (text.length === 0 || sealed.at(-1) !== closing) return undefined;
  if (sealed.toString('latin1', 0, start) !== `${prefix}${sha256Of(text)}${middle}`) return undefined;
  return { content: JSON.parse(text.toString('utf8')) };
}

/** Encrypted where the file's name says so. */
export async function putSealedJson(path: string, content: unknown): Promise<void> {
  await putFile(path, sealedText(contentFor(path, content)));
}

/** Reads what {@link putSealedJson} wrote. Throws `damaged` when the content does not match its checksum. */
export async function readSealedJson(path: string): Promise<unknown> {
  const opened = openSealed(await readFile(path));
  const content = opened && contentOf(path, opened.content);
  if (content) return content.content;
  throw new BackupError('damaged', say`${path} is damaged`, {
    hint: say`Verify the repository to see which times it hurts.`,
  });
}

/** What to seal in a file of this name: the content, or its encrypted bytes as base64. */
export function contentFor(path: string, content: unknown): unknown {
  if (!isEncrypted(path)) return content;
  return Buffer.from(cipherFor(path).seal(Buffer.from(JSON.stringify(content)))).toString('base64');
}

/** The reverse of {@link contentFor}; `undefined` where it is damaged. */
export function contentOf(path: string, sealed: unknown): { readonly content: unknown } | undefined {
  if (!isEncrypted(path)) return { content: sealed };
  const bytes = typeof sealed === 'string' ? cipherFor(path).open(Buffer.from(sealed, 'base64')) : undefined;
  return bytes && { content: JSON.parse(Buffer.from(bytes).toString('utf8')) };
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
