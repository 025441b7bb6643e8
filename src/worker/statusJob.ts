import { type Said, say } from '../core/say';
import { type Gap, gapsBetween, restorableRanges } from '../core/timeline';
import { formatClusterTime } from '../core/time';
import type { RepositoryContent } from '../engine/ports';
import type { RecorderReport, StatusReport } from '../protocol/job';
import { lockHolder } from '../storage/lock';
import { readLastPruned, readVerified } from '../storage/careRecords';
import { openReader } from './open';
import { holderReport, holderText } from './holderReport';
import { runningRecorder } from './recordJob';
import { snapshotReport } from './snapshotJob';

export async function status(folder: string): Promise<StatusReport> {
  const content = await (await openReader(folder)).content();
  const verified = await readVerified(folder);
  const pruned = await readLastPruned(folder);
  const ranges = restorableRanges(content.snapshots, content.lineages);
  return {
    snapshots: content.snapshots.map(snapshotReport),
    ranges: ranges.map((r) => ({ from: formatClusterTime(r.from), to: formatClusterTime(r.through) })),
    gaps: gapsBetween(ranges, content.lineages, content.pruned).map((g) => ({
      after: formatClusterTime(g.after),
      before: formatClusterTime(g.before),
      reason: gapText(g.reason),
    })),
    marks: content.marks.map((m) => ({ name: m.name, at: formatClusterTime(m.at) })),
    recorder: await recorderReport(folder, content),
    ...(verified ? { verified } : {}),
    ...(pruned ? { pruned } : {}),
  };
}

async function recorderReport(folder: string, content: RepositoryContent): Promise<RecorderReport> {
  const mine = runningRecorder(folder);
  if (mine) return mine.report;
  const last = content.lineages.findLast((l) => l.start.imported !== true)?.segments.at(-1);
  const position = last && formatClusterTime(last.through);
  const holder = await lockHolder(folder);
  if (!holder) return { state: 'stopped', position, lagMs: undefined };
  const starting = { state: 'catchingUp' as const, position, lagMs: undefined, holder: holderText(holder) };
  return holderReport(holder) ?? starting;
}

function gapText(reason: Gap['reason']): Said {
  switch (reason) {
    case 'rolledOver':
      return say`the server no longer had the oplog since the recorder last ran`;
    case 'rolledBack':
      return say`the server rolled back entries that were recorded`;
    case 'damaged':
      return say`recorded files were damaged, so that recording could not be continued`;
    case 'missing':
      return say`recorded files are missing or damaged`;
    case 'pruned':
      return say`pruned: older than what is kept`;
    case 'noSnapshot':
      return say`a snapshot after the gap is still to be taken`;
  }
}
