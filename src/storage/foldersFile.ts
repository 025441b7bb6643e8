import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { say } from '../core/say';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { DamagedFile, LostFile } from '../engine/ports';
import { appendLine, readLines } from './jsonLines';
import { readTally, tallyName } from './lineTally';
import { errnoOf } from './putFile';
import { time } from './segmentJson';

/** One line for each snapshot and lineage that was made, and one when it was removed: a lost one is missed. */
export const foldersName = 'folders.jsonl';

interface FolderLine {
  /** `snapshots/<id>` or `oplog/<id>`. */
  readonly folder: string;
  /** Where what it holds begins. */
  readonly from: string;
  /** Where it ends, where nothing will be added. */
  readonly through?: string;
  readonly gone?: true;
}

type Kind = 'snapshots' | 'oplog';

/** Once a snapshot or lineage exists. */
export async function noteFolder(
  repository: string,
  kind: Kind,
  id: string,
  from: ClusterTime,
  through?: ClusterTime,
): Promise<void> {
  const end = through === undefined ? {} : { through: formatClusterTime(through) };
  await append(repository, { folder: posix.join(kind, id), from: formatClusterTime(from), ...end });
}

/** Before a snapshot or lineage is removed. */
export async function noteGone(repository: string, kind: Kind, id: string, from: ClusterTime): Promise<void> {
  await append(repository, { folder: posix.join(kind, id), from: formatClusterTime(from), gone: true });
}

/** A repository of an earlier program has no such file, and gets none. */
async function append(repository: string, line: FolderLine): Promise<void> {
  const names = await readdir(repository);
  if (names.includes(foldersName)) await appendLine(join(repository, foldersName), line);
}

/** What was made, was not removed, and is not there; and what is wrong with the files that tell of it. */
export async function lostFolders(repository: string): Promise<DamagedFile[]> {
  const names = await readdir(repository);
  const tally = await readTally(repository);
  const there = names.includes(foldersName);
  if (tally === 'absent' && !there) return [];
  const damaged: DamagedFile[] = [];
  if (tally === 'absent') damaged.push({ file: tallyName, reason: say`it is missing` });
  if (tally === 'damaged')
    damaged.push({ file: tallyName, reason: say`its content does not match its checksum` });
  if (!there) return [...damaged, { file: foldersName, reason: say`it is missing` }];
  const missing = await missingOf(repository);
  if (missing.length === 0) return damaged;
  // What a prune removed meanwhile was noted before.
  const still = new Set((await missingOf(repository)).map((line) => line.folder));
  const lost = missing.filter((line) => still.has(line.folder));
  const all = await standing(repository);
  return [
    ...damaged,
    ...lost.map((line) => ({ file: line.folder, reason: say`it is missing`, loses: losesOf(line, all) })),
  ];
}

/** The newest line of each folder that was not removed. */
async function standing(repository: string): Promise<FolderLine[]> {
  const { values } = await readLines(join(repository, foldersName));
  const lines = values as FolderLine[];
  const newest = new Map(lines.map((line) => [line.folder, line]));
  return [...newest.values()].filter((line) => line.gone !== true);
}

async function missingOf(repository: string): Promise<FolderLine[]> {
  const missing: FolderLine[] = [];
  for (const line of await standing(repository)) {
    try {
      if ((await readdir(join(repository, line.folder))).length === 0) missing.push(line);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      missing.push(line);
    }
  }
  return missing;
}

/** A lineage reaches to the next one that was recorded. */
function losesOf({ folder, from, through: end }: FolderLine, all: readonly FolderLine[]): LostFile {
  const begins = time(from);
  if (folder.startsWith('snapshots/')) return { kind: 'snapshot', at: begins };
  if (end !== undefined) return { kind: 'lineage', from: begins, through: time(end) };
  const next = all.find((line) => /^oplog\/\d/.test(line.folder) && time(line.from) > begins);
  const through = next && ((time(next.from) - 1n) as ClusterTime);
  return { kind: 'lineage', from: begins, through };
}
