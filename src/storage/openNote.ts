import { join } from 'node:path';
import type { ClusterTime } from '../core/time';
import { formatClusterTime } from '../core/time';
import { files } from './files';
import { errnoOf } from './putFile';
import { putSealedJson, readSealedJson } from './sealedJson';
import { time } from './segmentJson';

/** Says after which time the newest segment of a lineage begins, so that it is missed when its file is lost. */
export const openNoteName = 'open.json';

/** After the segment's file is there, and before the first frame. */
export async function putOpenNote(folder: string, after: ClusterTime): Promise<void> {
  await putSealedJson(join(folder, openNoteName), { after: formatClusterTime(after) });
}

/** Before the file of a segment without entries is taken away. */
export async function removeOpenNote(folder: string): Promise<void> {
  try {
    await files().unlink(join(folder, openNoteName));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Throws `damaged`, or ENOENT where no segment was begun. */
export async function readOpenNote(folder: string): Promise<ClusterTime> {
  const { after } = (await readSealedJson(join(folder, openNoteName))) as { after: string };
  return time(after);
}
