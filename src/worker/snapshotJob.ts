import type { NamespaceFilter } from '../core/namespace';
import { say } from '../core/say';
import { snapshotBytes, snapshotDocuments, type SnapshotManifest } from '../core/snapshot';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type { RepositoryReader } from '../engine/ports';
import { type Recording, takeSnapshot } from '../engine/takeSnapshot';
import { dumpSource } from '../mongo/dumpSource';
import { inspectSource } from '../mongo/inspectSource';
import { oplogSource } from '../mongo/oplogSource';
import { ReadMember } from '../mongo/readMember';
import type { CopyProgress, SnapshotReport } from '../protocol/job';
import { lockHolder, type RepositoryLock, takeLock } from '../storage/lock';
import { openOrCreateRepository } from '../storage/repository';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { openReader, withClient } from './open';
import { pause } from '../engine/pause';
import { brokenOff, recordingOf, runningRecorder, withRecorder } from './recordJob';

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
    await using member = new ReadMember(client, uri);
    const choose = (s: AbortSignal): ReturnType<ReadMember['choose']> => member.choose(s);
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
      const source = dumpSource(await choose(until), description);
      return takeSnapshot(source, recording, fileSnapshotStore(folder), options, until);
    };
    const mine = runningRecorder(folder)?.recorder;
    if (mine) return snapshotReport(await take(await recordingOf(mine, signal), signal));
    for (;;) {
      const lock = await lockUnlessRecorded(folder);
      if (!lock) {
        try {
          return snapshotReport(await take(await followed(folder, reader, signal), signal));
        } catch (error) {
          if (!(error instanceof RecorderGone)) throw error;
          continue; // nobody records any more: this process does
        }
      }
      await using held = lock;
      let taken: SnapshotManifest | undefined;
      const source = oplogSource(choose, description);
      await withRecorder(
        source,
        folder,
        held,
        () => undefined,
        signal,
        async (recorder, until) => {
          taken = await take(await recordingOf(recorder, until), until);
        },
      );
      if (!taken) throw new BackupError('cancelled', say`the snapshot was cancelled`);
      return snapshotReport(taken);
    }
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

async function lockUnlessRecorded(folder: string): Promise<RepositoryLock | undefined> {
  try {
    return await takeLock(folder);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'locked') return undefined;
    throw error;
  }
}

class RecorderGone extends Error {}

/** Throws RecorderGone once no living process has held the lock for so long. */
const goneAfterMs = 2_000;

/** The recording of another process, seen through the repository's files. */
async function followed(folder: string, reader: RepositoryReader, signal: AbortSignal): Promise<Recording> {
  const newest = async (): Promise<
    { start: Recording['lineage']; through: ClusterTime | undefined } | undefined
  > => {
    const lineage = (await reader.content()).lineages.findLast((l) => l.start.imported !== true);
    return lineage && { start: lineage.start, through: lineage.segments.at(-1)?.through };
  };
  let heldAt = performance.now();
  const refuseToWaitForNobody = async (): Promise<void> => {
    if (await lockHolder(folder)) heldAt = performance.now();
    else if (performance.now() - heldAt > goneAfterMs) throw new RecorderGone('nobody records any more');
  };
  let first = await newest();
  while (!first) {
    signal.throwIfAborted();
    await refuseToWaitForNobody();
    await pause(200, signal);
    first = await newest();
  }
  const lineage = first.start;
  return {
    lineage,
    async waitFor(time, s) {
      let moved = performance.now();
      let reached: ClusterTime | undefined;
      for (;;) {
        s.throwIfAborted();
        const now = await newest();
        if (now?.start.id !== lineage.id || now.start.start !== lineage.start) throw brokenOff();
        if (now.through !== undefined && now.through >= time) return;
        await refuseToWaitForNobody();
        if (now.through !== reached) moved = performance.now();
        reached = now.through;
        if (performance.now() - moved > followTimeoutMs) {
          throw new BackupError(
            'unreachable',
            say`the process that records this repository does not make progress`,
            {
              hint: say`Stop it, or look at its state, and take the snapshot again.`,
            },
          );
        }
        await pause(200, s);
      }
    },
  };
}
