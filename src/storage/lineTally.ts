import { join } from 'node:path';
import { BackupError } from '../engine/errors';
import { errnoOf } from './putFile';
import { putSealedJson, readSealedJson } from './sealedJson';

/** How many lines each file of lines has at least: whole lines that are lost at its end are missed by it. */
export const tallyName = 'lines.json';

type Tally = Readonly<Record<string, number>>;

/** Of a repository that is made: its files of lines are empty. */
export async function putEmptyTally(folder: string): Promise<void> {
  await putSealedJson(join(folder, tallyName), {});
}

/**
 * After `lines` lines of a file are durable. Two processes that do so at once may leave the lower number, which misses
 * less and never too much.
 */
export async function noteLines(folder: string, name: string, lines: number): Promise<void> {
  const tally = await readTally(folder);
  if (tally === 'absent') return; // a repository of an earlier program, or lost: verify says so
  const known = tally === 'damaged' ? {} : tally;
  await putSealedJson(join(folder, tallyName), { ...known, [name]: Math.max(lines, known[name] ?? 0) });
}

export async function readTally(folder: string): Promise<Tally | 'absent' | 'damaged'> {
  try {
    return (await readSealedJson(join(folder, tallyName))) as Tally;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'absent';
    if (error instanceof BackupError && error.code === 'damaged') return 'damaged';
    throw error;
  }
}

/** How many lines a file must have; to be asked before it is read. */
export async function talliedLines(folder: string, name: string): Promise<number> {
  const tally = await readTally(folder);
  return typeof tally === 'string' ? 0 : (tally[name] ?? 0);
}
