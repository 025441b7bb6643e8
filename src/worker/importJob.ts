import { randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { type ClusterTime, clusterTime } from '../core/time';
import { importDump } from '../engine/importDump';
import type { RepositoryContent } from '../engine/ports';
import type { CopyProgress, ImportReport, Jobs } from '../protocol/job';
import { addMark } from '../storage/fileRepository';
import { importedLineage } from '../storage/importedLineage';
import { openDump } from '../storage/mongodumpReader';
import { openOrCreateForImport } from '../storage/repository';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { openReader } from './open';
import { snapshotReport } from './snapshotJob';

/** Takes a dump in. A mark names its time, and keeps it from being pruned. */
export async function importJob(
  { dump: path, repository }: Jobs['import']['params'],
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const dump = await openDump(path);
  const { atMs } = await dump.describe(signal);
  await openOrCreateForImport(repository);
  const content = await (await openReader(repository)).content();
  const lineage = await importedLineage(repository);
  const { manifest, warnings } = await importDump(
    dump,
    fileSnapshotStore(repository),
    lineage,
    {
      nowMs: Date.now(),
      at: freeTime(content, atMs),
      newUuid: () => randomUUID().replaceAll('-', ''),
      onProgress: (p) => {
        onProgress({ phase: 'copy', totalDocuments: undefined, ...p });
      },
    },
    signal,
  );
  const mark = freeName(content, `import of ${basename(resolve(path))}`);
  await addMark(repository, { name: mark, at: manifest.consistentAt });
  return { snapshot: snapshotReport(manifest), mark, warnings };
}

/** Servers count ordinals from 1: with 0 it is nobody's entry. */
function freeTime(content: RepositoryContent, atMs: number): ClusterTime {
  const taken = new Set(content.snapshots.map((s) => s.consistentAt));
  let seconds = Math.floor(atMs / 1000);
  while (taken.has(clusterTime(seconds, 0))) seconds -= 1;
  return clusterTime(seconds, 0);
}

function freeName(content: RepositoryContent, name: string): string {
  const taken = new Set(content.marks.map((m) => m.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${String(n)})`;
  return free;
}
