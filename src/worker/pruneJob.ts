import { type RestorableRange, restorableRanges } from '../core/timeline';
import { formatClusterTime } from '../core/time';
import type { Mark } from '../engine/ports';
import { prune } from '../engine/prune';
import type { CopyProgress, Jobs, PruneReport } from '../protocol/job';
import { putPruned, readLastPruned } from '../storage/careRecords';
import { removeMark } from '../storage/fileRepository';
import { filePruner } from '../storage/pruneFiles';
import { openReader } from './open';

/** Removes what the policy does not keep, or with `dryRun` says what it would remove. */
export async function pruneJob(
  params: Jobs['prune']['params'],
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<PruneReport> {
  const { repository, keepMs, maxBytes, dryRun } = params;
  const content = await (await openReader(repository)).content();
  let files = 0;
  const { retention } = await prune(
    content,
    filePruner(repository),
    { keepMs, maxBytes, dryRun, nowMs: Date.now() },
    (file) => {
      files += 1;
      onProgress({ phase: 'remove', namespace: file, documents: files, totalDocuments: undefined, bytes: 0 });
    },
    signal,
  );
  if (!dryRun) {
    await notePruned(repository, content.snapshots.at(-1)?.id, retention.freedBytes);
  }
  const gone = { snapshots: new Set(retention.snapshots), segments: new Set(retention.segments) };
  const left = restorableRanges(
    content.snapshots.filter((s) => !gone.snapshots.has(s)),
    content.lineages.map((l) => ({ ...l, segments: l.segments.filter((s) => !gone.segments.has(s)) })),
  );
  if (!dryRun) await dropMarks(repository, content.marks, left);
  return {
    dryRun,
    snapshots: retention.snapshots.map((s) => s.id),
    segments: retention.segments.length,
    freedBytes: retention.freedBytes,
    keptBytes: retention.keptBytes,
    overBudgetBytes: retention.overBudget,
    ranges: left.map((r) => ({ from: formatClusterTime(r.from), to: formatClusterTime(r.through) })),
  };
}

/** Automatic marks go with the history that they were in. */
async function dropMarks(
  folder: string,
  marks: readonly Mark[],
  left: readonly RestorableRange[],
): Promise<void> {
  const isLeft = ({ at }: Mark): boolean => left.some((r) => at >= r.from && at <= r.through);
  const names = new Set(marks.filter((m) => m.automatic).map((m) => m.name));
  for (const name of names) {
    if (!marks.some((m) => m.name === name && isLeft(m))) await removeMark(folder, name);
  }
}

async function notePruned(folder: string, snapshot: string | undefined, bytes: number): Promise<void> {
  const atMs = Date.now();
  const removed = bytes > 0 ? { atMs, bytes } : (await readLastPruned(folder))?.removed;
  await putPruned(folder, { atMs, snapshot, ...(removed ? { removed } : {}) });
}
