import { readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Retention } from '../core/retention';
import type { Said } from '../core/say';
import type { PrunedRange, Segment } from '../core/segment';
import { formatClusterTime } from '../core/time';
import type { RepositoryPruner, UnfinishedSnapshot } from '../engine/ports';
import { foldersName, noteGone } from './foldersFile';
import { indexOfData, manifestNameFor } from './fileNames';
import { files } from './files';
import { appendLine, prunedName, readLines } from './jsonLines';
import { errnoOf, syncFolder } from './putFile';
import { time } from './segmentJson';
import { putUnfinished, unfinishedName, unfinishedSnapshots } from './unfinished';

/** Removes files of a repository, one a step. */
export function filePruner(folder: string): RepositoryPruner {
  return {
    unfinished: () => unfinishedSnapshots(folder),
    remove: (retention, abandoned) => remove(folder, retention, abandoned),
  };
}

/** The spans of segments that were removed on purpose. */
export async function readPruned(
  folder: string,
): Promise<{ ranges: PrunedRange[]; damage: Said | undefined }> {
  const { values, damage } = await readLines(join(folder, prunedName));
  const ranges = (values as { lineage: string; after: string; through: string }[]).map((line) => ({
    lineage: line.lineage,
    after: time(line.after),
    through: time(line.through),
  }));
  return { ranges, damage };
}

async function* remove(
  folder: string,
  retention: Retention,
  abandoned: readonly UnfinishedSnapshot[],
): AsyncGenerator<string, void> {
  // First of all, so that a hole is never taken for damage.
  for (const range of rangesOf(retention.segments)) {
    await appendLine(join(folder, prunedName), {
      lineage: range.lineage,
      after: formatClusterTime(range.after),
      through: formatClusterTime(range.through),
    });
    yield prunedName;
  }
  for (const { id, consistentAt } of retention.snapshots) {
    await noteGone(folder, 'snapshots', id, consistentAt);
    yield foldersName;
    await putUnfinished(join(folder, 'snapshots', id), 'removing', undefined);
    yield* removeSnapshot(folder, 'snapshots', id);
  }
  for (const { of, id } of abandoned) yield* removeSnapshot(folder, of, id);
  for (const segment of retention.segments) yield* removeSegment(folder, segment);
  for (const { id, start } of retention.lineages) {
    await noteGone(folder, 'oplog', id, start);
    yield foldersName;
    yield* removeLineage(folder, id);
  }
}

/** Its manifest, then its data, then the marker that says so. */
async function* removeSnapshot(
  folder: string,
  of: UnfinishedSnapshot['of'],
  id: string,
): AsyncGenerator<string, void> {
  const path = join(folder, of, id);
  yield* removeFile(folder, posix.join(of, id, manifestNameFor(folder)));
  await syncFolder(path);
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  for (const file of names) {
    if (file.isDirectory() || file.name === unfinishedName) continue;
    await files().unlink(join(file.parentPath, file.name));
    yield posix.join(of, id, file.name);
  }
  for (const file of names.reverse()) {
    if (file.isDirectory()) await files().removeEmptyFolder(join(file.parentPath, file.name));
  }
  await syncFolder(path);
  yield* removeFile(folder, posix.join(of, id, unfinishedName));
  await files().removeEmptyFolder(path);
  yield posix.join(of, id);
}

async function* removeSegment(folder: string, { file }: Segment): AsyncGenerator<string, void> {
  yield* removeFile(folder, indexOfData(file));
  await syncFolder(dirname(join(folder, file)));
  yield* removeFile(folder, file);
}

/** Only where nothing else lies beside: damaged segments, say, which are not the policy's to remove. */
async function* removeLineage(folder: string, id: string): AsyncGenerator<string, void> {
  const path = join(folder, 'oplog', id);
  const names = await readdir(path);
  if (names.some((name) => name !== 'lineage.json')) return;
  yield* removeFile(folder, posix.join('oplog', id, 'lineage.json'));
  await files().removeEmptyFolder(path);
  yield posix.join('oplog', id);
}

async function* removeFile(folder: string, file: string): AsyncGenerator<string, void> {
  try {
    await files().unlink(join(folder, file));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  yield file;
}

function rangesOf(segments: readonly Segment[]): PrunedRange[] {
  const ranges: PrunedRange[] = [];
  for (const { lineage, after, through } of segments) {
    const last = ranges.at(-1);
    if (last?.lineage === lineage && last.through === after) ranges[ranges.length - 1] = { ...last, through };
    else ranges.push({ lineage, after, through });
  }
  return ranges;
}
