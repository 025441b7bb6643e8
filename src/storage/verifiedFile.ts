import { join } from 'node:path';
import { BackupError } from '../engine/errors';
import { errnoOf } from './putFile';
import { putSealedJson, readSealedJson } from './sealedJson';

/** What a verify found last. */
export interface VerifiedRecord {
  readonly atMs: number;
  readonly ok: boolean;
}

const verifiedName = 'verified.json';

export async function putVerified(folder: string, record: VerifiedRecord): Promise<void> {
  await putSealedJson(join(folder, verifiedName), record);
}

/** `undefined` where none was made, or the record itself is lost: it is only a help. */
export async function readVerified(folder: string): Promise<VerifiedRecord | undefined> {
  try {
    return (await readSealedJson(join(folder, verifiedName))) as VerifiedRecord;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || (error instanceof BackupError && error.code === 'damaged'))
      return undefined;
    throw error;
  }
}
