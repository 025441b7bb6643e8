import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BackupError } from '../engine/errors';
import { putFile } from './putFile';

const prefix = '{"sha256":"';
const middle = '","content":';

/** Writes `{"sha256", "content"}` so that a flipped byte is found when it is read. */
export async function putSealedJson(path: string, content: unknown): Promise<void> {
  const text = JSON.stringify(content);
  await putFile(path, `${prefix}${sha256Of(text)}${middle}${text}}`);
}

/** Reads what {@link putSealedJson} wrote. Throws `damaged` when the content does not match its checksum. */
export async function readSealedJson(path: string): Promise<unknown> {
  const file = await readFile(path, 'utf8');
  const start = prefix.length + 64 + middle.length;
  const text = file.slice(start, -1);
  if (!file.startsWith(prefix) || sha256Of(text) !== file.slice(prefix.length, prefix.length + 64)) {
    throw new BackupError('damaged', `${path} is damaged`, {
      hint: 'Run verify to see which times it hurts.',
    });
  }
  return JSON.parse(text);
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
