import { createHash } from 'node:crypto';
import { formatClusterTime } from '../core/time';
import { compareRestored } from '../engine/compareRestored';
import { verifyLive } from '../engine/verify';
import { targetReader } from '../mongo/targetReader';
import type { CopyProgress, Jobs, TestRestoreReport, VerifyReport } from '../protocol/job';
import { fileChecker } from '../storage/fileChecker';
import { putVerified, readVerified } from '../storage/careRecords';
import { openReader, withClient } from './open';
import { openPlan } from './planJob';
import { dropPreview, restoreJob } from './restoreJob';

/** Reads every byte; with a `uri`, restores the newest time there too, compares, and drops it again. */
export async function verifyJob(
  { repository, uri }: Jobs['verify']['params'],
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const reader = await openReader(repository);
  const { files, bytes, damaged } = await verifyLive(
    () => reader.content(),
    fileChecker(repository),
    (p) => {
      const { file: namespace, files: documents, total: totalDocuments } = p;
      onProgress({ phase: 'check', namespace, documents, totalDocuments, bytes: p.bytes });
    },
    signal,
  );
  const whole = damaged.length === 0;
  const restored =
    uri === undefined || !whole ? undefined : await testRestore(repository, uri, onProgress, signal);
  const atMs = Date.now();
  // Without a test restore nothing new is known of how the last one went.
  const tested = restored ? { atMs, ok: restored.ok } : (await readVerified(repository))?.restored;
  await putVerified(repository, { atMs, ok: whole, ...(tested ? { restored: tested } : {}) });
  return {
    files,
    bytes,
    damaged: damaged.map((d) => ({
      ...d,
      hurts: d.hurts.map((h) => ({ from: formatClusterTime(h.from), to: formatClusterTime(h.through) })),
    })),
    ...(restored ? { restored } : {}),
  };
}

/** Nothing of it stays on the server, whether it succeeds or not. */
async function testRestore(
  repository: string,
  uri: string,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<TestRestoreReport> {
  const startedMs = Date.now();
  const params = { repository, at: 'latest', namespaces: [], uri, preview: true };
  const { reader, plan } = await openPlan(params, true, signal);
  const at = formatClusterTime(plan.target);
  const { databases } = await restoreJob({ ...params, at }, onProgress, signal);
  try {
    const compared = await withClient(uri, (client) =>
      compareRestored(
        plan,
        reader,
        targetReader(client),
        (bytes) => createHash('sha256').update(bytes).digest(),
        (p) => {
          onProgress({ phase: 'check', totalDocuments: undefined, ...p });
        },
        signal,
      ),
    );
    return { ok: compared.differences.length === 0, at, ...compared, ms: Date.now() - startedMs };
  } finally {
    for (const database of databases) await dropPreview(repository, uri, database);
  }
}
