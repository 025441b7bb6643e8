import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Said, say } from '../core/say';
import { endingFor } from './encryption';
import { files, type WritableFile } from './files';
import { noteLines, talliedLines } from './lineTally';
import { errnoOf, storageError } from './putFile';
import { contentFor, contentOf, openSealedText, sealedText } from './sealedJson';

/** Files of lines; each is there, empty, from the repository's beginning, so that a lost one is missed. */
const marksName = 'marks.jsonl';
const previewsName = 'previews.jsonl';
export const prunedName = 'pruned.jsonl';

/** The files of lines of a repository, given any path in it. */
export function lineFilesFor(path: string): readonly string[] {
  return [marksNameFor(path), previewsNameFor(path), prunedName];
}

export function marksNameFor(path: string): string {
  return `${marksName}${endingFor(path)}`;
}

export function previewsNameFor(path: string): string {
  return `${previewsName}${endingFor(path)}`;
}

const newline = 0x0a;

/** A file of sealed lines that grows at its end. */
export interface SealedLines {
  readonly values: readonly unknown[];
  /** What is wrong with the file, if anything; lines that are whole are among `values` all the same. */
  readonly damage: Said | undefined;
}

/** Adds one line, durably. A line that a crash tore, and that was never acknowledged, is taken away first. */
export async function appendLine(path: string, value: unknown): Promise<void> {
  let lines: number;
  try {
    const file = await files().open(path, 'a+');
    try {
      if (!endsWhole(await file.lastByte())) await cutTorn(file, path);
      await file.write(Buffer.from(`${sealedText(contentFor(path, value))}\n`));
      // Counted before the sync, which makes all of them durable.
      lines = linesIn(await readFile(path));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError(error, path);
  }
  await noteLines(dirname(path), basename(path), lines);
}

function linesIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === newline ? count + 1 : count), 0);
}

function endsWhole(last: number | undefined): boolean {
  return last === undefined || last === newline;
}

async function cutTorn(file: WritableFile, path: string): Promise<void> {
  const size = await file.size();
  await new Promise((resolve) => setTimeout(resolve, 50)); // somebody may be writing it just now
  const bytes = await readFile(path);
  if (bytes.length !== size || endsWhole(bytes.at(-1))) return;
  await file.truncate(bytes.lastIndexOf(newline) + 1);
}

/** All whole lines. */
export async function readLines(path: string): Promise<SealedLines> {
  const tallied = await talliedLines(dirname(path), basename(path));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { values: [], damage: say`it is missing` };
    throw storageError(error, path);
  }
  const lines = text.split('\n');
  const end = lines.pop();
  const opened = lines.map((line) => {
    const sealed = openSealedText(line);
    return sealed && contentOf(path, sealed.content);
  });
  const first = opened.indexOf(undefined);
  const values = opened.flatMap((line) => (line ? [line.content] : []));
  if (first >= 0) return { values, damage: say`line ${String(first + 1)} does not match its checksum` };
  const lost = tallied - lines.length;
  if (lost <= 0) return { values, damage: undefined }; // one that is cut off was never acknowledged
  if (end !== '') return { values, damage: say`its last line is cut off` };
  return { values, damage: say`lines are missing at its end: ${String(lost)}` };
}
