import { type FileHandle, readdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { type Said, say } from '../core/say';
import type { Lineage, Segment } from '../core/segment';
import { type ClusterTime, formatClusterTime } from '../core/time';
import type { DamagedFile, Mark, Preview, RepositoryContent, RepositoryReader } from '../engine/ports';
import { listFrames, openToRead, readFrames, readListed } from './frameFile';
import { foldersName, lostFolders } from './foldersFile';
import { dataEndingFor, openNameFor } from './fileNames';
import { appendLine, lineFilesFor, marksNameFor, previewsNameFor, prunedName, readLines } from './jsonLines';
import { readTally } from './lineTally';
import { toldStates } from './lock';
import { SegmentCatalog } from './segmentCatalog';
import { readPruned } from './pruneFiles';
import { errnoOf } from './putFile';
import { configDamage } from './repository';
import { segmentName, time } from './segmentJson';
import { readManifests } from './snapshotStore';

/** Reads a repository; what closed files say is kept, so that asking again is cheap. */
export function fileRepository(folder: string): RepositoryReader {
  const segments = new SegmentCatalog(folder);
  return {
    async content(): Promise<RepositoryContent> {
      const told = await toldEnds(folder); // before what it tells of, which only grows
      const [config, snapshots, oplog, marks, previews, pruned] = await Promise.all([
        configDamage(folder),
        readManifests(folder),
        segments.load(),
        readMarks(folder),
        readPreviews(folder),
        readPruned(folder),
      ]);
      return {
        snapshots: snapshots.manifests,
        lineages: oplog.lineages,
        marks: marks.marks,
        previews: previews.previews,
        pruned: pruned.ranges,
        damaged: [
          ...config,
          ...snapshots.damaged,
          ...oplog.damaged,
          ...damageOf(marksNameFor(folder), marks.damage),
          ...damageOf(previewsNameFor(folder), previews.damage),
          ...damageOf(prunedName, pruned.damage),
          ...(await otherLineDamage(folder)),
          ...(await lostFolders(folder)),
          ...lostFrames(folder, oplog.lineages, told),
        ],
      };
    },
    async *readSegment(segment, after, through, signal) {
      const path = join(folder, segment.file);
      const frames = segment.frames.filter((f) => f.through > after && f.after < through);
      const file = await openSegment(folder, segment);
      try {
        yield* readListed(file, frames, path, signal);
      } finally {
        await file.close();
      }
    },
    async *readCollection(snapshot, parts, signal) {
      for (const { file } of parts) yield* readFrames(join(folder, 'snapshots', snapshot, file), signal);
    },
  };
}

/** Opens a segment's file; one that was open when it was listed may have been closed under its final name since. */
async function openSegment(folder: string, segment: Segment): Promise<FileHandle> {
  const path = join(folder, segment.file);
  if (!segment.open) return openToRead(path);
  for (let attempt = 0; ; attempt++) {
    const begins = segmentName(segment).split('_')[0] ?? '';
    const names = await readdir(dirname(path));
    const closed = names.find((n) => n.startsWith(`${begins}_`) && n.endsWith(dataEndingFor(path)));
    if (closed !== undefined) return openToRead(join(dirname(path), closed));
    try {
      const file = await openToRead(path);
      const { frames } = await listFrames(file, false);
      if (frames[0]?.after === segment.after) return file;
      await file.close();
    } catch (error) {
      if (errnoOf((error as Error).cause) !== 'ENOENT') throw error;
    }
    // Closed in between, and another begun perhaps: it is found under its name then.
    if (attempt >= 10) return openToRead(path);
  }
}

export async function addMark(folder: string, { name, at, automatic }: Mark): Promise<void> {
  await appendMark(folder, { name, at: formatClusterTime(at), ...(automatic ? { automatic } : {}) });
}

/** Takes all marks of that name away. */
export async function removeMark(folder: string, name: string): Promise<void> {
  await appendMark(folder, { name, removed: true });
}

async function appendMark(folder: string, line: MarkLine): Promise<void> {
  await appendLine(join(folder, marksNameFor(folder)), line);
}

type MarkLine =
  | { readonly name: string; readonly at: string; readonly automatic?: true; readonly removed?: never }
  | { readonly name: string; readonly removed: true };

async function readMarks(folder: string): Promise<{ marks: Mark[]; damage: Said | undefined }> {
  const { values, damage } = await readLines(join(folder, marksNameFor(folder)));
  let marks: Mark[] = [];
  for (const line of values as readonly MarkLine[]) {
    if (line.removed) marks = marks.filter(({ name }) => name !== line.name);
    else marks.push({ name: line.name, at: time(line.at), ...(line.automatic ? { automatic: true } : {}) });
  }
  return { marks, damage };
}

/** Notes a preview before its first write, and again when it is dropped: what it holds is never taken for data. */
export async function notePreview(folder: string, preview: Preview): Promise<void> {
  await appendLine(join(folder, previewsNameFor(folder)), { ...preview, at: formatClusterTime(preview.at) });
}

type PreviewLine = Omit<Preview, 'at'> & { at: string };

async function readPreviews(folder: string): Promise<{ previews: Preview[]; damage: Said | undefined }> {
  const { values, damage } = await readLines(join(folder, previewsNameFor(folder)));
  const byName = new Map<string, Preview>();
  for (const line of values as PreviewLine[]) byName.set(line.database, { ...line, at: time(line.at) });
  return { previews: [...byName.values()], damage };
}

/** Of files of lines that are there once something was noted in them. */
async function otherLineDamage(folder: string): Promise<DamagedFile[]> {
  const known = lineFilesFor(folder);
  const tally = await readTally(folder);
  const noted = typeof tally === 'string' ? [] : Object.keys(tally).filter((n) => n !== foldersName);
  const others = [...new Set([...noted, ...(await readdir(folder))])].filter(
    (n) => /\.jsonl(\.enc)?$/.test(n) && !known.includes(n),
  );
  const read = await Promise.all(others.map((name) => readLines(join(folder, name))));
  return others.flatMap((name, index) => damageOf(name, read[index]?.damage));
}

/** How far each lineage reached by what recorders told, which is durable before it is told. */
async function toldEnds(folder: string): Promise<ReadonlyMap<string, ClusterTime>> {
  const states = (await toldStates(folder)) as { readonly lineage?: string; readonly position?: string }[];
  return new Map(
    states.flatMap(({ lineage, position }) =>
      lineage === undefined || position === undefined ? [] : [[lineage, time(position)] as const],
    ),
  );
}

/** The segment that is being written, where it ends before what was told. */
function lostFrames(
  folder: string,
  lineages: readonly Lineage[],
  told: ReadonlyMap<string, ClusterTime>,
): DamagedFile[] {
  return lineages.flatMap(({ start, segments }): DamagedFile[] => {
    const end = told.get(start.id);
    const last = segments.at(-1);
    if (end === undefined || last === undefined || last.through >= end) return [];
    const file = posix.join('oplog', start.id, openNameFor(folder));
    const loses = { kind: 'segment', lineage: start.id, after: last.through, through: undefined } as const;
    return [{ file, reason: say`frames are missing at its end`, loses }];
  });
}

function damageOf(file: string, reason: Said | undefined): DamagedFile[] {
  return reason === undefined ? [] : [{ file, reason }];
}
