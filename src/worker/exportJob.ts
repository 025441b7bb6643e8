import { formatClusterTime } from '../core/time';
import { exportDump } from '../engine/exportDump';
import type { CopyProgress, ExportParams, ExportReport } from '../protocol/job';
import { mongodumpDirectory } from '../storage/mongodumpDirectory';
import { openPlan } from './planJob';

/** Writes a mongodump directory as of a time; leaves nothing behind when it fails. */
export async function exportJob(
  params: ExportParams,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<ExportReport> {
  const startedMs = Date.now();
  const { reader, plan } = await openPlan(params, false, signal);
  const writer = await mongodumpDirectory(params.out);
  try {
    const result = await exportDump(
      plan,
      reader,
      writer,
      (p) => {
        onProgress({ phase: 'copy', totalDocuments: undefined, ...p });
      },
      signal,
    );
    return { at: formatClusterTime(plan.target), ...result, ms: Date.now() - startedMs };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
