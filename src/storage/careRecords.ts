import { join } from 'node:path';
import { BackupError } from '../engine/errors';
import { errnoOf } from './putFile';
import { putSealedJson, readSealedJson } from './sealedJson';

/** What a verify found last. */
export interface VerifiedRecord {
  readonly atMs: number;
  /** Whether all files were intact. */
  readonly ok: boolean;
  /** When one restored on trial last, and whether that gave back what is recorded. */
  readonly restored?: { readonly atMs: number; readonly ok: boolean };
}

/** What a prune did last. */
export interface PrunedRecord {
  readonly atMs: number;
  /** The newest snapshot at that time, by its id. */
  readonly snapshot: string | undefined;
  /** When one removed anything last, and how much. */
  readonly removed?: { readonly atMs: number; readonly bytes: number };
}

const verifiedName = 'verified.json';
const prunedName = 'lastprune.json';

export async function putVerified(folder: string, record: VerifiedRecord): Promise<void> {
  await putSealedJson(join(folder, verifiedName), record);
}

export async function putPruned(folder: string, record: PrunedRecord): Promise<void> {
  await putSealedJson(join(folder, prunedName), record);
}

export async function readVerified(folder: string): Promise<VerifiedRecord | undefined> {
  return (await readRecord(join(folder, verifiedName))) as VerifiedRecord | undefined;
}

export async function readLastPruned(folder: string): Promise<PrunedRecord | undefined> {
  return (await readRecord(join(folder, prunedName))) as PrunedRecord | undefined;
}

/** `undefined` where none was made, or the record itself is lost: it is only a help. */
async function readRecord(path: string): Promise<unknown> {
  try {
    return await readSealedJson(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (error instanceof BackupError && error.code === 'damaged'))
      return undefined;
    throw error;
  }
}
