import { type FileHandle, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Segment } from '../core/segment';
import type { ClusterTime } from '../core/time';
import { formatClusterTime } from '../core/time';
import type { Mark, Preview, RepositoryContent, RepositoryReader } from '../engine/ports';
import { listFrames, openToRead, readFrames, readListed } from './frameFile';
import { appendLine, readLines } from './jsonLines';
import { SegmentCatalog } from './segmentCatalog';
import { segmentName, time } from './segmentJson';
import { readManifests } from './snapshotStore';

/** Reads a repository; what closed files say is kept, so that asking again is cheap. */
export function fileRepository(folder: string): RepositoryReader {
  const segments = new SegmentCatalog(folder);
  return {
    async content(): Promise<RepositoryContent> {
      const [snapshots, oplog, marks, previews] = await Promise.all([
        readManifests(folder),
        segments.load(),
        readMarks(folder),
        readPreviews(folder),
      ]);
      return {
        snapshots: snapshots.manifests,
        lineages: oplog.lineages,
        marks,
        previews,
        damaged: [...snapshots.damaged, ...oplog.damaged],
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
    readCollection: (snapshot, file, signal) => readFrames(join(folder, 'snapshots', snapshot, file), signal),
  };
}

/** Opens a segment's file; one that was open when it was listed may have been closed under its final name since. */
async function openSegment(folder: string, segment: Segment): Promise<FileHandle> {
  const path = join(folder, segment.file);
  if (!segment.open) return openToRead(path);
  for (;;) {
    const begins = segmentName(segment).split('_')[0] ?? '';
    const names = await readdir(dirname(path));
    const closed = names.find((n) => n.startsWith(`${begins}_`) && n.endsWith('.bson.zst'));
    if (closed !== undefined) return openToRead(join(dirname(path), closed));
    const file = await openToRead(path);
    const { frames } = await listFrames(file, false);
    if (frames[0]?.after === segment.after) return file;
    await file.close(); // closed, and another begun, in between: look again
  }
}

export async function addMark(folder: string, mark: Mark): Promise<void> {
  await appendLine(join(folder, 'marks.jsonl'), { name: mark.name, at: formatClusterTime(mark.at) });
}

async function readMarks(folder: string): Promise<Mark[]> {
  const lines = (await readLines(join(folder, 'marks.jsonl'))) as { name: string; at: string }[];
  return lines.map(({ name, at }) => ({ name, at: time(at) }));
}

/** Notes a preview before its first write, and again when it is dropped: what it holds is never taken for data. */
export async function notePreview(folder: string, preview: Preview): Promise<void> {
  await appendLine(join(folder, 'previews.jsonl'), { ...preview, at: formatClusterTime(preview.at) });
}

type PreviewLine = Omit<Preview, 'at'> & { at: string };

async function readPreviews(folder: string): Promise<Preview[]> {
  const lines = (await readLines(join(folder, 'previews.jsonl'))) as PreviewLine[];
  const byName = new Map<string, Preview>();
  for (const line of lines) byName.set(line.database, { ...line, at: time(line.at) as ClusterTime });
  return [...byName.values()];
}
