import { hostname } from 'node:os';
import { join } from 'node:path';
import { endingFor } from './encryption';
import { appendLine, readLines } from './jsonLines';

/** What a repository remembers of a restore in place, from before its first write on. */
export interface InPlaceNote {
  readonly id: string;
  /** The target time, as `SECONDS:ORDINAL`. */
  readonly at: string;
  readonly createdMs: number;
  readonly state: 'started' | 'swapped' | 'undone' | 'failed';
  readonly swaps: readonly {
    readonly ns: string;
    readonly safetyCopy?: string | undefined;
    readonly temporary?: string | undefined;
    readonly timeseries?: boolean;
  }[];
  /** Views that change: their definitions before and after, as base64 of BSON; absent where there is none. */
  readonly views?: readonly {
    readonly ns: string;
    readonly was?: string | undefined;
    readonly is?: string | undefined;
  }[];
  /** The collection that tells whether measurements changed hands. */
  readonly mark?: string | undefined;
  /** The process that carries it out. */
  readonly pid: number;
  readonly host: string;
}

function fileIn(folder: string): string {
  return join(folder, `inplace.jsonl${endingFor(folder)}`);
}

/** Adds a line, durably; the newest line of an id counts. */
export async function noteInPlace(folder: string, note: Omit<InPlaceNote, 'pid' | 'host'>): Promise<void> {
  await appendLine(fileIn(folder), { ...note, pid: process.pid, host: hostname() });
}

/** Oldest first; a repository without the file has none. */
export async function readInPlaceNotes(folder: string): Promise<InPlaceNote[]> {
  const notes = new Map<string, InPlaceNote>();
  for (const note of (await readLines(fileIn(folder))).values as readonly InPlaceNote[])
    notes.set(note.id, note);
  return [...notes.values()];
}

/** Whether the process that began it may still be at it; it is known what this one is at. */
export function isUnderWay({ id, state, pid, host }: InPlaceNote, atWork: ReadonlySet<string>): boolean {
  if (state !== 'started') return false;
  if (host !== hostname()) return true;
  if (pid === process.pid) return atWork.has(id);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}
