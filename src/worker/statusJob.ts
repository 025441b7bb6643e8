import { gapsBetween, restorableRanges } from '../core/timeline';
import { formatClusterTime } from '../core/time';
import type { RepositoryContent } from '../engine/ports';
import type { RecorderReport, StatusReport } from '../protocol/job';
import { lockHolder } from '../storage/lock';
import { openReader } from './open';
import { runningRecorder } from './recordJob';
import { snapshotReport } from './snapshotJob';

/** With no entry for so long, a recorder of another process is taken for stalled: the server writes one in ten seconds. */
const stalledAfterMs = 30_000;

const gapReasons: Readonly<Record<string, string>> = {
  rolledOver: 'the server no longer had the oplog since the recorder last ran',
  rolledBack: 'the server rolled back entries that were recorded',
  otherServer: 'the folder was used with another server in between',
  missing: 'recorded files are missing or damaged',
  noSnapshot: 'a snapshot after the gap is still to be taken',
};

export async function status(folder: string): Promise<StatusReport> {
  const content = await (await openReader(folder)).content();
  const ranges = restorableRanges(content.snapshots, content.lineages);
  return {
    snapshots: content.snapshots.map(snapshotReport),
    ranges: ranges.map((r) => ({ from: formatClusterTime(r.from), to: formatClusterTime(r.through) })),
    gaps: gapsBetween(ranges, content.lineages).map((g) => ({
      after: formatClusterTime(g.after),
      before: formatClusterTime(g.before),
      reason: gapReasons[g.reason] ?? g.reason,
    })),
    marks: content.marks.map((m) => ({ name: m.name, at: formatClusterTime(m.at) })),
    recorder: await recorderReport(folder, content),
  };
}

async function recorderReport(folder: string, content: RepositoryContent): Promise<RecorderReport> {
  const mine = runningRecorder(folder);
  if (mine) return mine.report;
  const last = content.lineages.at(-1)?.segments.at(-1);
  const position = last && formatClusterTime(last.through);
  const holder = await lockHolder(folder);
  if (!holder) return { state: 'stopped', position, lagMs: undefined };
  const who = `pid ${String(holder.pid)} on ${holder.host}`;
  const quietSince = last?.maxWallMs;
  if (quietSince !== undefined && Date.now() - quietSince > stalledAfterMs) {
    return {
      state: 'stalled',
      position,
      lagMs: Date.now() - quietSince,
      stalledSinceMs: quietSince,
      holder: who,
    };
  }
  return { state: 'recording', position, lagMs: undefined, holder: who };
}
