import { formatNamespace, type NamespaceFilter } from '../core/namespace';
import { snapshotBytes, snapshotDocuments, type SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type { RepositoryReader } from '../engine/ports';
import { type Recording, takeSnapshot } from '../engine/takeSnapshot';
import { dumpSource } from '../mongo/dumpSource';
import { inspectSource } from '../mongo/inspectSource';
import type { CopyProgress, SnapshotReport } from '../protocol/job';
import { type RepositoryLock, takeLock } from '../storage/lock';
import { openOrCreateRepository } from '../storage/repository';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { openReader, withClient } from './open';
import { pause, runningRecorder, withRecorder } from './recordJob';

/** Without progress of the oplog for so long, a snapshot that leans on another process's recorder gives up. */
const followTimeoutMs = 60_000;

/** Takes a snapshot; joins the recorder of this or another process, or records for as long as it takes. */
export async function snapshot(
  uri: string,
  folder: string,
  scope: readonly NamespaceFilter[],
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<SnapshotReport> {
  return withClient(uri, async (client) => {
    const description = await inspectSource(client);
    await openOrCreateRepository(folder, description);
    const reader = await openReader(folder);
    const take = async (recording: Recording, until: AbortSignal): Promise<SnapshotManifest> => {
      const { previews } = await reader.content();
      const options = {
        scope,
        without: new Set(previews.map((p) => p.database)),
        pinned: true,
        now: Date.now,
        onProgress: (p: { namespace: string; documents: number; total: number; bytes: number }) => {
          onProgress({
            phase: 'copy',
            namespace: p.namespace,
            documents: p.documents,
            totalDocuments: p.total,
            bytes: p.bytes,
          });
        },
      };
      return takeSnapshot(
        dumpSource(client, description),
        recording,
        fileSnapshotStore(folder),
        options,
        until,
      );
    };
    const mine = runningRecorder(folder)?.recorder;
    if (mine) return snapshotReport(await take(await recordingOf(mine, signal), signal));
    const lock = await lockUnlessRecorded(folder);
    if (!lock) return snapshotReport(await take(await followed(reader, signal), signal));
    await using _held = lock;
    let taken: SnapshotManifest | undefined;
    await withRecorder(
      client,
      folder,
      () => undefined,
      signal,
      async (recorder, until) => {
        taken = await take(await recordingOf(recorder, until), until);
      },
    );
    if (!taken) throw new BackupError('cancelled', 'the snapshot was cancelled');
    return snapshotReport(taken);
  });
}

export function snapshotReport(manifest: SnapshotManifest): SnapshotReport {
  return {
    id: manifest.id,
    start: formatClusterTime(manifest.start),
    consistentAt: formatClusterTime(manifest.consistentAt),
    documents: snapshotDocuments(manifest),
    bytes: snapshotBytes(manifest),
  };
}

export function scopeText(filter: NamespaceFilter): string {
  return filter.collection === undefined
    ? filter.database
    : formatNamespace({ database: filter.database, collection: filter.collection });
}

async function lockUnlessRecorded(folder: string): Promise<RepositoryLock | undefined> {
  try {
    return await takeLock(folder);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'locked') return undefined;
    throw error;
  }
}

/** A recorder's lineage as it is once the first entry is durable: until then it may turn out that there is a gap. */
async function recordingOf(
  recorder: { lineage: Recording['lineage'] | undefined; waitFor: Recording['waitFor']; confirmed: boolean },
  signal: AbortSignal,
): Promise<Recording> {
  while (!recorder.lineage || !recorder.confirmed) {
    signal.throwIfAborted();
    await pause(20, signal);
  }
  const { lineage } = recorder;
  return {
    lineage,
    async waitFor(time, s) {
      await recorder.waitFor(time, s);
      if (recorder.lineage?.id !== lineage.id) throw brokenOff();
    },
  };
}

/** The recording of another process, seen through the repository's files. */
async function followed(reader: RepositoryReader, signal: AbortSignal): Promise<Recording> {
  const newest = async (): Promise<
    { start: Recording['lineage']; through: ClusterTime | undefined } | undefined
  > => {
    const lineage = (await reader.content()).lineages.at(-1);
    return lineage && { start: lineage.start, through: lineage.segments.at(-1)?.through };
  };
  let first = await newest();
  while (!first) {
    signal.throwIfAborted();
    await pause(200, signal);
    first = await newest();
  }
  const lineage = first.start;
  return {
    lineage,
    async waitFor(time, s) {
      const deadline = Date.now() + followTimeoutMs;
      for (;;) {
        s.throwIfAborted();
        const now = await newest();
        if (now?.start.id !== lineage.id) throw brokenOff();
        if (now.through !== undefined && now.through >= time) return;
        if (Date.now() > deadline) {
          throw new BackupError(
            'unreachable',
            'the process that records this repository does not make progress',
            {
              hint: 'Stop it, or look at its state, and take the snapshot again.',
            },
          );
        }
        await pause(200, s);
      }
    },
  };
}

function brokenOff(): BackupError {
  return new BackupError('gap', 'the recording was interrupted by a gap while the snapshot was taken', {
    hint: 'Take the snapshot again.',
  });
}
