import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BackupError } from '../engine/errors';
import { putFile } from './putFile';

const prefix = '{"sha256":"';
const middle = '","content":';

/** `{"sha256", "content"}` as one line of JSON: a flipped, missing or added byte is found when it is read. */
export function sealedText(content: unknown): string {
  const text = JSON.stringify(content);
  return `${prefix}${sha256Of(text)}${middle}${text}}`;
}

/** What {@link sealedText} holds, in an object; `undefined` when it is damaged. */
export function openSealedText(sealed: string): { readonly content: unknown } | undefined {
  const start = prefix.length + 64 + middle.length;
  const text = sealed.slice(start, -1);
  if (text === '' || sealed !== `${prefix}${sha256Of(text)}${middle}${text}}`) return undefined;
  return { content: JSON.parse(text) };
}

export async function putSealedJson(path: string, content: unknown): Promise<void> {
  await putFile(path, sealedText(content));
}

/** Reads what {@link putSealedJson} wrote. Throws `damaged` when the content does not match its checksum. */
export async function readSealedJson(path: string): Promise<unknown> {
  const opened = openSealedText(await readFile(path, 'utf8'));
  if (opened) return opened.content;
  throw new BackupError('damaged', `${path} is damaged`, {
    hint: 'Run verify to see which times it hurts.',
  });
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
