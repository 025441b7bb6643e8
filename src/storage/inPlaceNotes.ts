import { join } from 'node:path';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { endingFor } from './encryption';
import { appendLine, readLines } from './jsonLines';
import { talliedLines } from './lineTally';

/** What a repository remembers of a restore in place, from before its first write on. */
export interface InPlaceNote {
  readonly id: string;
  /** The target time, as `SECONDS:ORDINAL`. */
  readonly at: string;
  readonly createdMs: number;
  readonly state: 'started' | 'filled' | 'swapped' | 'undone' | 'failed';
  /** The id of the one that this one undoes: it is undone once this one is `swapped`. */
  readonly undoes?: string | undefined;
  readonly swaps: readonly {
    readonly ns: string;
    readonly safetyCopy?: string | undefined;
    readonly temporary?: string | undefined;
    readonly timeseries?: boolean;
    readonly original?: string | undefined;
    readonly filled?: string | undefined;
  }[];
  /** Views that change: their definitions before and after, as base64 of BSON; absent where there is none. */
  readonly views?: readonly {
    readonly ns: string;
    readonly was?: string | undefined;
    readonly is?: string | undefined;
  }[];
  /** The collection that tells whether measurements changed hands. */
  readonly mark?: string | undefined;
  readonly markUuid?: string | undefined;
}

function nameIn(folder: string): string {
  return `inplace.jsonl${endingFor(folder)}`;
}

/** Adds a line, durably; the newest line of an id counts. */
export async function noteInPlace(folder: string, note: InPlaceNote): Promise<void> {
  await appendLine(join(folder, nameIn(folder)), note);
}

/**
 * Oldest first. Throws `damaged` where a line that was acknowledged is lost: what it told of would be taken for something
 * that it is not.
 */
export async function readInPlaceNotes(folder: string): Promise<InPlaceNote[]> {
  const name = nameIn(folder);
  const { values, damage } = await readLines(join(folder, name));
  if (damage !== undefined && !(values.length === 0 && (await talliedLines(folder, name)) === 0)) {
    throw new BackupError('damaged', say`the notes of restores in place are damaged: ${name}: ${damage}`, {
      hint: say`Nothing was written. See whether one that was cut short left collections (…__rewind_…, …__before_…) before you restore in place all the same.`,
    });
  }
  const notes = new Map((values as readonly InPlaceNote[]).map((note) => [note.id, note]));
  const all = [...notes.values()];
  const undone = new Set(all.flatMap(({ state, undoes }) => (state === 'swapped' ? [undoes] : [])));
  return all.map((note) => (undone.has(note.id) ? { ...note, state: 'undone' } : note));
}
